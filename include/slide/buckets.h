// Statistics of the buckets of hash tables.
#pragma once

#include <cstdint>
#include <vector>

namespace slide {

// Describes the buckets of all tables; all zero and empty without tables.
struct BucketOccupancy {
  uint64_t num_buckets = 0;
  uint64_t num_bytes = 0;    // of the tables
  uint64_t largest = 0;      // neurons in the fullest bucket
  double empty_share = 0.0;  // of the buckets
  // Neurons that were left out of a table because their bucket was full, summed
  // over the tables.
  uint64_t num_left_out = 0;
  // by_size[0]: empty buckets; by_size[i]: those with 2^(i-1) to 2^i - 1
  // neurons; the last one is not 0.
  std::vector<uint64_t> by_size;
};

}  // namespace slide
