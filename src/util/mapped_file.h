// MappedFile shows a whole file as read-only memory. The system brings pages in
// when they are used and may drop them again; all processes that map a file
// share them. The file must not be changed or shortened in place meanwhile; one
// that is replaced by renaming stays as it was.
#pragma once

#include <cstddef>
#include <span>

#include "util/binary_io.h"

namespace slide::util {

class MappedFile {
 public:
  // `file` may go afterwards. Throws: Error with the path and the system's
  // reason. Cost: O(1).
  explicit MappedFile(const InputFile& file);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  // The file's bytes, file.size() of them, from the start of a page on.
  std::span<const std::byte> bytes() const noexcept { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace slide::util
