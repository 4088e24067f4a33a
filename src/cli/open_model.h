// How commands open a model.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>

#include "slide/checkpoint.h"
#include "slide/error.h"
#include "slide/network.h"

namespace slide::cli {

// Small files, of which that takes some 20 ms at most, are verified in any
// case. Throws: as Network::Open; ModelFileError for a checkpoint, too.
inline Network OpenModel(const std::string& path, bool verify) {
  if (IsCheckpointFile(path)) {
    throw ModelFileError(fmt::format(
        "{}: is a checkpoint, expected a model: train with the options of its "
        "run, --resume {} and --model saves its network",
        path, path));
  }
  constexpr uint64_t kAlwaysVerified = uint64_t{32} << 20;
  std::error_code unknown;
  const uint64_t size = std::filesystem::file_size(path, unknown);
  return Network::Open(
      path, {.verify = verify || (!unknown && size <= kAlwaysVerified)});
}

}  // namespace slide::cli
