#include "sampling/sources.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace slide::sampling {

Selector MakeSelector(const SamplingOptions& options,
                      const SourceInputs& inputs) {
  std::vector<BudgetedSource> sources;
  // make(): called for a budget that is not 0.
  const auto add = [&sources](int budget, auto&& make) {
    if (budget == 0) return;
    sources.push_back({make(), static_cast<size_t>(budget)});
  };
  add(inputs.index == nullptr ? 0 : options.max_hashed, [&] {
    return MakeTableSource(*inputs.index, QueryOf(options, inputs.num_neurons));
  });
  add(options.max_neighbours, [&] {
    return MakeNeighbourSource(inputs.data,
                               static_cast<size_t>(options.max_neighbours));
  });
  add(options.random_negatives, [&] {
    std::vector<uint64_t> label_counts = inputs.data.LabelCounts();
    label_counts.resize(inputs.num_neurons);
    return MakeRandomNegatives(options, label_counts);
  });
  return Selector(inputs.num_neurons, std::move(sources));
}

}  // namespace slide::sampling
