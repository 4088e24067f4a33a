// Measures how well the hash tables of a network find the neurons that they are
// for.
#pragma once

#include <cstdint>

#include "slide/buckets.h"
#include "slide/dataset.h"
#include "slide/options/train.h"

namespace slide {

class Network;

struct IndexOptions {
  // How neurons are taken from the tables.
  SamplingOptions sampling;
  // Samples looked at, drawn by `seed` without repeats; 0: all.
  uint64_t num_samples = 500;
  uint64_t seed = 1;
  int num_threads = 0;  // 0: one for each core

  void Validate() const;  // Throws: OptionsError naming the field.
};

// Over the samples looked at.
struct IndexQuality {
  uint64_t num_samples = 0;
  // Share of the ten highest logits among the neurons that a sample takes from
  // the tables; 0 without tables.
  double recall_at_10 = 0.0;
  double found_mean = 0.0;  // neurons a sample takes
  uint64_t found_p50 = 0;   // half of the samples take no more
  uint64_t found_p99 = 0;   // 99 % take no more
  BucketOccupancy buckets;
};

// Hashes the output layer's neurons as its training would and tells how they
// fill the buckets. num_threads: 0: one for each core.
// Throws: DivergedError if a weight is not a finite number.
// Memory: the tables' (Network::MemoryOf), and 2 bytes a neuron and table.
BucketOccupancy MeasureBuckets(const Network& network, int num_threads = 0);

// Hashes them so and compares what the samples take from the tables with exact
// search.
// Throws: DataError when the data has more features than the network or no
// samples, DivergedError if a weight is not a finite number.
IndexQuality MeasureIndex(const Network& network, const Dataset& data,
                          const IndexOptions& options = {});

}  // namespace slide
