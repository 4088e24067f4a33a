// Selector: which output neurons are active in a training step. First the
// sample's labels, then candidates from a stack of sources, each within a
// budget (the hash tables, labels of neighbours), then random negatives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "hashing/lsh_tables.h"
#include "sampling/active_set.h"
#include "sampling/neighbour_index.h"
#include "sampling/tail_sampler.h"
#include "slide/dataset.h"
#include "slide/options/train.h"
#include "util/rng.h"

namespace slide::sampling {

// Immutable. Threads: any number may select at once, each into its own set.
class Selector {
 public:
  // label_counts [num_neurons]: how often each is a label in the training set.
  // has_tables: without, no candidates are taken from them, whatever the
  // options say. neighbours: null for none, where they want none; must outlive
  // it.
  Selector(const SamplingOptions& options,
           std::span<const uint64_t> label_counts, bool has_tables = true,
           const NeighbourIndex* neighbours = nullptr);

  // Whether it takes candidates from hash tables at all.
  bool uses_hashing() const noexcept { return query_.budget > 0; }
  // How they are taken.
  const hashing::QueryOptions& query() const noexcept { return query_; }
  // The most neurons a sample with num_labels labels activates.
  size_t MaxActive(size_t num_labels) const noexcept;

  // Makes active.ids the sample's labels and then the candidates.
  // tables, addresses: the tables and the buckets of this sample; may be null
  // and empty if !uses_hashing(). Requires: labels below the number of neurons,
  // without repeats.
  void SelectCandidates(const Sample& sample, const hashing::LshTables* tables,
                        std::span<const uint16_t> addresses, util::Rng& rng,
                        ActiveSet& active) const noexcept;

  // Begins the draws of the tail, as long before AddTail as there is other work
  // to do.
  void StartTail(util::Rng& rng, ActiveSet& active) const noexcept;

  // Adds the tail and fills active.corrections. Requires: StartTail(active).
  void AddTail(util::Rng& rng, ActiveSet& active) const noexcept;

 private:
  void AddMixedTail(ActiveSet& active) const noexcept;
  void AddEvenTail(util::Rng& rng, ActiveSet& active) const noexcept;
  void AddAll(ActiveSet& active) const noexcept;

  size_t num_neurons_;
  hashing::QueryOptions query_;
  const NeighbourIndex* neighbours_;
  size_t max_neighbours_;
  size_t num_tail_;
  bool even_tail_;
  bool corrected_;
  TailSampler sampler_;
};

}  // namespace slide::sampling
