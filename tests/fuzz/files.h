// The fuzz targets of whole files share this.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "fuzz/fuzz.h"
#include "slide/error.h"

namespace slide::data {

// A file in memory.
class MemoryFile {
 public:
  explicit MemoryFile(const std::string& bytes)
      : descriptor_(memfd_create("file", MFD_CLOEXEC)),
        path_("/proc/self/fd/" + std::to_string(descriptor_)) {
    const ssize_t written = write(descriptor_, bytes.data(), bytes.size());
    Require(written == static_cast<ssize_t>(bytes.size()), "memory is there");
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(descriptor_); }

  const std::string& path() const { return path_; }

 private:
  int descriptor_;
  std::string path_;
};

// Whether the call throws an E; anything else that it throws ends the process.
template <typename E>
bool Throws(auto call) {
  try {
    call();
    return false;
  } catch (const E&) {
    return true;
  }
}

}  // namespace slide::data
