// The bench programs on real data share this command line: `PROGRAM TRAIN TEST
// [--option value]...`.
#pragma once

#include <charconv>
#include <functional>
#include <map>
#include <string>

#include "slide/dataset_io.h"
#include "slide/error.h"
#include "slide/options.h"

namespace slide::bench {

// Each option the program knows ("--epochs") and its value.
using ProgramOptions = std::map<std::string, std::string>;

// Throws: OptionsError for what is not wholly a number of the type.
template <class T>
T Number(const ProgramOptions& options, const std::string& name) {
  const std::string& text = options.at(name);
  const char* const end = text.data() + text.size();
  T value{};
  const std::from_chars_result result =
      std::from_chars(text.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end) {
    throw OptionsError(name + " is '" + text + "', which is no number for it");
  }
  return value;
}

// Returns the loss that --loss names. Throws: OptionsError.
Loss LossOption(const ProgramOptions& options);

// Parses the command line over the defaults, reads the data and calls run.
// Prints usage and errors; returns the exit status.
int RunOnData(
    int argc, char** argv, const std::string& program, ProgramOptions defaults,
    const std::function<void(const Dataset& train, const Dataset& test,
                             const ProgramOptions&)>& run);

}  // namespace slide::bench
