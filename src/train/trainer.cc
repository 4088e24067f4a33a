#include "slide/trainer.h"

#include <memory>
#include <optional>
#include <utility>

#include "nn/network_access.h"
#include "slide/defaults.h"
#include "train/checkpoint_file.h"
#include "train/checkpointer.h"
#include "train/data_fingerprint.h"
#include "train/setup.h"
#include "train/training_run.h"
#include "util/thread_team.h"

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

namespace {

train::RunData DataOf(const Dataset& train, const LossWeights& weights,
                      const EvaluationSets& sets) {
  train::RunData data = {.train = train::FingerprintOf(train, weights)};
  const auto add = [](const Dataset* set,
                      std::optional<DataFingerprint>& fingerprint) {
    if (set != nullptr) fingerprint = train::FingerprintOf(*set);
  };
  add(sets.validation, data.validation);
  add(sets.test, data.test);
  return data;
}

TrainReport RunToEnd(const train::RunInputs& inputs) {
  const std::unique_ptr<train::TrainingRun> run =
      train::MakeTrainingRun(inputs);
  while (run->has_next()) run->RunEpoch();
  return run->Finish();
}

}  // namespace

TrainReport Trainer::Fit(const Dataset& train, const EvaluationSets& sets,
                         const ProgressCallback& callback,
                         const CheckpointOptions& checkpoints) {
  checkpoints.Validate();
  train::RunInputs inputs = InputsOf(train, sets, callback);
  train::CheckSets(inputs);
  std::optional<train::Checkpointer> checkpointer;
  if (!checkpoints.path.empty()) {
    checkpointer.emplace(checkpoints, DataOf(train, weights_, sets), 0);
    inputs.checkpointer = &*checkpointer;
  }
  return RunToEnd(inputs);
}

TrainReport Trainer::Resume(const std::string& path, const Dataset& train,
                            const EvaluationSets& sets,
                            const ProgressCallback& callback,
                            const CheckpointOptions& checkpoints) {
  checkpoints.Validate();
  train::RunInputs inputs = InputsOf(train, sets, callback);
  train::CheckSets(inputs);
  const train::CheckpointFile from(path);
  const train::RunData data = DataOf(train, weights_, sets);
  from.RequireSame(network_.options(),
                   SettledFor(train, network_.options(), options_), data);
  std::optional<train::Checkpointer> checkpointer;
  if (!checkpoints.path.empty()) {
    checkpointer.emplace(checkpoints, data,
                         from.numbers().report.epochs.size());
    inputs.checkpointer = &*checkpointer;
  }
  from.Read(util::ThreadTeam(options_.num_threads),
            nn::NetworkAccess::Core(network_));
  inputs.from = &from;
  return RunToEnd(inputs);
}

train::RunInputs Trainer::InputsOf(const Dataset& train,
                                   const EvaluationSets& sets,
                                   const ProgressCallback& callback) const {
  return {.network = network_,
          .options = options_,
          .data = train,
          .weights = weights_,
          .sets = sets,
          .callback = callback,
          .looks = {samples_between_looks_, has_checkpoint_at_every_look_}};
}

}  // namespace slide
