// RunReport: measures a training run and tells of it: progress, epochs, and the
// report at the end.
#pragma once

#include <cstdint>
#include <vector>

#include "slide/dataset.h"
#include "slide/metrics.h"
#include "slide/network.h"
#include "slide/trainer.h"
#include "train/engine.h"
#include "train/run_state.h"
#include "train/sample_order.h"
#include "train/setup.h"
#include "train/workers.h"

namespace slide::train {

// The report of a run so far; plain, for a checkpoint.
struct ReportState {
  double step_seconds = 0.0;
  double earlier_seconds = 0.0;
  double eval_seconds = 0.0;
  double checkpoint_seconds = 0.0;
  uint64_t num_checkpoints = 0;
  std::vector<EpochReport> epochs;
};

class RunReport {
 public:
  // All arguments must outlive it, and the sets, which are evaluated after each
  // epoch.
  RunReport(const Network& network, const TrainSetup& setup,
            const SampleOrder& order, const Workers& workers,
            const Engine& engine, const EvaluationSets& sets);

  // Wall time of training steps, without rebuilds; the run adds to it.
  double& step_seconds() noexcept { return step_seconds_; }
  double samples_per_step_second(const RunState& state) const noexcept {
    return static_cast<double>(state.steps) / step_seconds_;
  }

  // A look at the run. learning_rate: of the next sample.
  Progress Look(const RunState& state, double learning_rate) const;

  // Evaluates the network and closes the epoch. callback: of the evaluation.
  // Throws: StoppedError when it says so; the epoch is then not closed.
  EpochReport& FinishEpoch(const RunState& state,
                           const EvaluateCallback& callback);

  // Sets an epoch's metrics to those of the network as it is now.
  // Throws: StoppedError when the callback says so.
  void EvaluateSets(const EvaluateCallback& callback, EpochReport& epoch) const;

  // Finished ones.
  const std::vector<EpochReport>& epochs() const noexcept {
    return report_.epochs;
  }

  // A checkpoint was written, or could not be.
  const CheckpointReport& Note(CheckpointReport checkpoint);

  ReportState Save() const;
  // The report goes on from there.
  void Restore(ReportState state);

  // How sets are evaluated.
  const EvaluateOptions& evaluation() const noexcept { return evaluation_; }

  // The report of the run. stopped: by the callback.
  TrainReport Finish(const RunState& state, bool stopped);

 private:
  double TrainSeconds() const noexcept {
    return step_seconds_ + setup_.rebuilder.pause_seconds();
  }
  double SamplesPerSecond(const RunState& state) const noexcept;
  double ActiveMean(const RunState& state) const noexcept;
  IndexReport MakeIndexReport() const;

  const Network& network_;
  const TrainSetup& setup_;
  const SampleOrder& order_;
  const Workers& workers_;
  const Engine& engine_;
  const EvaluationSets sets_;
  EvaluateOptions evaluation_;
  double step_seconds_ = 0.0;
  double earlier_seconds_ = 0.0;  // of training, in finished epochs
  TrainReport report_;
};

}  // namespace slide::train
