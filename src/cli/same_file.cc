#include "cli/same_file.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "slide/error.h"
#include "slide/network.h"
#include "slide/output_file.h"

namespace slide::cli {
namespace {

bool IsSameFile(const std::string& a, const std::string& b) {
  std::error_code ignored;
  if (std::filesystem::exists(a, ignored) &&
      std::filesystem::exists(b, ignored)) {
    // Devices and pipes keep nothing that could be overwritten.
    return std::filesystem::is_regular_file(a, ignored) &&
           std::filesystem::equivalent(a, b, ignored);
  }
  return std::filesystem::weakly_canonical(a, ignored) ==
         std::filesystem::weakly_canonical(b, ignored);
}

}  // namespace

void RefuseSameFile(const std::vector<NamedFile>& inputs,
                    const std::vector<NamedFile>& outputs) {
  const NamedFile* stdin_user = nullptr;
  for (const NamedFile& input : inputs) {
    if (input.path != "-") continue;
    if (stdin_user != nullptr) {
      throw OptionsError(
          fmt::format("{}: got '-', the standard input, which {} reads already",
                      input.option, stdin_user->option));
    }
    stdin_user = &input;
  }
  std::vector<NamedFile> others = inputs;
  for (const NamedFile& output : outputs) {
    if (output.path.empty()) continue;
    for (const NamedFile& other : others) {
      if (other.path.empty() || !IsSameFile(output.path, other.path)) continue;
      throw OptionsError(
          fmt::format("{} would overwrite {}: both are '{}'; expected "
                      "different files",
                      output.option, other.option, output.path));
    }
    if (!output.is_model && IsReplaced(output.path) &&
        IsModelFile(output.path)) {
      throw OptionsError(
          fmt::format("{}: '{}' is a network, which would be lost; expected "
                      "another file",
                      output.option, output.path));
    }
    others.push_back(output);
  }
}

}  // namespace slide::cli
