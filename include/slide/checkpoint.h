// Checkpoint files: what a training run writes while it goes on (Trainer::Fit)
// and goes on from (Trainer::Resume), looked at from outside.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "slide/model_card.h"
#include "slide/options/network.h"
#include "slide/options/train.h"
#include "slide/trainer.h"

namespace slide {

// Sizes of a data set and a sum of its content, by which it is known again.
struct DataFingerprint {
  uint64_t num_samples = 0;
  uint64_t num_features = 0;
  uint64_t num_labels = 0;
  uint64_t num_nonzeros = 0;     // feature values of all samples
  uint64_t num_label_marks = 0;  // labels of all samples
  uint64_t checksum = 0;         // xxHash64 of all arrays

  friend bool operator==(const DataFingerprint&,
                         const DataFingerprint&) = default;
};

// A run as its checkpoint has it.
struct CheckpointInfo {
  uint64_t num_bytes = 0;  // of the file
  NetworkOptions network;  // settled
  TrainOptions train;      // with the epochs and the rate that were left open
  DataFingerprint train_set;
  std::optional<DataFingerprint> validation_set;
  std::optional<DataFingerprint> test_set;
  int epoch = 0;  // that it was written in, or at the end of; from 1
  uint64_t epoch_samples_done = 0;
  uint64_t epoch_samples = 0;  // those with a label
  uint64_t num_steps = 0;      // samples of the whole run that are done
  // Seconds of training and of evaluation so far.
  double train_seconds = 0.0;
  double eval_seconds = 0.0;
  std::vector<EpochReport> epochs;  // finished ones
  int best_epoch = 0;  // with a validation set; 0: none is finished
  // The trainings of the network before this run, as its card had them
  // (ModelCard::earlier_trainings).
  std::vector<TrainingRecord> earlier_trainings;
};

// Returns whether the file at `path` begins as a checkpoint, of any version.
// False for a file that is missing, or that cannot be read at will like a pipe.
bool IsCheckpointFile(const std::string& path);

// Reads what a checkpoint says of its run, and compares all sums of the file.
// Throws: ModelFileError naming the damaged part. Cost: one pass over the file.
CheckpointInfo ReadCheckpointInfo(const std::string& path);

}  // namespace slide
