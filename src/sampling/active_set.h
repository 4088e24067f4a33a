// ActiveSet: the output neurons one training step computes, in the order
// labels, candidates, tail, and what is known of each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "hashing/id_set.h"
#include "hashing/lsh_tables.h"
#include "sampling/tail_sampler.h"
#include "util/aligned.h"

namespace slide::sampling {

struct ActiveSet {
  // query: how candidates are taken from the tables.
  ActiveSet(size_t num_neurons, size_t capacity,
            const hashing::QueryOptions& query = {})
      : ids(num_neurons, capacity),
        query_scratch(query, num_neurons),
        corrections_memory(capacity),
        logits_memory(capacity),
        deltas_memory(capacity),
        tail_memory(capacity),
        pick_memory(capacity) {}

  hashing::IdSet ids;
  hashing::QueryScratch query_scratch;
  size_t num_labels = 0;    // ids before: the sample's labels
  size_t num_selected = 0;  // ids before: labels and candidates; behind: tail

  size_t size() const noexcept { return ids.size(); }
  // One value for each id. corrections: added to the logits in the loss.
  std::span<float> corrections() noexcept {
    return {corrections_memory.data(), size()};
  }
  std::span<float> logits() noexcept { return {logits_memory.data(), size()}; }
  // Gradient of the loss by the logit.
  std::span<float> deltas() noexcept { return {deltas_memory.data(), size()}; }

  util::AlignedBuffer<float> corrections_memory;
  util::AlignedBuffer<float> logits_memory;
  util::AlignedBuffer<float> deltas_memory;
  util::AlignedBuffer<TailSampler::Pick> tail_memory;  // draws begun
  util::AlignedBuffer<uint64_t> pick_memory;           // of neighbours
};

}  // namespace slide::sampling
