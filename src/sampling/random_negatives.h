// Random negatives: neurons drawn by chance, each with the logQ correction that
// lets it stand for the many it was drawn from (sampled softmax: Bengio and
// Senecal 2008; Jean et al. 2015).
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "sampling/candidate_source.h"
#include "slide/options/train.h"

namespace slide::sampling {

// options.random_negatives draws a sample; the ones that are selected already
// are dropped. It comes last of all sources: as many draws as there are neurons
// left, or more, select all of those, each standing for itself.
// label_counts [num_neurons]: how often each is a label in the training set.
std::unique_ptr<CandidateSource> MakeRandomNegatives(
    const SamplingOptions& options, std::span<const uint64_t> label_counts);

}  // namespace slide::sampling
