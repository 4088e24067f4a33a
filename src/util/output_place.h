// Where output goes: a path followed through symbolic links. It is done by
// hand, because the links of /dev/fd lead to open files and not to places.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

namespace slide::util {

struct OutputPlace {
  std::string path;
  std::optional<int> descriptor = {};    // an open file's: "-", /dev/fd/3
  std::optional<struct stat> info = {};  // of what is there; unset: nothing

  bool is_folder() const noexcept { return info && S_ISDIR(info->st_mode); }
  // A regular file, or none yet.
  bool is_file() const noexcept {
    return !descriptor && (!info || S_ISREG(info->st_mode));
  }
};

// Throws: Error for an empty path, or links that lead round.
OutputPlace FollowOutput(const std::string& path);

}  // namespace slide::util
