// RunReport: measures a training run and tells of it: progress, epochs, and the
// report at the end.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "slide/dataset.h"
#include "slide/metrics.h"
#include "slide/network.h"
#include "slide/trainer.h"
#include "train/engine.h"
#include "train/sample_order.h"
#include "train/schedule.h"
#include "train/setup.h"
#include "train/workers.h"

namespace slide::train {

// The place of a training run: all that a checkpoint has to hold, beside
// the network, its tables and the report, for the run to go on as if nothing
// had been.
struct RunState {
  int epoch = 0;       // from 1; 0: not begun
  uint64_t place = 0;  // samples of this epoch that are done
  uint64_t steps = 0;  // samples of the whole run that are done
  // The time limit has ended it with the epoch that was finished last.
  bool is_out_of_time = false;
  // Wall time of the run, evaluations and all, when it was last written.
  double seconds = 0.0;
  RebuildState rebuilds;
};

// The report of a run so far; plain, for a checkpoint.
struct ReportState {
  double step_seconds = 0.0;
  double earlier_seconds = 0.0;  // of training, in finished epochs
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
  double& step_seconds() noexcept { return so_far_.step_seconds; }
  double samples_per_step_second(const RunState& state) const noexcept {
    return static_cast<double>(state.steps) / so_far_.step_seconds;
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
    return so_far_.epochs;
  }

  // A checkpoint was written, or could not be.
  const CheckpointReport& Note(CheckpointReport checkpoint);

  const ReportState& state() const noexcept { return so_far_; }
  // The report goes on from there.
  void Restore(ReportState state) { so_far_ = std::move(state); }

  // How sets are evaluated.
  const EvaluateOptions& evaluation() const noexcept { return evaluation_; }

  // The report of the run, which takes what was noted; may be called once.
  // stopped: by the callback.
  TrainReport Finish(const RunState& state, bool stopped);

 private:
  double TrainSeconds() const noexcept {
    return so_far_.step_seconds + setup_.rebuilder.pause_seconds();
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
  ReportState so_far_;
  // The last one that was written, or could not be.
  std::optional<CheckpointReport> checkpoint_;
};

}  // namespace slide::train
