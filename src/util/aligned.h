// AlignedBuffer<T>: zeroed memory of a fixed size. Small buffers start on a
// cache line. Large ones (a network's rows) come from the kernel in whole 2 MiB
// pages where it grants them, because rows are visited at random and 4 KiB
// pages would miss the TLB at each; their pages are placed by the thread that
// first writes them.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace slide::util {

inline constexpr size_t kCacheLineBytes = 64;

// a b, or the largest size_t if that does not fit: no machine has so many
// bytes.
constexpr size_t Product(size_t a, size_t b) noexcept {
  size_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? ~size_t{0} : product;
}

// Memory of a size fixed at construction; moves, does not copy.
class AlignedBytes {
 public:
  AlignedBytes() = default;
  // Zeroed. Throws: OutOfMemoryError saying how much was asked for and what
  // for.
  AlignedBytes(size_t num_bytes, std::string_view purpose);
  AlignedBytes(AlignedBytes&& other) noexcept;
  AlignedBytes& operator=(AlignedBytes&& other) noexcept;
  ~AlignedBytes();

  std::byte* data() const noexcept { return data_; }
  size_t size() const noexcept { return size_; }

 private:
  std::byte* data_ = nullptr;
  size_t size_ = 0;
};

template <typename T>
class AlignedBuffer {
  static_assert(std::is_trivially_copyable_v<T>, "zeroed bytes must be a T");

 public:
  AlignedBuffer() = default;
  // purpose: what a message about too little memory says it was for, and which
  // option makes it smaller.
  explicit AlignedBuffer(size_t size, std::string_view purpose = "a work array")
      : bytes_(Product(size, sizeof(T)), purpose), size_(size) {}
  AlignedBuffer(AlignedBuffer&& other) noexcept
      : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
    bytes_ = std::move(other.bytes_);
    std::swap(size_, other.size_);
    return *this;
  }

  T* data() noexcept { return reinterpret_cast<T*>(bytes_.data()); }
  const T* data() const noexcept {
    return reinterpret_cast<const T*>(bytes_.data());
  }
  size_t size() const noexcept { return size_; }
  T& operator[](size_t i) noexcept { return data()[i]; }
  const T& operator[](size_t i) const noexcept { return data()[i]; }
  operator std::span<T>() noexcept { return {data(), size_}; }
  operator std::span<const T>() const noexcept { return {data(), size_}; }

 private:
  AlignedBytes bytes_;
  size_t size_ = 0;
};

}  // namespace slide::util
