#include "util/aligned.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cstdlib>
#include <utility>

#include "slide/error.h"
#include "util/memory.h"

namespace slide::util {
namespace {

constexpr size_t kHugePageBytes = size_t{2} << 20;
// Buffers of this size or more get pages of their own. Below, a 2 MiB page
// would be mostly empty.
constexpr size_t kLargeBytes = 2 * kHugePageBytes;

[[noreturn]] void ThrowOutOfMemory(size_t num_bytes, std::string_view purpose) {
  throw OutOfMemoryError(fmt::format(
      "out of memory: {} bytes are needed for {}", num_bytes, purpose));
}

// Maps a little more than asked for and gives back what lies before the first
// 2 MiB boundary and behind the end. nullptr: there is not enough memory.
std::byte* MapLarge(size_t num_bytes) {
  const size_t mapped_bytes = num_bytes + kHugePageBytes;
  void* mapped = mmap(nullptr, mapped_bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  auto* start = static_cast<std::byte*>(mapped);
  const size_t head =
      (kHugePageBytes - reinterpret_cast<uintptr_t>(start) % kHugePageBytes) %
      kHugePageBytes;
  if (head > 0) munmap(start, head);
  munmap(start + head + num_bytes, mapped_bytes - head - num_bytes);
#ifdef MADV_HUGEPAGE
  // Only advice: where the kernel has no huge pages, small ones serve.
  madvise(start + head, num_bytes, MADV_HUGEPAGE);
#endif
  return start + head;
}

size_t RoundUp(size_t n, size_t unit) { return (n + unit - 1) / unit * unit; }

}  // namespace

AlignedBytes::AlignedBytes(size_t num_bytes, std::string_view purpose) {
  if (num_bytes == 0) return;
  if (num_bytes > ~size_t{0} - 2 * kHugePageBytes) {
    ThrowOutOfMemory(num_bytes, purpose);
  }
  // The destructor tells by the size, so the rounded one decides here too.
  size_ = RoundUp(num_bytes, kCacheLineBytes);
  if (size_ >= kLargeBytes) {
    size_ = RoundUp(size_, kHugePageBytes);
    RequireMemory(num_bytes, purpose);
    data_ = MapLarge(size_);
  } else {
    data_ = static_cast<std::byte*>(std::aligned_alloc(kCacheLineBytes, size_));
    if (data_ != nullptr) std::memset(data_, 0, size_);
  }
  if (data_ == nullptr) ThrowOutOfMemory(num_bytes, purpose);
}

AlignedBytes::AlignedBytes(AlignedBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

AlignedBytes& AlignedBytes::operator=(AlignedBytes&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

AlignedBytes::~AlignedBytes() {
  if (data_ == nullptr) return;
  if (size_ >= kLargeBytes) {
    munmap(data_, size_);
  } else {
    std::free(data_);
  }
}

}  // namespace slide::util
