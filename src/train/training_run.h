// TrainingRun: a run of training, an epoch at a time: order, schedule, looks,
// rebuilds, evaluations and checkpoints around the steps of an engine.
// Trainer::Fit and Resume run one to its end; a comparison runs several in
// turn.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "slide/dataset.h"
#include "slide/loss_weights.h"
#include "slide/network.h"
#include "slide/options/checkpoint.h"
#include "slide/options/train.h"
#include "slide/trainer.h"
#include "train/checkpoint_file.h"
#include "train/checkpointer.h"

namespace slide::train {

class TrainingRun {
 public:
  virtual ~TrainingRun() = default;

  // Whether an epoch is left that nothing has ended early.
  virtual bool has_next() const = 0;
  // Runs the next epoch, or what is left of one that a checkpoint was written
  // in. Throws: as Trainer::Fit. Requires: has_next().
  virtual void RunEpoch() = 0;
  // Waits for what goes on beside the steps, that others may be timed.
  virtual void Pause() = 0;
  // Ends the run and returns its report. May be called once.
  virtual TrainReport Finish() = 0;
};

// The looks at a run: a clock decides when they come and when checkpoints are
// written, unless it is set here.
struct Looks {
  uint64_t samples_between = 0;
  bool write_checkpoints = false;  // at each of them
};

// All that a run is about; everything that is pointed to must outlive it, but
// the checkpoint.
struct RunInputs {
  Network& network;
  const TrainOptions& options;
  const Dataset& data;
  const LossWeights& weights;
  EvaluationSets sets = {};
  ProgressCallback callback = {};
  Looks looks = {};
  Checkpointer* checkpointer = nullptr;  // null: no checkpoints are wanted
  // Whose network and tables are read already; null: the run begins.
  const CheckpointFile* from = nullptr;
};

// Throws: DataError, OptionsError if the sets do not fit the network.
void CheckSets(const RunInputs& inputs);

// Begins a run, or goes on with one. A network of a run that begins gets the
// sparse part that its options want. Requires: valid options, SettleNetwork,
// CheckSets. Throws: as Trainer::Fit.
std::unique_ptr<TrainingRun> MakeTrainingRun(const RunInputs& inputs);

// Runs all of it, or, with the path of a checkpoint, what is left of that run.
// inputs: without checkpointer and `from`, which follow from the others.
// Requires: valid options, SettleNetwork. Throws: as Trainer::Fit and Resume.
TrainReport RunToEnd(RunInputs inputs, const CheckpointOptions& checkpoints,
                     const std::string* resumed = nullptr);

}  // namespace slide::train
