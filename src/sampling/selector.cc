#include "sampling/selector.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "util/check.h"

namespace slide::sampling {

Selector::Selector(const SamplingOptions& options,
                   std::span<const uint64_t> label_counts, bool has_tables,
                   const NeighbourIndex* neighbours)
    : num_neurons_(label_counts.size()),
      query_{
          .strategy = options.strategy,
          .min_hits = static_cast<uint32_t>(options.min_hits),
          .budget = has_tables ? static_cast<size_t>(options.max_hashed) : 0},
      neighbours_(neighbours),
      max_neighbours_(neighbours == nullptr
                          ? 0
                          : static_cast<size_t>(options.max_neighbours)),
      num_tail_(static_cast<size_t>(options.random_negatives)),
      even_tail_(options.frequency_share == 0.0),
      corrected_(options.correction == Correction::kLogQ),
      sampler_(label_counts, options.frequency_share,
               corrected_ ? num_tail_ : 0) {}

size_t Selector::MaxActive(size_t num_labels) const noexcept {
  return std::min(num_neurons_,
                  num_labels + query_.budget + max_neighbours_ + num_tail_);
}

void Selector::StartTail(util::Rng& rng, ActiveSet& active) const noexcept {
  // Otherwise the tail is all neurons, or even.
  if (num_tail_ >= num_neurons_ || even_tail_) return;
  for (size_t i = 0; i < num_tail_; ++i) {
    active.tail_memory[i] = sampler_.StartDraw(rng);
  }
}

void Selector::SelectCandidates(const Sample& sample,
                                const hashing::LshTables* tables,
                                std::span<const uint16_t> addresses,
                                util::Rng& rng,
                                ActiveSet& active) const noexcept {
  active.ids.Clear();
  for (const uint32_t label : sample.labels) active.ids.Insert(label);
  active.num_labels = active.ids.size();
  if (uses_hashing()) {
    hashing::QueryOptions query = query_;
    query.budget = std::min(query.budget, num_neurons_ - active.ids.size());
    tables->Query(addresses, query, rng, active.query_scratch, active.ids);
  }
  if (max_neighbours_ > 0) {
    const size_t num =
        std::min(max_neighbours_, num_neurons_ - active.ids.size());
    neighbours_->AddLabels(sample.features, num, rng, active.pick_memory,
                           active.ids);
  }
  active.num_selected = active.ids.size();
}

void Selector::AddTail(util::Rng& rng, ActiveSet& active) const noexcept {
  std::fill_n(active.corrections_memory.data(), active.num_selected, 0.0f);
  if (num_tail_ >= num_neurons_ - active.num_selected) {
    AddAll(active);
  } else if (even_tail_) {
    AddEvenTail(rng, active);
  } else {
    AddMixedTail(active);
  }
}

// num_tail_ draws; the ones that are active already are dropped. A neuron that
// is not selected is drawn about random_negatives * q(n) times, which its
// weight makes up for.
void Selector::AddMixedTail(ActiveSet& active) const noexcept {
  for (size_t i = 0; i < num_tail_; ++i) {
    const auto [neuron, correction] =
        sampler_.FinishDraw(active.tail_memory[i]);
    if (!active.ids.Insert(neuron)) continue;
    active.corrections_memory[active.ids.size() - 1] = correction;
  }
}

// num_tail_ different neurons of those not selected, all equally likely: each
// stands for (N - selected) / random_negatives.
void Selector::AddEvenTail(util::Rng& rng, ActiveSet& active) const noexcept {
  const size_t rest = num_neurons_ - active.num_selected;
  const float correction =
      corrected_ && num_tail_ > 0
          ? static_cast<float>(std::log(static_cast<double>(rest) /
                                        static_cast<double>(num_tail_)))
          : 0.0f;
  const auto add = [&](uint32_t n) {
    if (!active.ids.Insert(n)) return;
    active.corrections_memory[active.ids.size() - 1] = correction;
  };
  if (rest >= 2 * num_tail_) {
    const size_t wanted = active.num_selected + num_tail_;
    while (active.ids.size() < wanted) add(sampler_.Draw(rng).neuron);
    return;
  }
  // Drawing until enough are new would take long: walk over those not selected
  // and take each with the probability that fills the tail (Knuth's algorithm
  // S).
  size_t left = rest;
  size_t wanted = num_tail_;
  for (uint32_t n = 0; wanted > 0; ++n) {
    if (active.ids.Contains(n)) continue;
    if (rng.UniformInt(left--) >= wanted) continue;
    add(n);
    --wanted;
  }
}

// Every neuron that is left, each standing for itself: the full softmax.
void Selector::AddAll(ActiveSet& active) const noexcept {
  for (size_t n = 0; n < num_neurons_; ++n) {
    active.ids.Insert(static_cast<uint32_t>(n));
  }
  std::fill_n(active.corrections_memory.data() + active.num_selected,
              active.ids.size() - active.num_selected, 0.0f);
}

}  // namespace slide::sampling
