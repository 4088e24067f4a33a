// Fuzz target: any bytes as a cache. Sums keep random bytes from getting far,
// so the input is taken in three ways: as it is; with the first 24 bytes put
// right; and as the sections behind a header that is right for them.
#include <cmath>

#include "fuzz/files.h"
#include "slide/dataset_io.h"
#include "support/container.h"

namespace slide::data {
namespace {

using testing_support::Container;

constexpr char kMagic[] = "slidedat";
constexpr uint32_t kVersion = 2;

bool KeepsRules(const Sample& sample, const Dataset& data) {
  const auto ascend = [](std::span<const uint32_t> ids, uint32_t num_ids) {
    for (size_t j = 0; j < ids.size(); ++j) {
      if (ids[j] >= num_ids || (j > 0 && ids[j] <= ids[j - 1])) return false;
    }
    return true;
  };
  return ascend(sample.features.ids, data.num_features()) &&
         ascend(sample.labels, data.num_labels()) &&
         sample.features.ids.size() == sample.features.values.size() &&
         std::ranges::all_of(sample.features.values,
                             [](float v) { return std::isfinite(v); });
}

// Opens and reads everything, as the commands do.
void ReadAll(const std::string& bytes) {
  const MemoryFile file(bytes);
  Dataset data;
  const bool verified = !Throws<DataError>([&] { VerifyCache(file.path()); });
  if (Throws<DataError>([&] { data = OpenCache(file.path()); })) {
    Require(!verified, "what is verified opens");
    return;
  }
  for (size_t i = 0; i < data.size(); ++i) {
    const Sample sample = data[i];
    Require(KeepsRules(sample, data), "samples that are given keep the rules");
    const SampleSize size = data.SizeOf(i);
    Require((sample.features.size() == 0 && sample.labels.empty()) ||
                (size.num_features == sample.features.size() &&
                 size.num_labels == sample.labels.size()),
            "the offsets say what a sample that is given has");
  }
  const bool damaged = Throws<DataError>([&] { data.ThrowIfDamaged(); });
  const bool refused = Throws<DataError>([&] { data.CheckAll(); });
  Require(!damaged || refused, "CheckAll finds what reading finds");
  Require(!verified || !refused, "VerifyCache finds what CheckAll finds");
  // A header may say 2^32 - 1 labels, and counts of so many take 32 GiB.
  if (data.num_labels() > 1'000'000) return;
  (void)Throws<DataError>([&] { (void)data.LabelCounts(); });
}

// Takes what is behind the preamble, up to the last brace, for the header, and
// what comes after its filling for the sections.
void ReadBehindAPreamble(const std::string& input) {
  if (input.size() <= 24) return;
  Container parts;
  parts.magic = kMagic;
  parts.version = kVersion;
  const size_t end =
      std::clamp<size_t>(input.rfind('}'), 24, input.size() - 1) + 1;
  parts.sections = input.substr(std::min((end + 63) / 64 * 64, input.size()));
  ReadAll(parts.File(input.substr(24, end - 24)));
}

// The first bytes say how much of what there is; the rest fills the sections.
void ReadSections(const std::string& input) {
  if (input.size() < 6) return;
  const auto number = [&](size_t i) { return static_cast<uint8_t>(input[i]); };
  const size_t num_points = number(2) % 32, num_nonzeros = number(3) % 64;
  const size_t num_label_marks = number(5) % 64;
  Container parts;
  parts.magic = kMagic;
  parts.version = kVersion;
  parts.header["info"] = {{"features", number(0)},
                          {"labels", number(1)},
                          {"normalized", (number(4) & 1) != 0}};
  std::string rest = input.substr(6);
  const auto add = [&](const char* name, size_t num_items, size_t item_bytes) {
    std::string bytes = rest.substr(0, num_items * item_bytes);
    rest.erase(0, bytes.size());
    bytes.resize(num_items * item_bytes);
    parts.Add(name, item_bytes, bytes);
  };
  add("feature_offsets", num_points + 1, 8);
  add("label_offsets", num_points + 1, 8);
  add("feature_ids", num_nonzeros, 4);
  add("feature_values", num_nonzeros, 4);
  add("label_ids", num_label_marks, 4);
  ReadAll(parts.File());
}

}  // namespace
}  // namespace slide::data

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace slide::data;
  const std::string input(reinterpret_cast<const char*>(bytes), size);
  ReadAll(input);
  ReadBehindAPreamble(input);
  ReadSections(input);
  return 0;
}
