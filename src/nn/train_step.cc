#include "nn/train_step.h"

#include <algorithm>
#include <cmath>

#include "kernels/kernels.h"
#include "nn/loss.h"
#include "util/check.h"

namespace slide::nn {
namespace {

// Finds the sample's active neurons, by the hash of its last hidden
// activations.
void SelectActive(const NetworkCore& network, const Selector& selector,
                  const Sample& sample, util::Rng& rng,
                  Workspace& ws) noexcept {
  selector.StartTail(rng, ws.active);
  const hashing::LshTables* tables = nullptr;
  if (selector.uses_hashing()) {
    SLIDE_DCHECK(network.index() != nullptr);
    // Looked up once: others may take their place at any moment.
    tables = &network.index()->tables();
    tables->Hash(ws.activations.last(), ws.address_scratch, ws.addresses);
  }
  selector.SelectCandidates(sample.labels, tables, ws.addresses, rng,
                            ws.active);
  selector.AddTail(rng, ws.active);
}

// Puts the active neurons and their gradients into ws.neurons and ws.deltas,
// the gradients below `floor` rounded at random to 0 or +-floor with their mean
// kept, without those that are 0; returns how many. Most active neurons have a
// tiny gradient: what they contribute is noise that costs a row each and wears
// the row's accumulator down. (Wangni et al., "Gradient sparsification for
// communication-efficient distributed optimization", NeurIPS 2018, drop
// coordinates in this way.)
size_t RoundSmallGradients(float floor, util::Rng& rng,
                           Workspace& ws) noexcept {
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
  return num;
}

// From the gradient by a middle layer's activations to the one by its inputs;
// neurons without gradient (ReLU) are left alone.
void BackwardMiddle(NeuronMajorLayer& layer, size_t i,
                    const kernels::RowStep& step, Workspace& ws) noexcept {
  const std::span<const float> gradient = ws.gradients[i + 1];
  size_t num = 0;
  for (size_t n = 0; n < gradient.size(); ++n) {
    if (gradient[n] == 0.0f) continue;
    ws.neurons[num] = static_cast<uint32_t>(n);
    ws.deltas[num++] = gradient[n];
  }
  layer.BackwardUpdate({ws.neurons.data(), num}, {ws.deltas.data(), num},
                       ws.activations[i], step, ws.gradients[i]);
}

void ClearGradient(std::span<float> gradient) noexcept {
  std::fill(gradient.begin(), gradient.end(), 0.0f);
}

}  // namespace

Workspace::Workspace(const NetworkCore& network, const Selector& selector,
                     size_t max_labels)
    : activations(network.options().hidden),
      gradients(network.options().hidden),
      active(network.num_labels(), selector.MaxActive(max_labels),
             selector.query()) {
  if (selector.uses_hashing() && network.index() != nullptr) {
    const hashing::LshTables& tables = network.index()->tables();
    address_scratch = tables.MakeScratch();
    addresses = util::AlignedBuffer<uint16_t>(tables.tables().size());
  }
  size_t widest = active.ids.capacity();
  for (const NeuronMajorLayer& layer : network.middle()) {
    widest = std::max(widest, layer.num_neurons());
  }
  neurons = util::AlignedBuffer<uint32_t>(widest);
  deltas = util::AlignedBuffer<float>(widest);
}

StepResult TrainSample(NetworkCore& network, const Selector& selector,
                       const StepOptions& options, const Sample& sample,
                       SparseView next, util::Rng& rng,
                       Workspace& ws) noexcept {
  SLIDE_DCHECK(!sample.labels.empty());
  kernels::RowStep step = options.row;
  const auto draw_key = [&] {
    // Drawn only where it is used.
    if (network.options().precision == Precision::kBf16) {
      step.rounding_key = rng.Next();
    }
  };

  network.ForwardHidden(sample.features, ws.activations);
  ws.clock.Mark(StepClock::kForward);
  network.input().Fetch(next);
  SelectActive(network, selector, sample, rng, ws);
  ws.clock.Mark(StepClock::kSelect);
  ActiveSet& active = ws.active;
  network.output().Forward(active.ids.ids(), ws.activations.last(),
                           active.logits());
  StepResult result;
  result.num_active = active.size();
  result.loss = ComputeLoss(options.loss, active.logits(), active.num_labels,
                            active.corrections(), active.deltas());
  ws.clock.Mark(StepClock::kForward);

  ClearGradient(ws.gradients.last());
  const size_t num = RoundSmallGradients(options.gradient_floor, rng, ws);
  draw_key();
  network.output().BackwardUpdate(
      {ws.neurons.data(), num}, {ws.deltas.data(), num}, ws.activations.last(),
      step, ws.gradients.last());
  kernels::ReluGradient(ws.activations.last(), ws.gradients.last());
  for (size_t i = network.middle().size(); i-- > 0;) {
    ClearGradient(ws.gradients[i]);
    draw_key();
    BackwardMiddle(network.middle()[i], i, step, ws);
    kernels::ReluGradient(ws.activations[i], ws.gradients[i]);
  }
  draw_key();
  network.input().Update(sample.features, ws.gradients[0], step);
  ws.clock.Mark(StepClock::kBackward);
  return result;
}

}  // namespace slide::nn
