// NetworkCopy: all that training changes in a network, kept beside it, to go
// back to: weights, biases and what the optimizer keeps. The hash tables are
// left out, as they are made of the weights.
#pragma once

#include <cstddef>

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

 private:
  util::AlignedBuffer<std::byte> bytes_;
};

}  // namespace slide::nn
