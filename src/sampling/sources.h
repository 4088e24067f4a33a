// The list of candidate sources: which a selector asks, in which order, with
// which budget.
#pragma once

#include <cstddef>

#include "hashing/lsh_index.h"
#include "sampling/selector.h"
#include "slide/dataset.h"
#include "slide/options/train.h"

namespace slide::sampling {

// The material that sources are made from; it must outlive them.
struct SourceInputs {
  size_t num_neurons = 0;                    // of the output layer
  const hashing::LshIndex* index = nullptr;  // built; null: no tables
  // Samples such as will be trained on: how frequent labels are, and who is a
  // neighbour. Without samples labels are all alike.
  const Dataset& data;
};

Selector MakeSelector(const SamplingOptions& options,
                      const SourceInputs& inputs);

}  // namespace slide::sampling
