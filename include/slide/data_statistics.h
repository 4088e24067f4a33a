// Statistics of a data set: how large its samples are, how often its labels and
// features come, and which of its samples another data set has as well.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "slide/dataset.h"

namespace slide {

// The distribution of a count over samples; all 0 without samples.
struct Spread {
  uint64_t sum = 0;
  double mean = 0.0;
  uint64_t p50 = 0;  // half of the samples have no more
  uint64_t p99 = 0;  // 99 % have no more
  uint64_t max = 0;
  uint64_t num_zero = 0;  // samples with none
};

// A label or a feature, and the samples that have it.
struct Frequency {
  uint32_t id = 0;
  uint64_t num_samples = 0;
};

struct DataStatistics {
  Spread features, labels;  // of a sample
  // label_counts[0]: labels of no sample; [i]: those of 2^(i-1) to 2^i - 1
  // samples; the last one is not 0.
  std::vector<uint64_t> label_counts;
  // The labels and features that most samples have, by falling number of
  // samples, ties by id; none that no sample has.
  std::vector<Frequency> frequent_labels, frequent_features;
};

// max_frequent: entries of the last two at most. Throws: DataError for a broken
// rule in a data set that is checked as it is read.
// Cost: one pass over the samples. Memory: 8 bytes a feature and a label.
DataStatistics MeasureData(const Dataset& data, size_t max_frequent = 10);

// Samples of a data set that another one has as well.
struct Overlap {
  uint64_t num_samples = 0;      // of the data set
  uint64_t same_features = 0;    // ids and values; samples without do not count
  uint64_t same_and_labels = 0;  // of these, those with the same labels too
};

// Counts the samples of `data` that are in `other`; both must be scaled alike.
// Throws: as MeasureData. Memory: 16 bytes a sample of `other`.
Overlap MeasureOverlap(const Dataset& data, const Dataset& other);

}  // namespace slide
