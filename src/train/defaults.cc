#include "slide/defaults.h"

#include "options/size_rules.h"

namespace slide {

NetworkOptions SettledFor(const Dataset& train, NetworkOptions options) {
  if (options.num_features == 0) options.num_features = train.num_features();
  if (options.num_labels == 0) options.num_labels = train.num_labels();
  if (options.hidden.empty()) {
    options.hidden = {options::DefaultWidth(train.size())};
  }
  return options;
}

TrainOptions SettledFor(const Dataset& train, Optimizer optimizer,
                        TrainOptions options) {
  if (!options.epochs) {
    options.epochs = options::DefaultEpochs(
        {.samples = train.size(), .labels = train.num_labels()});
  }
  if (!options.learning_rate) {
    options.learning_rate =
        options::DefaultLearningRate(optimizer, train.size());
  }
  return options;
}

}  // namespace slide
