// How well the hash tables find what they are for.
#pragma once

#include <cstddef>
#include <span>

#include "hashing/lsh_tables.h"
#include "nn/network_core.h"
#include "slide/dataset.h"
#include "util/rng.h"

namespace slide::train {

// The share of the k highest logits that a query of the index returns, averaged
// over `samples` (indices into data); 0 without an index. rng: for the queries.
double IndexRecall(const nn::NetworkCore& network, const Dataset& data,
                   std::span<const uint64_t> samples, size_t k,
                   hashing::QueryOptions query, util::Rng rng);

}  // namespace slide::train
