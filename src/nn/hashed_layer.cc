#include "nn/hashed_layer.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "hashing/auto_settings.h"
#include "util/check.h"

namespace slide::nn {
namespace {

hashing::QueryOptions WithBudget(hashing::QueryOptions query,
                                 const HiddenLayer& layer) {
  query.budget = static_cast<size_t>(*layer.hash.candidates);
  return query;
}

// Leaves the neurons active whose values are kept, in their order.
template <typename Keep>
void KeepIf(LayerState& state, Keep&& keep) noexcept {
  const auto ids = state.ids();
  const auto values = state.values();
  const auto factors = state.factors();
  size_t num = 0;
  for (size_t j = 0; j < values.size(); ++j) {
    if (!keep(values[j])) continue;
    ids[num] = ids[j];
    if (!factors.empty()) factors[num] = factors[j];
    values[num++] = values[j];
  }
  state.resize(num);
}

}  // namespace

HiddenLayer SettledHashedLayer(HiddenLayer layer) {
  constexpr int64_t kCandidatesForEachActive = 4;
  if (!layer.hash.candidates) {
    layer.hash.candidates = static_cast<int>(std::min(
        kCandidatesForEachActive * layer.max_active, int64_t{layer.neurons}));
  }
  layer.hash =
      hashing::SettledHash(layer.hash, static_cast<size_t>(layer.neurons));
  return layer;
}

HashedScratch::HashedScratch(const HiddenLayer& layer, const LayerIndex& index,
                             hashing::QueryOptions how)
    : reader(index.lsh()->tables(), WithBudget(how, layer)),
      found(static_cast<size_t>(layer.neurons),
            static_cast<size_t>(*layer.hash.candidates)) {}

void SelectCandidates(const HiddenLayer& layer, const LayerIndex& index,
                      const util::VectorView& x, util::Rng& rng,
                      HashedScratch& scratch, LayerState& state) noexcept {
  scratch.found.Clear();
  // The tables are looked up once: others may take their place at any moment.
  scratch.reader.Read(index.lsh()->tables(), x,
                      static_cast<size_t>(*layer.hash.candidates), rng,
                      scratch.found);
  state.resize(scratch.found.size());
  std::ranges::copy(scratch.found.ids(), state.ids().begin());
}

void KeepLargest(size_t max_active, LayerState& state) noexcept {
  if (state.size() <= max_active) return;
  // The gradient is not in use yet.
  const float edge =
      EdgeOfLargest(state.values(), max_active, state.gradient());
  KeepIf(state, [&](float value) { return !(value <= edge); });
}

void LeaveOutZeros(LayerState& state) noexcept {
  KeepIf(state, [](float value) { return value != 0.0f; });
}

void KeepLargest(size_t max_active, std::span<float> activations,
                 std::span<float> scratch) noexcept {
  if (max_active >= activations.size()) return;
  const float edge = EdgeOfLargest(activations, max_active, scratch);
  for (float& value : activations) {
    if (value <= edge) value = 0.0f;
  }
}

SparseView Gather(std::span<const float> dense, std::span<uint32_t> ids,
                  std::span<float> values) noexcept {
  size_t num = 0;
  for (size_t i = 0; i < dense.size(); ++i) {
    if (dense[i] == 0.0f) continue;
    ids[num] = static_cast<uint32_t>(i);
    values[num++] = dense[i];
  }
  return {ids.first(num), values.first(num)};
}

float EdgeOfLargest(std::span<const float> values, size_t num,
                    std::span<float> scratch) noexcept {
  SLIDE_DCHECK(num < values.size() && values.size() <= scratch.size());
  const std::span<float> ranked = scratch.first(values.size());
  std::ranges::transform(values, ranked.begin(), [](float value) {
    return std::isnan(value) ? std::numeric_limits<float>::infinity() : value;
  });
  const auto edge = ranked.begin() + static_cast<std::ptrdiff_t>(num);
  std::nth_element(ranked.begin(), edge, ranked.end(), std::greater<>());
  return *edge;
}

}  // namespace slide::nn
