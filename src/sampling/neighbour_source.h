// Labels of neighbours as candidates: hard negatives, because what shares words
// with a sample is what the network confuses its labels with.
//
// A draw takes a feature of the sample with probability in proportion to its
// squared value, then a training sample with that feature (an inverted index
// over the training set knows them), then one of its labels, each of those as
// likely as the others.
#pragma once

#include <memory>

#include "sampling/candidate_source.h"
#include "slide/dataset.h"

namespace slide::sampling {

// max_neighbours: the most draws of any call. Over the samples of `data` that
// have a label; shares its memory. Throws: OptionsError for more samples than
// 32 bits count. Memory: 4 bytes for each of their nonzeros, 8 for each
// feature.
std::unique_ptr<CandidateSource> MakeNeighbourSource(const Dataset& data,
                                                     size_t max_neighbours);

}  // namespace slide::sampling
