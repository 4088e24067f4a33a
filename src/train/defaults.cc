#include "slide/defaults.h"

#include <algorithm>

#include "options/size_rules.h"

namespace slide {

NetworkOptions SettledFor(const Dataset& train, NetworkOptions options) {
  if (options.num_features == 0) options.num_features = train.num_features();
  if (options.num_labels == 0) options.num_labels = train.num_labels();
  if (options.hidden.empty()) {
    options.hidden = {options::DefaultWidth(train.size(), train.num_labels())};
  }
  return options;
}

namespace {

UpdateMode DefaultUpdate(uint32_t num_labels, const NetworkOptions& network,
                         const SamplingOptions& sampling) {
  const bool is_dense =
      network.hash.kind == HashKind::kAuto &&
      num_labels <= options::kMaxDenseLabels &&
      (network.hidden.empty() || !network.hidden.back().is_hashed()) &&
      sampling == SamplingOptions();
  return is_dense ? UpdateMode::kDense : UpdateMode::kHogwild;
}

}  // namespace

TrainOptions SettledFor(const Dataset& train, const NetworkOptions& network,
                        TrainOptions options) {
  if (!options.epochs) {
    options.epochs = options::DefaultEpochs(train.size(), train.num_labels());
  }
  if (!options.learning_rate) {
    options.learning_rate =
        options::DefaultLearningRate(network.optimizer, train.size());
  }
  if (!options.update) {
    options.update =
        DefaultUpdate(std::max(train.num_labels(), network.num_labels), network,
                      options.sampling);
  }
  if (!options.batch_size) {
    options.batch_size =
        options::DefaultBatchSize(*options.update, train.size());
  }
  return options;
}

}  // namespace slide
