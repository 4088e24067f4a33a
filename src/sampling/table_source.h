// The hash tables as a source of candidates: neurons that share buckets with
// what the output layer takes in (Chen et al., "SLIDE", MLSys 2020).
#pragma once

#include <memory>

#include "hashing/lsh_index.h"
#include "hashing/lsh_tables.h"
#include "sampling/candidate_source.h"
#include "slide/options/train.h"

namespace slide::sampling {

// Returns the options of queries that take at most max_hashed of num_neurons.
hashing::QueryOptions QueryOf(const SamplingOptions& options,
                              size_t num_neurons);

// index: has been built; must outlive the source.
std::unique_ptr<CandidateSource> MakeTableSource(
    const hashing::LshIndex& index, const hashing::QueryOptions& query);

}  // namespace slide::sampling
