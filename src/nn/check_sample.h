// Checks a caller's sample against a network.
#pragma once

#include <cstdint>

#include "slide/dataset.h"
#include "slide/sparse.h"

namespace slide::nn {

// Throws: DataError for ids and values of different lengths, ids that do not
// ascend or are not below num_features, or values that are not finite.
void CheckFeatures(SparseView x, uint32_t num_features);

// Checks a sample to train on in the same way. Throws: DataError also for no
// label, labels that do not ascend or are not below num_labels, or a weight
// that is negative or not finite.
void CheckSample(const Sample& sample, uint32_t num_features,
                 uint32_t num_labels);

}  // namespace slide::nn
