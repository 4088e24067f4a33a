// The part of a data set that a network knows: without features and labels that
// its training never saw.
#pragma once

#include <cstdint>

#include "slide/dataset.h"

namespace slide {

struct KnownPart {
  Dataset data;
  uint64_t num_feature_values = 0;  // that were left out
  uint64_t num_label_marks = 0;
  uint64_t num_samples = 0;  // that anything was left out of
};

// Leaves out features from num_features and labels from num_labels on; there
// are no more of either then. rescale: a sample that loses a feature is scaled
// to Euclidean length 1 again. Data without any comes back as it is.
// Throws: DataError for a damaged sample of a set that is checked as it is
// read; OutOfMemoryError. Cost: if there are any, a copy of the data.
KnownPart KeepKnown(const Dataset& data, uint32_t num_features,
                    uint32_t num_labels, bool rescale);

}  // namespace slide
