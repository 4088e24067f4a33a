// The record of a training that its model file holds.
#pragma once

#include <string>

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

// epoch: the last one, or the one that was kept; null: none was finished.
TrainingRecord RecordOf(const TrainingFiles& files, const Dataset& train,
                        TrainOptions options, const EpochReport* epoch);

}  // namespace slide::cli
