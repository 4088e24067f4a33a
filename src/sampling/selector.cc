#include "sampling/selector.h"

#include <algorithm>
#include <utility>

namespace slide::sampling {

Selector::Selector(size_t num_neurons, std::vector<BudgetedSource> sources)
    : num_neurons_(num_neurons), sources_(std::move(sources)) {
  for (const BudgetedSource& s : sources_) budget_ += s.budget;
}

Selector::Scratch Selector::MakeScratch(size_t max_labels) const {
  Scratch scratch = {Selection(num_neurons_, MaxActive(max_labels)), {}};
  for (const BudgetedSource& s : sources_) {
    scratch.sources.push_back(s.source->MakeScratch());
  }
  return scratch;
}

void Selector::Reserve(size_t max_labels, Scratch& scratch) const {
  const size_t capacity = MaxActive(max_labels);
  if (capacity <= scratch.selection.capacity()) return;
  scratch.selection = Selection(num_neurons_, capacity);
}

size_t Selector::MaxActive(size_t num_labels) const noexcept {
  return std::min(num_neurons_, num_labels + budget_);
}

void Selector::Select(std::span<const uint32_t> labels, const Query& query,
                      util::Rng& rng, Scratch& scratch) const noexcept {
  for (size_t i = 0; i < sources_.size(); ++i) {
    sources_[i].source->Start(rng, *scratch.sources[i]);
  }
  Selection& selection = scratch.selection;
  selection.Clear();
  for (const uint32_t label : labels) selection.Insert(label);
  for (size_t i = 0; i < sources_.size(); ++i) {
    const size_t budget = std::min(sources_[i].budget, selection.num_others());
    sources_[i].source->Add(query, budget, rng, *scratch.sources[i], selection);
  }
}

}  // namespace slide::sampling
