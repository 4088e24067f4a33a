// Fuzz target: any bytes as a model. Sums keep random bytes from getting far,
// so the input is taken in three ways: as it is; with a right preamble; and
// with right sums of the sections, too. A model that is read is asked for
// labels.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "fuzz/files.h"
#include "slide/network.h"
#include "support/container.h"

namespace slide::data {
namespace {

using testing_support::Container;

constexpr char kMagic[] = "slidenet";
constexpr uint32_t kVersion = 9;

// Reads it in both ways, which agree.
void ReadModel(const std::string& bytes) {
  const MemoryFile file(bytes);
  std::optional<Network> loaded, opened;
  const bool refused = Throws<ModelFileError>(
      [&] { loaded.emplace(Network::Load(file.path())); });
  Require(Throws<ModelFileError>(
              [&] { opened.emplace(Network::Open(file.path())); }) == refused,
          "a model is loaded if it can be opened");
  if (refused) return;
  loaded->options().Validate();
  // The first features and the last one.
  const uint32_t last = loaded->options().num_features - 1;
  std::vector<uint32_t> ids;
  for (uint32_t f = 0; f < std::min(last, 3u); ++f) ids.push_back(f);
  ids.push_back(last);
  const std::vector<float> values(ids.size(), 1.0f);
  std::vector<ScoredLabel> labels;
  const bool diverged = Throws<DivergedError>([&] {
    labels = loaded->Predict({ids, values}, 3);
  });
  for (const ScoredLabel& label : labels) {
    Require(label.label < loaded->options().num_labels, "labels are in range");
    Require(std::isfinite(label.logit), "scores are finite");
  }
  Require(Throws<DivergedError>([&] {
            (void)opened->Predict({ids, values}, 3);
          }) == diverged,
          "both score alike");
}

// Sets the sums of the sections as they lie behind the header.
void SetSums(Container& parts) {
  if (!parts.header.is_object() || !parts.header.contains("sections")) return;
  uint64_t at = 0;
  for (auto& section : parts.header["sections"]) {
    if (!section.is_object() || !section.contains("rows") ||
        !section.contains("row_bytes") ||
        !section["rows"].is_number_unsigned() ||
        !section["row_bytes"].is_number_unsigned()) {
      return;
    }
    at = (at + 63) / 64 * 64;
    uint64_t size = 0;
    if (__builtin_mul_overflow(section["rows"].get<uint64_t>(),
                               section["row_bytes"].get<uint64_t>(), &size) ||
        at > parts.sections.size() || size > parts.sections.size() - at) {
      return;
    }
    section["xxh64"] =
        Container::Digits(Container::Sum(parts.sections.substr(at, size)));
    at += size;
  }
}

// Takes what is behind the preamble, up to the last brace in front of a byte
// that is 0, for the header, and what comes after its filling for the sections.
void ReadBehindAPreamble(const std::string& input) {
  constexpr size_t kPreamble = 24;
  if (input.size() <= kPreamble) return;
  Container parts;
  parts.magic = kMagic;
  parts.version = kVersion;
  const std::string text = input.substr(kPreamble);
  const size_t end = text.rfind("]}", std::min(text.find('\0'), text.size()));
  if (end == std::string::npos) return;
  const size_t sections = (kPreamble + end + 2 + 63) / 64 * 64;
  parts.sections = input.substr(std::min(sections, input.size()));
  ReadModel(parts.File(text.substr(0, end + 2)));
  parts.header = nlohmann::json::parse(text.substr(0, end + 2), nullptr, false);
  if (parts.header.is_discarded()) return;
  SetSums(parts);
  ReadModel(parts.File());
}

}  // namespace
}  // namespace slide::data

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace slide::data;
  const std::string input(reinterpret_cast<const char*>(bytes), size);
  ReadModel(input);
  ReadBehindAPreamble(input);
  return 0;
}
