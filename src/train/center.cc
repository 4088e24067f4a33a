#include "train/center.h"

#include <vector>

#include "kernels/kernels.h"

namespace slide::train {

void CenterQueries(nn::NetworkCore& network,
                   std::span<const SparseView> inputs) {
  if (inputs.empty() || !network.options().hash.centered) return;
  nn::HiddenBuffers activations(network.options().hidden);
  std::vector<float> mean(network.hidden_width());
  const float share = 1.0f / static_cast<float>(inputs.size());
  for (const SparseView x : inputs) {
    network.ForwardHidden(x, activations);
    kernels::Axpy(share, activations.last(), mean);
  }
  // A network that has diverged is found out by its loss.
  if (kernels::ContentOf(mean) == kernels::Content::kNotFinite) return;
  network.CenterQueries(mean);
}

}  // namespace slide::train
