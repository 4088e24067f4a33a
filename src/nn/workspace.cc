#include "nn/workspace.h"

#include <algorithm>

namespace slide::nn {

TableScratch::TableScratch(const hashing::LshIndex* index) {
  if (index == nullptr) return;
  hash = index->tables().MakeScratch();
  addresses = util::AlignedBuffer<uint16_t>(index->tables().tables().size());
}

HiddenState::HiddenState(const HiddenLayer& layer, const LayerIndex* index,
                         hashing::QueryOptions how, bool has_dropout)
    : is_hashed(layer.is_hashed()),
      max_active(
          static_cast<size_t>(is_hashed ? layer.max_active : layer.neurons)),
      size(static_cast<size_t>(is_hashed ? *layer.hash.candidates
                                         : layer.neurons)),
      values_memory(size),
      gradient_memory(size),
      factors(has_dropout ? size : 0),
      query{.strategy = how.strategy, .min_hits = how.min_hits, .budget = size},
      found(is_hashed ? static_cast<size_t>(layer.neurons) : 0,
            is_hashed ? size : 0),
      query_scratch(query, is_hashed ? static_cast<size_t>(layer.neurons) : 0),
      active_memory(is_hashed ? size : 0),
      tables(index == nullptr ? nullptr : index->lsh()) {}

Workspace::Workspace(const NetworkCore& network,
                     const sampling::Selector& selector,
                     const StepOptions& options, const SampleLimits& limits)
    : feature_ids(options.input_dropout > 0.0f ? limits.max_features : 0),
      feature_values(feature_ids.size()),
      active(network.num_labels(), selector.MaxActive(limits.max_labels),
             selector.query()),
      tables(selector.uses_hashing() ? network.index() : nullptr),
      neurons(active.ids.capacity()),
      deltas(active.ids.capacity()) {
  size_t widest = 0;
  const auto& layers = network.options().hidden;
  for (size_t l = 0; l < layers.size(); ++l) {
    hidden.emplace_back(layers[l], network.layer_index(l), selector.query(),
                        options.hidden_dropout > 0.0f);
    widest = std::max(widest, hidden.back().size);
  }
  hidden_neurons = util::AlignedBuffer<uint32_t>(widest);
  hidden_deltas = util::AlignedBuffer<float>(widest);
}

}  // namespace slide::nn
