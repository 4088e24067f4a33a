// The record of a training that its model file holds.
#pragma once

#include <string>

#include "cli/command_line.h"
#include "slide/dataset.h"
#include "slide/model_card.h"
#include "slide/options/train.h"
#include "slide/trainer.h"

namespace slide::cli {

// The names of the files, as the user gave them.
struct TrainingFiles {
  std::string train, test, validation;
};

// Without folders, which are nobody's business to whom a model is given.
std::string FileName(const std::string& path);

// The command that repeats the training: `slide train`, or which it was, the
// training set, and the line's options as they are now but those about outputs,
// files without their folders.
std::string RepeatingCommand(const CommandLine& line,
                             const std::string& train_path);

// epoch: the last one, or the one that was kept; null: none was finished.
TrainingRecord RecordOf(const TrainingFiles& files, const Dataset& train,
                        TrainOptions options, const EpochReport* epoch);

}  // namespace slide::cli
