// NetworkCopy: all that training changes in a network, kept beside it, to go
// back to: weights, biases and what the optimizer keeps. The hash tables are
// left out, as they are made of the weights.
#pragma once

#include <cstddef>
#include <span>

#include "nn/network_core.h"
#include "util/aligned.h"

namespace slide::nn {

class NetworkCopy {
 public:
  // Makes room for a copy of this network, or of one of the same shape.
  // Throws: OutOfMemoryError.
  explicit NetworkCopy(const NetworkCore& network);

  // Requires, here and below: nobody trains. Cost: one pass over all rows.
  void Take(const NetworkCore& network) noexcept;
  // Requires: Take was called; the rows view no file.
  void Restore(NetworkCore& network) const noexcept;
  // Exchanges the two. Requires: the rows view no file.
  void Swap(NetworkCore& network) noexcept;

  // All of it, for reading and writing files; Take or these fill it.
  std::span<std::byte> bytes() noexcept { return bytes_; }
  std::span<const std::byte> bytes() const noexcept { return bytes_; }

 private:
  util::AlignedBuffer<std::byte> bytes_;
};

}  // namespace slide::nn
