// The options of a training that goes on from a saved model: those that the
// model has fixed, those that its card records, and those that are given.
#pragma once

#include <string>
#include <vector>

#include "cli/command_line.h"
#include "slide/model_card.h"
#include "slide/option_fields.h"
#include "slide/options/network.h"
#include "slide/options/train.h"

namespace slide::cli {

// Sets the fields of `to` whose flags were given to their values in `given`, a
// list of the same struct's. Returns whether there were any.
bool CopyGiven(const CommandLine& line, const std::vector<OptionField>& given,
               const std::vector<OptionField>& to);

// Throws: OptionsError for a flag that was given with another value than the
// model at `path` has, but for the optimizer and the seed, which may change.
void RequireModelOptions(const CommandLine& line, NetworkOptions given,
                         NetworkOptions model, const std::string& path);

// Returns the options of training: those given, then those that the card
// records and that are of the model rather than of one training set, then the
// default ones.
TrainOptions WithRecorded(const CommandLine& line, const ModelCard& card,
                          TrainOptions given);

}  // namespace slide::cli
