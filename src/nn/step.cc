#include "nn/step.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "nn/activation.h"
#include "nn/loss.h"
#include "util/check.h"

namespace slide::nn {
namespace {

double SquaredNorm(std::span<const float> x) noexcept {
  double sum = 0.0;
  for (const float value : x) sum += double{value} * double{value};
  return sum;
}

}  // namespace

SampleState Step::MakeState(const SampleLimits& limits) const {
  SampleState state;
  const auto& hidden = network_.options().hidden;
  for (size_t l = 0; l < hidden.size(); ++l) {
    const bool is_hashed = hidden[l].is_hashed();
    state.layers.emplace_back(
        static_cast<size_t>(is_hashed ? *hidden[l].hash.candidates
                                      : hidden[l].neurons),
        LayerState::Parts{
            .ids = is_hashed,
            .factors = options_.hidden_dropout > 0.0f,
            .deltas = !is_hashed && !network_.layers()[l].is_input_major()});
  }
  state.layers.emplace_back(
      size_t{0},
      LayerState::Parts{.ids = true, .corrections = true, .deltas = true});
  Reserve(limits, state);
  return state;
}

Scratch Step::MakeScratch(const SampleLimits& limits) const {
  Scratch scratch = {selector_.MakeScratch(limits.max_labels), {}, {}, {}};
  const auto& hidden = network_.options().hidden;
  for (size_t l = 0; l < hidden.size(); ++l) {
    if (!hidden[l].is_hashed()) continue;
    scratch.hashed.emplace_back(hidden[l], *network_.layer_index(l),
                                options_.query);
  }
  Reserve(limits, scratch);
  return scratch;
}

void Step::Reserve(const SampleLimits& limits, SampleState& state) const {
  state.output().Reserve(selector_.MaxActive(limits.max_labels));
  if (network_.sparse_part() != nullptr) {
    state.sparse.Reserve(selector_.MaxActive(limits.max_labels),
                         limits.max_features, limits.max_hits);
  }
  if (options_.input_dropout > 0.0f &&
      limits.max_features > state.feature_values.size()) {
    state.feature_ids = util::AlignedBuffer<uint32_t>(limits.max_features);
    state.feature_values = util::AlignedBuffer<float>(limits.max_features);
  }
}

void Step::Reserve(const SampleLimits& limits, Scratch& scratch) const {
  selector_.Reserve(limits.max_labels, scratch.selection);
  if (network_.sparse_part() != nullptr && scratch.slots.size() == 0) {
    scratch.slots = util::AlignedBuffer<uint32_t>(network_.num_labels());
  }
}

size_t Step::MaxHits(const Sample& sample) const noexcept {
  const SparsePart* sparse = network_.sparse_part();
  return sparse == nullptr
             ? 0
             : sparse->MaxHits(sample.features,
                               selector_.MaxActive(sample.labels.size()));
}

void Step::ForwardHidden(const Sample& sample, util::Rng& rng,
                         SampleState& state, Scratch& scratch) const noexcept {
  state.features = sample.features;
  if (options_.input_dropout > 0.0f) DropFeatures(rng, state);
  HashedScratch* hashed = scratch.hashed.data();
  for (size_t l = 0; l + 1 < state.layers.size(); ++l) {
    ForwardLayer(l, rng, state, hashed, scratch.clock);
    if (state.layers[l].is_selected()) ++hashed;
  }
}

StepResult Step::Forward(const Sample& sample, SparseView next, util::Rng& rng,
                         SampleState& state, Scratch& scratch) const noexcept {
  SLIDE_DCHECK(!sample.labels.empty());
  ForwardHidden(sample, rng, state, scratch);
  scratch.clock.Mark(StepClock::kForward);
  network_.layers().front().Prefetch(next);
  if (network_.sparse_part() != nullptr) network_.sparse_part()->Prefetch(next);
  SelectActive(sample, rng, state, scratch);
  scratch.clock.Mark(StepClock::kSelect);
  LayerState& output = state.output();
  network_.output().Forward(state.InputOf(state.layers.size() - 1),
                            output.ids(), output.values());
  StepResult result;
  result.num_active = output.size();
  result.loss = Loss(sample.weight, state, scratch);
  RoundSmallGradients(rng, state);
  scratch.clock.Mark(StepClock::kForward);
  if (options_.clip_norm > 0.0f) Clip(state);
  return result;
}

void Step::Update(float learning_rate, util::Rng& rng,
                  SampleState& state) const noexcept {
  // All that will be written, at once: rows that another core has written since
  // are taken from its cache side by side.
  if (options_.freeze != Freeze::kOutput) {
    network_.output().PrefetchToWrite(state.InputOf(state.layers.size() - 1),
                                      state.output().deltas().neurons);
  }
  if (options_.freeze != Freeze::kInput) {
    network_.layers().front().PrefetchToWrite(state.InputOf(0), {});
  }
  const bool is_rounded = network_.options().precision == Precision::kBf16;
  Backpropagate(state, [&](size_t l, const util::VectorView& x,
                           const LayerDeltas& deltas,
                           std::span<float> x_gradient) {
    Layer& layer = network_.layers()[l];
    if (IsFrozen(l)) {
      layer.Backward(x, deltas.neurons, deltas.deltas, x_gradient);
      return;
    }
    // Drawn only where it is used.
    const uint64_t key = is_rounded ? rng.Next() : 0;
    layer.BackwardUpdate(x, deltas.neurons, deltas.deltas,
                         options_.RowStepOf(l, learning_rate, key), x_gradient);
  });
  SparsePart* sparse = network_.sparse_part();
  if (sparse != nullptr && options_.freeze != Freeze::kOutput) {
    sparse->Update(state.output().ids(), options_.sparse_rate * learning_rate,
                   state.sparse);
  }
}

StepResult Step::Train(const Sample& sample, SparseView next,
                       float learning_rate, util::Rng& rng, SampleState& state,
                       Scratch& scratch) const noexcept {
  const StepResult result = Forward(sample, next, rng, state, scratch);
  Update(learning_rate, rng, state);
  scratch.clock.Mark(StepClock::kBackward);
  return result;
}

// Keeps some of the features, grown by what the others leave.
void Step::DropFeatures(util::Rng& rng, SampleState& state) const noexcept {
  const SparseView x = state.features;
  const float growth = 1.0f / (1.0f - options_.input_dropout);
  size_t num = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (rng.Uniform() < options_.input_dropout) continue;
    state.feature_ids[num] = x.ids[i];
    state.feature_values[num++] = growth * x.values[i];
  }
  state.features = {{state.feature_ids.data(), num},
                    {state.feature_values.data(), num}};
}

// Multiplies each value by 0 or by what makes up for that.
void Step::DropValues(util::Rng& rng, LayerState& layer) const noexcept {
  const float growth = 1.0f / (1.0f - options_.hidden_dropout);
  const auto values = layer.values();
  const auto factors = layer.factors();
  for (size_t i = 0; i < values.size(); ++i) {
    factors[i] = rng.Uniform() < options_.hidden_dropout ? 0.0f : growth;
    values[i] *= factors[i];
  }
}

// hashed: the scratch of the layer if it is a hashed one.
void Step::ForwardLayer(size_t l, util::Rng& rng, SampleState& state,
                        HashedScratch* hashed,
                        StepClock& clock) const noexcept {
  const Layer& layer = network_.layers()[l];
  const HiddenLayer& options = network_.options().hidden[l];
  const util::VectorView x = state.InputOf(l);
  LayerState& own = state.layers[l];
  if (own.is_selected()) {
    clock.Mark(StepClock::kForward);
    SelectCandidates(options, *network_.layer_index(l), x, rng, *hashed, own);
    clock.Mark(StepClock::kSelect);
    layer.Forward(x, own.ids(), own.values());
  } else {
    layer.ForwardAll(x, own.values());
  }
  Activate(options.activation, own.values());
  if (own.is_selected()) {
    KeepLargest(static_cast<size_t>(options.max_active), own);
  }
  if (options_.hidden_dropout > 0.0f) DropValues(rng, own);
  if (own.is_selected() && (options.activation == Activation::kRelu ||
                            options_.hidden_dropout > 0.0f)) {
    LeaveOutZeros(own);
  }
}

void Step::SelectActive(const Sample& sample, util::Rng& rng,
                        SampleState& state, Scratch& scratch) const noexcept {
  selector_.Select(sample.labels,
                   {sample.features, state.InputOf(state.layers.size() - 1)},
                   rng, scratch.selection);
  const sampling::Selection& selection = scratch.selection.selection;
  LayerState& output = state.output();
  output.resize(selection.size());
  std::ranges::copy(selection.ids().ids(), output.ids().begin());
  std::ranges::copy(selection.corrections(), output.corrections().begin());
  state.num_labels = sample.labels.size();
}

double Step::Loss(float weight, SampleState& state,
                  Scratch& scratch) const noexcept {
  LayerState& output = state.output();
  const std::span<float> values = output.values();
  const auto loss = [&](std::span<const float> logits,
                        std::span<float> gradient) {
    return ComputeLoss(options_.loss, logits, state.num_labels,
                       output.corrections(), gradient,
                       {options_.label_weights, output.ids(), weight});
  };
  const SparsePart* sparse = network_.sparse_part();
  if (sparse == nullptr) return loss(values, output.gradient());
  const std::span<const uint32_t> ids = output.ids();
  for (size_t j = 0; j < ids.size(); ++j) {
    scratch.slots[ids[j]] = static_cast<uint32_t>(j);
  }
  sparse->Score(state.features, ids.size(),
                {scratch.selection.selection.ids().bits(), scratch.slots},
                state.sparse);
  const std::span<float> scores = state.sparse.scores();
  SparsePart::Blend(values, scores);
  return 0.5 * (loss(values, output.gradient()) +
                loss(scores, state.sparse.gradient()));
}

// Lists the active neurons with their gradients, those below the floor rounded
// at random to 0 or +-floor with their mean kept, without those that are 0.
// Most active neurons have a tiny gradient: what they contribute is noise that
// costs a row each and wears the row's accumulator down. (Wangni et al.,
// "Gradient sparsification for communication-efficient distributed
// optimization", NeurIPS 2018, drop coordinates in this way.)
void Step::RoundSmallGradients(util::Rng& rng,
                               SampleState& state) const noexcept {
  const float floor = options_.gradient_floor;
  const auto rounded = [&](float delta) {
    if (!(std::abs(delta) < floor)) return delta;  // also what is no number
    if (rng.Uniform() * floor >= std::abs(delta)) return 0.0f;
    return std::copysign(floor, delta);
  };
  LayerState& output = state.output();
  const std::span<const uint32_t> ids = output.ids();
  const std::span<const float> gradient = output.gradient();
  output.ClearDeltas();
  for (size_t j = 0; j < ids.size(); ++j) {
    const float delta = rounded(gradient[j]);
    if (delta != 0.0f) output.AddDelta(ids[j], delta);
  }
  if (network_.sparse_part() == nullptr) return;
  for (float& delta : state.sparse.gradient()) delta = rounded(delta);
}

double Step::SquaredGradientNorm(const util::VectorView& x,
                                 std::span<const float> deltas) noexcept {
  return SquaredNorm(deltas) * (SquaredNorm(x.values()) + 1.0);
}

double Step::SquaredPairsNorm(const SampleState& state) const noexcept {
  double square = 0.0;
  if (network_.sparse_part() == nullptr || options_.freeze == Freeze::kOutput) {
    return square;
  }
  const std::span<const float> gradient = state.sparse.gradient();
  state.sparse.ForEachList([&](float value, std::span<const uint32_t>,
                               std::span<const uint32_t> slots) {
    for (const uint32_t j : slots) {
      const double by_weight = double{value} * double{gradient[j]};
      square += by_weight * by_weight;
    }
  });
  return square;
}

// Scales the output's deltas, and with them the gradient of everything, so that
// that of what is trained is no longer than clip_norm.
void Step::Clip(SampleState& state) const noexcept {
  double square = 0.0;
  Backpropagate(
      state, [&](size_t l, const util::VectorView& x, const LayerDeltas& deltas,
                 std::span<float> x_gradient) {
        if (!IsFrozen(l)) square += SquaredGradientNorm(x, deltas.deltas);
        if (!x_gradient.empty()) {
          network_.layers()[l].Backward(x, deltas.neurons, deltas.deltas,
                                        x_gradient);
        }
      });
  // Two losses, two gradients: that of the pairs counts as part of one.
  square += SquaredPairsNorm(state);
  const double norm = std::sqrt(square);
  if (!(norm > double{options_.clip_norm})) return;
  const auto scale = static_cast<float>(double{options_.clip_norm} / norm);
  state.output().ScaleDeltas(scale);
  for (float& delta : state.sparse.gradient()) delta *= scale;
}

void Step::ActivationToSums(size_t l, LayerState& layer) const noexcept {
  const Activation activation = network_.options().hidden[l].activation;
  const std::span<float> gradient = layer.gradient();
  if (options_.hidden_dropout == 0.0f) {
    ActivationGradient(activation, layer.values(), gradient);
  } else {
    const float keep = 1.0f - options_.hidden_dropout;
    for (size_t i = 0; i < gradient.size(); ++i) {
      gradient[i] *= layer.factors()[i];
      const float value = keep * layer.values()[i];  // before dropout
      if (activation == Activation::kTanh) gradient[i] *= 1.0f - value * value;
      if (activation == Activation::kRelu && value == 0.0f) gradient[i] = 0.0f;
    }
  }
  if (!layer.has_delta_list()) return;
  layer.ClearDeltas();
  for (size_t n = 0; n < gradient.size(); ++n) {
    if (gradient[n] == 0.0f) continue;
    layer.AddDelta(static_cast<uint32_t>(n), gradient[n]);
  }
}

}  // namespace slide::nn
