// Fuzz target: any bytes as a model. A model that is read is asked for labels.
#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "fuzz/container_fuzz.h"
#include "fuzz/files.h"
#include "slide/error.h"
#include "slide/model_data.h"
#include "slide/network.h"

namespace slide::data {
namespace {

// The first features and the last one.
std::vector<uint32_t> SomeFeatures(const Network& network) {
  const uint32_t last = network.options().num_features - 1;
  std::vector<uint32_t> ids;
  for (uint32_t f = 0; f < std::min(last, 3u); ++f) ids.push_back(f);
  ids.push_back(last);
  return ids;
}

// Asks a network whose rows and pairs were not checked. Any answer will do.
void AskUnchecked(const std::string& path) {
  std::optional<Network> opened;
  if (Throws<ModelFileError>([&] { opened.emplace(Network::Open(path)); })) {
    return;
  }
  const std::vector<uint32_t> ids = SomeFeatures(*opened);
  const std::vector<float> values(ids.size(), 1.0f);
  (void)Throws<Error>([&] {
    for (const ScoredLabel& label : opened->Predict({ids, values}, 3)) {
      Require(label.label < opened->options().num_labels, "labels in range");
      Require(std::isfinite(label.logit), "scores are finite");
    }
  });
}

// Reads it in both ways, which agree.
void ReadModel(const std::string& bytes) {
  const MemoryFile file(bytes);
  AskUnchecked(file.path());
  std::optional<Network> loaded, opened;
  const bool refused = Throws<ModelFileError>(
      [&] { loaded.emplace(Network::Load(file.path())); });
  Require(Throws<ModelFileError>([&] {
            opened.emplace(Network::Open(file.path(), {.verify = true}));
          }) == refused,
          "a model is loaded if it can be opened");
  if (refused) return;
  loaded->options().Validate();
  const ModelCard& card = loaded->card();
  Require(card == opened->card(), "both have the same card");
  Require(card.label_names.empty() ||
              card.label_names.size() == loaded->options().num_labels,
          "names are as many as labels");
  (void)Throws<ModelFileError>([&] {
    if (!card.vocabulary.empty()) (void)VectorizerOf(card).Transform("a b");
  });
  const std::vector<uint32_t> ids = SomeFeatures(*loaded);
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

}  // namespace
}  // namespace slide::data

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace slide::data;
  const std::string input(reinterpret_cast<const char*>(bytes), size);
  for (const uint32_t version : {10, 11}) {
    ForEachContainer(input, "slidenet", version, ReadModel);
  }
  return 0;
}
