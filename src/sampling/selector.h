// Selector: which output neurons are active in a training step: the sample's
// labels, then candidates from a list of sources, each within a budget.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sampling/candidate_source.h"
#include "sampling/selection.h"
#include "util/rng.h"

namespace slide::sampling {

struct BudgetedSource {
  std::unique_ptr<CandidateSource> source;
  size_t budget;  // neurons a sample at most
};

// Immutable. Threads: any number may select at once, each with its own scratch.
class Selector {
 public:
  // The sources are asked in this order.
  Selector(size_t num_neurons, std::vector<BudgetedSource> sources);

  // The memory one thread selects with.
  struct Scratch {
    Selection selection;
    std::vector<std::unique_ptr<CandidateSource::Scratch>> sources;
  };
  // Makes scratch for samples with max_labels labels at most.
  Scratch MakeScratch(size_t max_labels) const;
  // Makes room for samples with more labels than before.
  void Reserve(size_t max_labels, Scratch& scratch) const;

  // The most neurons that a sample with num_labels labels activates.
  size_t MaxActive(size_t num_labels) const noexcept;

  // Makes scratch.selection the labels and then the candidates. rng: the
  // sample's own stream. Requires: labels below num_neurons, without repeats;
  // no more than the scratch was made for.
  void Select(std::span<const uint32_t> labels, const Query& query,
              util::Rng& rng, Scratch& scratch) const noexcept;

 private:
  size_t num_neurons_;
  std::vector<BudgetedSource> sources_;
  size_t budget_ = 0;  // of all sources
};

}  // namespace slide::sampling
