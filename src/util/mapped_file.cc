#include "util/mapped_file.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>

#include "slide/error.h"

namespace slide::util {

MappedFile::MappedFile(const InputFile& file) {
  const size_t size = file.size();
  if (size == 0) return;  // which mmap refuses
  void* address =
      mmap(nullptr, size, PROT_READ, MAP_SHARED, file.descriptor(), 0);
  if (address == MAP_FAILED) {
    throw Error(file.path() + ": cannot be mapped: " + std::strerror(errno));
  }
  bytes_ = {static_cast<const std::byte*>(address), size};
}

MappedFile::~MappedFile() {
  if (bytes_.empty()) return;
  munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace slide::util
