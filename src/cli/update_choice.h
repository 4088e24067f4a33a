// Which options of training have a say in how weights move, and which have
// none: dense and sampled updates have no hash tables.
#pragma once

#include <string_view>

#include "cli/command_line.h"
#include "slide/options/train.h"

namespace slide::cli {

// Where --update is open, an option that was given and that dense updates would
// ignore makes them hogwild ones: a network of few labels is then not trained
// densely. Throws: OptionsError for such an option beside --update dense or
// sampled.
void ChooseUpdate(const CommandLine& line, TrainOptions& train);

// Whether an option means nothing to updates of this name.
bool IsIgnored(std::string_view flag, std::string_view update);

// Throws: OptionsError for a size of batches where there are none. settled: as
// trained.
void RequireBatches(const CommandLine& line, const TrainOptions& settled);

}  // namespace slide::cli
