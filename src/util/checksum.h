// Files are summed by xxHash64 with seed 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace slide::util {

uint64_t Checksum(std::span<const std::byte> bytes) noexcept;

// Sums bytes that come in pieces.
class RunningChecksum {
 public:
  RunningChecksum();
  RunningChecksum(const RunningChecksum&) = delete;
  RunningChecksum& operator=(const RunningChecksum&) = delete;
  ~RunningChecksum();

  void Add(std::span<const std::byte> bytes) noexcept;
  // Returns the checksum of all bytes so far.
  uint64_t value() const noexcept;

 private:
  struct State;  // xxHash64's

  std::unique_ptr<State> state_;
};

}  // namespace slide::util
