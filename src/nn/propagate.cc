#include "nn/propagate.h"

#include <algorithm>
#include <cmath>

#include "nn/activation.h"
#include "nn/largest.h"
#include "nn/loss.h"
#include "util/check.h"

namespace slide::nn {
namespace {

// Of what dropout keeps of a sample's features.
void DropFeatures(SparseView x, float dropout, util::Rng& rng,
                  Workspace& ws) noexcept {
  const float growth = 1.0f / (1.0f - dropout);
  size_t num = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (rng.Uniform() < dropout) continue;
    ws.feature_ids[num] = x.ids[i];
    ws.feature_values[num++] = growth * x.values[i];
  }
  ws.features = {{ws.feature_ids.data(), num}, {ws.feature_values.data(), num}};
}

// Multiplies each value by 0 or by what makes up for that.
void DropValues(float dropout, util::Rng& rng, HiddenState& state) noexcept {
  const float growth = 1.0f / (1.0f - dropout);
  const std::span<float> values = state.values();
  for (size_t i = 0; i < values.size(); ++i) {
    state.factors[i] = rng.Uniform() < dropout ? 0.0f : growth;
    values[i] *= state.factors[i];
  }
}

void Address(const hashing::LshTables& tables, const Input& x,
             TableScratch& scratch) noexcept {
  if (x.is_sparse()) {
    tables.Hash(x.sparse(), scratch.hash, scratch.addresses);
  } else {
    tables.Hash(x.values(), scratch.hash, scratch.addresses);
  }
}

// The candidates of a hashed layer.
void SelectHidden(const LayerIndex& index, const Input& x, util::Rng& rng,
                  HiddenState& state) noexcept {
  SLIDE_DCHECK(index.lsh() != nullptr);
  // Looked up once: others may take their place at any moment.
  const hashing::LshTables& tables = index.lsh()->tables();
  Address(tables, x, state.tables);
  state.found.Clear();
  tables.Query(state.tables.addresses, state.query, rng, state.query_scratch,
               state.found);
  state.size = state.found.size();
  std::copy(state.found.ids().begin(), state.found.ids().end(),
            state.active_memory.data());
}

// Leaves as many neurons active as there may be, those with the largest
// values, as NetworkCore::Sparsify() does in inference; of those equal at the
// edge, none.
void KeepLargest(HiddenState& state) noexcept {
  if (state.size <= state.max_active) return;
  const std::span<float> scratch = state.gradient();  // not in use yet
  const float edge = EdgeOfLargest(state.values(), state.max_active, scratch);
  size_t num = 0;
  for (size_t j = 0; j < state.size; ++j) {
    const float value = state.values_memory[j];
    if (value <= edge) continue;
    state.active_memory[num] = state.active_memory[j];
    state.values_memory[num++] = value;
  }
  state.size = num;
}

// Leaves out the active neurons with the value 0, which have no gradient
// either.
void LeaveOutZeros(HiddenState& state) noexcept {
  size_t num = 0;
  for (size_t j = 0; j < state.size; ++j) {
    const float value = state.values_memory[j];
    if (value == 0.0f) continue;
    state.active_memory[num] = state.active_memory[j];
    if (state.factors.size() > 0) state.factors[num] = state.factors[j];
    state.values_memory[num++] = value;
  }
  state.size = num;
}

void ForwardHiddenLayer(const NetworkCore& network, const StepOptions& options,
                        size_t l, const Input& x, util::Rng& rng,
                        Workspace& ws) noexcept {
  const Layer& layer = network.layers()[l];
  HiddenState& state = ws.hidden[l];
  if (state.is_hashed) {
    ws.clock.Mark(StepClock::kForward);
    SelectHidden(*network.layer_index(l), x, rng, state);
    ws.clock.Mark(StepClock::kSelect);
    layer.Forward(x, state.active(), state.values());
  } else {
    layer.ForwardAll(x, state.values());
  }
  const Activation activation = network.options().hidden[l].activation;
  Activate(activation, state.values());
  if (state.is_hashed) KeepLargest(state);
  if (options.hidden_dropout > 0.0f) {
    DropValues(options.hidden_dropout, rng, state);
  }
  if (state.is_hashed &&
      (activation == Activation::kRelu || options.hidden_dropout > 0.0f)) {
    LeaveOutZeros(state);
  }
}

// Finds the sample's active output neurons, by the hash of what the output
// layer takes in.
void SelectActive(const NetworkCore& network,
                  const sampling::Selector& selector, const Sample& sample,
                  util::Rng& rng, Workspace& ws) noexcept {
  selector.StartTail(rng, ws.active);
  const hashing::LshTables* tables = nullptr;
  if (selector.uses_hashing()) {
    SLIDE_DCHECK(network.index() != nullptr);
    tables = &network.index()->tables();  // looked up once
    Address(*tables, ws.InputOf(network.layers().size() - 1), ws.tables);
  }
  selector.SelectCandidates(sample, tables, ws.tables.addresses, rng,
                            ws.active);
  selector.AddTail(rng, ws.active);
}

// Puts the active neurons and their gradients into ws.neurons and ws.deltas,
// the gradients below `floor` rounded at random to 0 or +-floor with their mean
// kept, without those that are 0. Most active neurons have a tiny gradient:
// what they contribute is noise that costs a row each and wears the row's
// accumulator down. (Wangni et al., "Gradient sparsification for
// communication-efficient distributed optimization", NeurIPS 2018, drop
// coordinates in this way.)
void RoundSmallGradients(float floor, util::Rng& rng, Workspace& ws) noexcept {
  const std::span<const uint32_t> ids = ws.active.ids.ids();
  const std::span<const float> deltas = ws.active.deltas();
  size_t num = 0;
  for (size_t j = 0; j < ids.size(); ++j) {
    float delta = deltas[j];
    if (std::abs(delta) < floor) {
      if (rng.Uniform() * floor >= std::abs(delta)) continue;
      delta = std::copysign(floor, delta);
    }
    ws.neurons[num] = ids[j];
    ws.deltas[num++] = delta;
  }
  ws.num_deltas = num;
}

double SquaredNorm(std::span<const float> x) noexcept {
  double sum = 0.0;
  for (const float value : x) sum += double{value} * double{value};
  return sum;
}

// Scales the output's gradient, and with it the gradient of everything, so that
// it is no longer than clip_norm.
void Clip(const NetworkCore& network, const StepOptions& options,
          Workspace& ws) noexcept {
  double square = 0.0;
  Backpropagate(
      network, options, ws,
      [&](size_t l, const Input& x, std::span<const uint32_t> neurons,
          std::span<const float> deltas, std::span<float> x_gradient) {
        // Of weights the outer product of both, of biases the deltas.
        square += SquaredNorm(deltas) * (SquaredNorm(x.values()) + 1.0);
        if (l > 0) {
          network.layers()[l].Backward(x, neurons, deltas, x_gradient);
        }
      });
  const double norm = std::sqrt(square);
  if (!(norm > double{options.clip_norm})) return;
  const auto scale = static_cast<float>(double{options.clip_norm} / norm);
  for (size_t j = 0; j < ws.num_deltas; ++j) ws.deltas[j] *= scale;
}

}  // namespace

StepResult Forward(const NetworkCore& network,
                   const sampling::Selector& selector,
                   const StepOptions& options, const Sample& sample,
                   SparseView next, util::Rng& rng, Workspace& ws) noexcept {
  SLIDE_DCHECK(!sample.labels.empty());
  ws.features = sample.features;
  if (options.input_dropout > 0.0f) {
    DropFeatures(sample.features, options.input_dropout, rng, ws);
  }
  for (size_t l = 0; l < ws.hidden.size(); ++l) {
    ForwardHiddenLayer(network, options, l, ws.InputOf(l), rng, ws);
  }
  ws.clock.Mark(StepClock::kForward);
  network.layers().front().Fetch(next);
  SelectActive(network, selector, sample, rng, ws);
  ws.clock.Mark(StepClock::kSelect);
  sampling::ActiveSet& active = ws.active;
  network.output().Forward(ws.InputOf(ws.hidden.size()), active.ids.ids(),
                           active.logits());
  StepResult result;
  result.num_active = active.size();
  result.loss = ComputeLoss(options.loss, active.logits(), active.num_labels,
                            active.corrections(), active.deltas());
  RoundSmallGradients(options.gradient_floor, rng, ws);
  ws.clock.Mark(StepClock::kForward);
  if (options.clip_norm > 0.0f) Clip(network, options, ws);
  return result;
}

void BackwardActivation(Activation activation, const StepOptions& options,
                        HiddenState& state) noexcept {
  const std::span<float> gradient = state.gradient();
  if (options.hidden_dropout == 0.0f) {
    ActivationGradient(activation, state.values(), gradient);
    return;
  }
  const float keep = 1.0f - options.hidden_dropout;
  for (size_t i = 0; i < gradient.size(); ++i) {
    gradient[i] *= state.factors[i];
    const float value = keep * state.values_memory[i];  // before dropout
    if (activation == Activation::kTanh) gradient[i] *= 1.0f - value * value;
    if (activation == Activation::kRelu && value == 0.0f) gradient[i] = 0.0f;
  }
}

LayerDeltas DeltasOf(const Layer& layer, HiddenState& state,
                     Workspace& ws) noexcept {
  const std::span<const float> gradient = state.gradient();
  if (layer.is_input_major()) return {{}, gradient};
  if (state.is_hashed) return {state.active(), gradient};
  size_t num = 0;
  for (size_t n = 0; n < gradient.size(); ++n) {
    if (gradient[n] == 0.0f) continue;
    ws.hidden_neurons[num] = static_cast<uint32_t>(n);
    ws.hidden_deltas[num++] = gradient[n];
  }
  return {{ws.hidden_neurons.data(), num}, {ws.hidden_deltas.data(), num}};
}

}  // namespace slide::nn
