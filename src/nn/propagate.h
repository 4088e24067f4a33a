// The two passes of a training step over the layers: a sample forward, with its
// active neurons, to the loss; and the gradient back, layer by layer, to
// whoever updates the weights: at once (train_step.h) or for a whole batch
// (batch_step.h).
#pragma once

#include <cstddef>
#include <span>

#include "kernels/kernels.h"
#include "nn/network_core.h"
#include "nn/step_options.h"
#include "nn/workspace.h"
#include "sampling/selector.h"
#include "slide/dataset.h"
#include "slide/options/network.h"
#include "slide/sparse.h"
#include "util/rng.h"

namespace slide::nn {

struct StepResult {
  double loss = 0.0;
  size_t num_active = 0;  // output neurons
};

// Brings a sample through the network. Leaves its activations, its active
// output neurons and, in ws.neurons and ws.deltas, those of them with a
// gradient, after rounding. rng: the sample's own stream. next: the features of
// the sample this thread trains on next, empty if that is not known: their rows
// are fetched while this sample's active set is looked for, when memory is
// idle. Requires: the sample has a label; its ids fit the network; the tables
// are built that are used.
StepResult Forward(const NetworkCore& network,
                   const sampling::Selector& selector,
                   const StepOptions& options, const Sample& sample,
                   SparseView next, util::Rng& rng, Workspace& ws) noexcept;

// From the gradient by the values of a hidden layer to the one by its sums.
void BackwardActivation(Activation activation, const StepOptions& options,
                        HiddenState& state) noexcept;

// A hidden layer's gradient by its sums, as Layer::Backward takes it. Of a
// neuron-major layer those that are not 0.
struct LayerDeltas {
  std::span<const uint32_t> neurons;
  std::span<const float> deltas;
};
LayerDeltas DeltasOf(const Layer& layer, HiddenState& state,
                     Workspace& ws) noexcept;

// Brings the gradient back after Forward, from the output to the input: calls
// visit(l, x, neurons, deltas, x_gradient) for every layer, which has to fill
// x_gradient as Layer::Backward does; of layer 0 it is empty. The workspace is
// as it was before, so that it can be done again.
template <typename Visit>
void Backpropagate(const NetworkCore& network, const StepOptions& options,
                   Workspace& ws, Visit&& visit) {
  const size_t num_layers = network.layers().size();
  visit(num_layers - 1, ws.InputOf(num_layers - 1), ws.moved_neurons(),
        ws.moved_deltas(), ws.ClearedGradient(num_layers - 1));
  for (size_t l = num_layers - 1; l-- > 0;) {
    HiddenState& state = ws.hidden[l];
    BackwardActivation(network.options().hidden[l].activation, options, state);
    const LayerDeltas g = DeltasOf(network.layers()[l], state, ws);
    visit(l, ws.InputOf(l), g.neurons, g.deltas, ws.ClearedGradient(l));
  }
}

}  // namespace slide::nn
