// Growth of a sparse part: more features and labels, and the pairs of another
// training set beside those that are there.
#pragma once

#include <cstdint>

#include "nn/sparse_part.h"

namespace slide::nn {

// Returns a part with the pairs of `old`, which keep their weights, and those
// of `more` (null: none), which start at 0 where they are new; the labels of
// `old` keep their accumulators, and the weight is that of `old`. num_features,
// num_labels: of the network, no fewer than those of either.
// Throws: OptionsError for too many pairs; OutOfMemoryError.
SparsePart GrownSparsePart(const SparsePart& old, const SparsePart* more,
                           uint32_t num_features, uint32_t num_labels);

}  // namespace slide::nn
