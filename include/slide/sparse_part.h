// The sparse part of the output: a weight for each pair of a feature and a
// label that occur together in the training set, beside the weights of the
// output's neurons. Trainer makes it as SparsePartOptions say; here is what it
// will take, and what a network has.
#pragma once

#include <cstdint>

#include "slide/dataset.h"
#include "slide/options/train.h"

namespace slide {

// The pairs that a training set gives.
struct SparsePartPlan {
  bool is_wanted = false;  // what SparsePartMode::kAuto says; kOn: true
  // As in SparsePartOptions, settled.
  int min_samples = 0;
  uint64_t max_feature_samples = 0;  // features of more samples have no pairs
  uint64_t num_features = 0;         // with pairs
  uint64_t num_pairs = 0;
  double entries = 0.0;    // pairs of a sample's features, mean
  uint64_t num_bytes = 0;  // of the part, in memory and in a file
};

// Nothing for a cache that SparsePartMode::kAuto leaves alone because it is too
// large. Throws: OptionsError; DataError for a damaged sample;
// OutOfMemoryError. Cost: the features of each sample once for each of its
// labels.
SparsePartPlan PlanSparsePart(const Dataset& train,
                              const SparsePartOptions& options,
                              int num_threads = 0);

// The sparse part of a network.
struct SparsePartInfo {
  uint64_t num_features = 0;  // with pairs
  uint64_t num_pairs = 0;
  uint64_t num_bytes = 0;
  // A label's logit is that of its neuron, and this times the sum of its pairs.
  float weight = 1.0f;
};

}  // namespace slide
