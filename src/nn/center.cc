#include "nn/center.h"

#include <vector>

#include "kernels/kernels.h"

namespace slide::nn {
namespace {

// The layer's tables if they want a mean, otherwise null.
nn::LayerIndex* CenteredIndex(nn::NetworkCore& network, size_t layer) {
  nn::LayerIndex* index = network.layer_index(layer);
  return index != nullptr && index->is_centered() ? index : nullptr;
}

}  // namespace

void CenterTables(nn::NetworkCore& network,
                  std::span<const SparseView> inputs) {
  if (inputs.empty()) return;
  const size_t num_hidden = network.options().hidden.size();
  bool has_any = false;
  // The mean activations of each hidden layer, the input of the next one.
  std::vector<std::vector<float>> means(num_hidden);
  for (size_t l = 0; l < num_hidden; ++l) {
    if (CenteredIndex(network, l + 1) == nullptr) continue;
    means[l].resize(network.layers()[l].num_neurons());
    has_any = true;
  }
  if (!has_any) return;
  nn::HiddenBuffers activations(network.options().hidden);
  const float share = 1.0f / static_cast<float>(inputs.size());
  for (const SparseView x : inputs) {
    network.ForwardHidden(x, activations);
    for (size_t l = 0; l < num_hidden; ++l) {
      if (!means[l].empty()) kernels::Axpy(share, activations[l], means[l]);
    }
  }
  for (size_t l = 0; l < num_hidden; ++l) {
    // A network that has diverged is found out by its loss.
    if (means[l].empty() ||
        kernels::ContentOf(means[l]) == kernels::Content::kNotFinite) {
      continue;
    }
    CenteredIndex(network, l + 1)->Center(means[l]);
  }
}

}  // namespace slide::nn
