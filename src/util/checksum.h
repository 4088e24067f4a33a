// Files are summed by xxHash64 with seed 0.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace slide::util {

uint64_t Checksum(std::span<const std::byte> bytes) noexcept;

// Sums bytes that come in pieces.
class RunningChecksum {
 public:
  RunningChecksum() noexcept;

  void Add(std::span<const std::byte> bytes) noexcept;
  // Returns the checksum of all bytes so far.
  uint64_t value() const noexcept;

 private:
  // xxHash64's own state: plain numbers, without memory of their own.
  alignas(uint64_t) std::array<std::byte, 88> state_;
};

}  // namespace slide::util
