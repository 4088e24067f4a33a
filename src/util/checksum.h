// Files are summed by xxHash64 with seed 0.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace slide::util {

uint64_t Checksum(std::span<const std::byte> bytes) noexcept;
inline uint64_t Checksum(std::string_view text) noexcept {
  return Checksum(std::as_bytes(std::span(text)));
}

// A sum as text: 16 hexadecimal digits, because many a JSON reader rounds
// numbers to 53 bits.
std::string ChecksumDigits(uint64_t sum);
// Nothing, if the text is no such digits.
std::optional<uint64_t> ReadChecksum(std::string_view digits) noexcept;

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
