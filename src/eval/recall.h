// Measures how well the hash tables find the neurons of the highest logits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "hashing/lsh_tables.h"
#include "nn/network_core.h"
#include "slide/dataset.h"
#include "util/rng.h"

namespace slide::eval {

struct Recall {
  double share = 0.0;           // of the k highest logits
  std::vector<uint64_t> found;  // [samples], neurons that each query returned
};

// Measures what queries of these tables over the output layer return of the k
// highest logits, for `samples` (indices into data). rng: for the queries.
Recall IndexRecall(const nn::NetworkCore& network,
                   const hashing::LshTables& tables, const Dataset& data,
                   std::span<const uint64_t> samples, size_t k,
                   hashing::QueryOptions query, util::Rng rng);

}  // namespace slide::eval
