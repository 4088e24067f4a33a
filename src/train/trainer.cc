#include "slide/trainer.h"

#include <utility>

#include "nn/network_access.h"
#include "train/setup.h"
#include "train/training_run.h"

namespace slide {

double MeanPrecision(const Metrics& metrics) noexcept {
  double sum = 0.0;
  for (const MetricsAtK& at : metrics.at) sum += at.precision;
  return metrics.at.empty() ? 0.0
                            : sum / static_cast<double>(metrics.at.size());
}

bool IsBelowGuess(const Metrics& metrics, const Metrics& popularity) noexcept {
  return !metrics.at.empty() && !popularity.at.empty() &&
         metrics.at.front().precision < popularity.at.front().precision;
}

Trainer::Trainer(Network& network, const TrainOptions& options,
                 LossWeights weights)
    : network_(network), options_(options), weights_(std::move(weights)) {
  options_.Validate();
  train::SettleNetwork(options_, nn::NetworkAccess::Core(network));
}

TrainReport Trainer::Fit(const Dataset& train, const EvaluationSets& sets,
                         const ProgressCallback& callback,
                         const CheckpointOptions& checkpoints) {
  return Run(nullptr, train, sets, callback, checkpoints);
}

TrainReport Trainer::Resume(const std::string& path, const Dataset& train,
                            const EvaluationSets& sets,
                            const ProgressCallback& callback,
                            const CheckpointOptions& checkpoints) {
  return Run(&path, train, sets, callback, checkpoints);
}

TrainReport Trainer::Run(const std::string* resumed, const Dataset& train,
                         const EvaluationSets& sets,
                         const ProgressCallback& callback,
                         const CheckpointOptions& checkpoints) {
  return train::RunToEnd({.network = network_,
                          .options = options_,
                          .data = train,
                          .weights = weights_,
                          .sets = sets,
                          .callback = callback},
                         checkpoints, resumed);
}

}  // namespace slide
