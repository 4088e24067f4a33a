// Reads whole files.
#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <utility>

namespace slide::testing_support {

// Returns all bytes of a file; none if it is missing. A stream's iterators
// would read each byte by itself, which takes seconds where nothing is
// optimised.
inline std::string ReadBytes(const std::string& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return std::move(bytes).str();
}

}  // namespace slide::testing_support
