// How much of a mapped file is in memory.
#pragma once

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>

namespace slide::testing_support {

// Returns the bytes of the mapped file at `path` that are in this process's
// memory now; nothing where the system does not say.
inline std::optional<uint64_t> ResidentBytes(const std::string& path) {
  std::ifstream maps("/proc/self/smaps");
  bool is_ours = false;
  uint64_t kibibytes = 0;
  bool found = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.find(path) != std::string::npos) {
      is_ours = true;
    } else if (line.find("-") < line.find(" ") &&
               line.find(" ") < line.find(":")) {
      is_ours = false;  // the head of another mapping
    }
    if (is_ours && line.starts_with("Rss:")) {
      kibibytes += std::stoull(line.substr(4));
      found = true;
    }
  }
  if (!found) return std::nullopt;
  return kibibytes * 1024;
}

}  // namespace slide::testing_support
