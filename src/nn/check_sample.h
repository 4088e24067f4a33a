// What callers of the library hand in as a sample, checked against a network.
#pragma once

#include <cstdint>

#include "slide/dataset.h"
#include "slide/sparse.h"

namespace slide::nn {

// Throws: DataError for ids and values of different lengths, or ids that do not
// ascend or are not below num_features.
void CheckFeatures(SparseView x, uint32_t num_features);

// The same for a sample to train on, and DataError for a value that is not
// finite, no label, or labels that do not ascend or are not below num_labels.
void CheckSample(const Sample& sample, uint32_t num_features,
                 uint32_t num_labels);

}  // namespace slide::nn
