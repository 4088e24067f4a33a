// How weights are stored and moved.
#pragma once

#include "slide/options/name.h"

namespace slide {

// How a weight is stored. Optimizer state and biases are fp32 in any case.
enum class Precision {
  kFp32,
  // 8 bits of precision at the range of fp32: half the memory and less traffic.
  kBf16,
  // A byte, of which the fp32 scale of its row makes the weight. For networks
  // that are only asked: slide/export.h.
  kInt8,
};

// By which rule weights move along their gradient. All are lazy: a row that a
// sample does not touch does not move and costs nothing. The rule decides what
// is stored beside a row's weights (docs/performance.md has the bytes).
enum class Optimizer {
  // One accumulator a row, of its mean squared gradients.
  kRowAdagrad,
  // Two moments a weight, corrected by the row's own number of steps (Kingma
  // and Ba, "Adam", ICLR 2015).
  kAdam,
  // An accumulator a weight (Duchi et al., JMLR 2011).
  kAdagrad,
  // Gradient descent with momentum: a velocity a weight.
  kSgd,
};

// How a moved weight becomes a bf16 one.
enum class Rounding {
  // Up or down at random with its mean kept, so that moves smaller than the
  // last bit add up.
  kStochastic,
  kNearest,
};

}  // namespace slide
