// A file of options: TOML whose keys are flags without their dashes.
//
//   epochs = 10
//   k = [1, 3, 5]
//   validation-share = 0.1
//   quiet = true
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace slide::cli {

struct ConfigEntry {
  std::string flag;
  // As behind the flag; "true" or "false" of a boolean.
  std::string value;
  bool is_boolean = false;
  std::string place;  // "run.toml:3"
};

// Throws: OptionsError with the place for what is no TOML, and for a value that
// is no text, number, boolean or list of texts and numbers.
std::vector<ConfigEntry> ReadConfig(const std::string& path);

}  // namespace slide::cli
