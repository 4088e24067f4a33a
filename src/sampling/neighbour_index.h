// NeighbourIndex: which training samples have a feature, and from it labels of
// a sample's neighbours: hard negatives, because what shares words with a
// sample is what the network confuses its labels with.
//
// A draw takes a feature of the sample with probability in proportion to its
// squared value, then a training sample with that feature, then one of its
// labels, each of those as likely as the others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "hashing/id_set.h"
#include "slide/dataset.h"
#include "slide/sparse.h"
#include "util/aligned.h"
#include "util/rng.h"

namespace slide::sampling {

// Immutable. Threads: any number may draw at once.
class NeighbourIndex {
 public:
  // Over the samples of `data` that have a label; shares its memory.
  // Memory: 4 bytes for each of their nonzeros, 8 for each feature.
  explicit NeighbourIndex(const Dataset& data);

  // Adds labels of neighbours of x to `found`, num draws; what is there already
  // is dropped, and so are draws of features that no sample has. The draws are
  // spread evenly over x (stratified), which keeps each one's probability.
  // picks [num]: scratch. Requires: room for num ids in found.
  void AddLabels(SparseView x, size_t num, util::Rng& rng,
                 std::span<uint64_t> picks,
                 hashing::IdSet& found) const noexcept;

 private:
  Dataset data_;
  util::AlignedBuffer<uint64_t> offsets_;  // [num_features + 1]
  // Those with feature f: samples_[offsets_[f] .. offsets_[f + 1]), ascending.
  util::AlignedBuffer<uint32_t> samples_;
};

}  // namespace slide::sampling
