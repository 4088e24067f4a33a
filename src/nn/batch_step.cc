#include "nn/batch_step.h"

#include <algorithm>

#include "kernels/kernels.h"
#include "util/check.h"
#include "util/rng.h"

namespace slide::nn {
namespace {

// Rows next to each other, such as those of frequent labels, belong to
// different threads. The result does not depend on it.
size_t OwnerOf(uint32_t row, size_t num_workers) noexcept {
  return util::Mix64(row) % num_workers;
}

}  // namespace

BatchStep::BatchStep(const Step& step, size_t capacity, int num_threads)
    : step_(step), sums_(static_cast<size_t>(num_threads)) {
  states_.reserve(capacity);
  for (size_t i = 0; i < capacity; ++i) states_.push_back(step.MakeState({}));
  size_t widest = 0;
  for (const Layer& layer : step.network().layers()) {
    heads_.emplace_back(layer.weights().num_rows());
    widest = std::max(widest, layer.weights().width());
  }
  for (RowSum& sums : sums_) {
    sums.sum.resize(widest);
    sums.is_in_ids.resize(widest);
  }
}

StepResult BatchStep::Record(size_t slot, const Sample& sample, util::Rng& rng,
                             Scratch& scratch) {
  SampleState& state = states_[slot];
  const SampleLimits limits = {sample.labels.size(), sample.features.size(),
                               step_.MaxHits(sample)};
  step_.Reserve(limits, state);
  step_.Reserve(limits, scratch);
  const StepResult result = step_.Forward(sample, {}, rng, state, scratch);
  step_.Backpropagate(
      state, [&](size_t l, const util::VectorView& x, const LayerDeltas& deltas,
                 std::span<float> x_gradient) {
        if (x_gradient.empty()) return;
        step_.network().layers()[l].Backward(x, deltas.neurons, deltas.deltas,
                                             x_gradient);
      });
  scratch.clock.Mark(StepClock::kBackward);
  return result;
}

BatchStep::LayerGradient BatchStep::GradientOf(size_t slot,
                                               size_t layer) const noexcept {
  const SampleState& state = states_[slot];
  const util::VectorView x = state.InputOf(layer);
  const auto [neurons, deltas] = state.layers[layer].deltas();
  if (step_.network().layers()[layer].is_input_major()) {
    return {x.ids(), x.values(), deltas, {}};
  }
  return {neurons, deltas, x.values(), x.ids()};
}

void BatchStep::Apply(float learning_rate, size_t num, uint64_t key,
                      const util::ThreadTeam& team) {
  SLIDE_DCHECK(num <= capacity());
  SLIDE_DCHECK(static_cast<size_t>(team.size()) == sums_.size());
  const util::Rng rng(key);
  team.Run([&](int w, int num_workers) {
    const auto worker = static_cast<size_t>(w);
    const auto workers = static_cast<size_t>(num_workers);
    StepLayers(heads_.size(), learning_rate, num, rng, worker, workers);
    if (step_.network().sparse_part() != nullptr &&
        step_.options().freeze != Freeze::kOutput) {
      StepPairs(num, step_.options().sparse_rate * learning_rate, worker,
                workers);
    }
  });
}

void BatchStep::ApplyHidden(float learning_rate, size_t num, uint64_t key,
                            const util::ThreadTeam& team) {
  if (step_.first_trained() + 1 == heads_.size()) return;  // all frozen
  const util::Rng rng(key);
  team.Run([&](int worker, int num_workers) {
    StepLayers(heads_.size() - 1, learning_rate, num, rng,
               static_cast<size_t>(worker), static_cast<size_t>(num_workers));
  });
}

void BatchStep::StepLayers(size_t num_layers, float learning_rate, size_t num,
                           const util::Rng& rng, size_t worker,
                           size_t num_workers) {
  NetworkCore& network = step_.network();
  const bool is_rounded = network.options().precision == Precision::kBf16;
  RowSum& sums = sums_[worker];
  for (size_t l = 0; l < num_layers; ++l) {
    if (step_.IsFrozen(l)) continue;
    const Layer& layer = network.layers()[l];
    kernels::RowStep step = step_.options().RowStepOf(l, learning_rate, 0);
    if (layer.is_input_major() && OwnerOf(0, num_workers) == worker) {
      StepBias(l, num, step, sums);
    }
    ListRows(l, num, worker, num_workers);
    constexpr size_t kAhead = 16;
    const std::span<const uint32_t> rows = sums.rows;
    for (size_t i = 0; i < rows.size(); ++i) {
      if (i % kAhead == 0) {
        const size_t count = std::min(kAhead, rows.size() - i);
        kernels::PrefetchRows(layer.weights().rows(), rows.subspan(i, count));
      }
      if (is_rounded) {
        step.rounding_key =
            rng.Stream(util::Purpose::kRounding, l, rows[i]).Next();
      }
      StepRow(l, rows[i], step, sums);
    }
  }
}

void BatchStep::ListRows(size_t layer, size_t num, size_t worker,
                         size_t num_workers) {
  RowSum& sums = sums_[worker];
  const std::span<uint32_t> heads = heads_[layer];
  sums.entries.clear();
  sums.rows.clear();
  // Goes from the last slot to the first, so that each list begins with the
  // first.
  for (size_t slot = num; slot-- > 0;) {
    const LayerGradient gradient = GradientOf(slot, layer);
    for (size_t j = 0; j < gradient.rows.size(); ++j) {
      const uint32_t row = gradient.rows[j];
      const float coefficient = gradient.coefficients[j];
      if (coefficient == 0.0f || OwnerOf(row, num_workers) != worker) continue;
      if (heads[row] == 0) sums.rows.push_back(row);
      sums.entries.push_back(
          {static_cast<uint32_t>(slot), coefficient, heads[row]});
      heads[row] = static_cast<uint32_t>(sums.entries.size());
    }
  }
}

void BatchStep::StepRow(size_t number, uint32_t row,
                        const kernels::RowStep& step, RowSum& sums) {
  Layer& layer = step_.network().layers()[number];
  const bool is_sparse =
      layer.shape().has_sparse_input && !layer.is_input_major();
  const std::span<float> sum =
      std::span(sums.sum).first(layer.weights().width());
  if (!is_sparse) std::fill(sum.begin(), sum.end(), 0.0f);
  float bias_sum = 0.0f;
  sums.ids.clear();
  for (uint32_t place = heads_[number][row]; place != 0;) {
    const Entry& entry = sums.entries[place - 1];
    const LayerGradient gradient = GradientOf(entry.slot, number);
    bias_sum += entry.coefficient;
    place = entry.next;
    if (!is_sparse) {
      kernels::Axpy(entry.coefficient, gradient.vector, sum);
      continue;
    }
    for (size_t i = 0; i < gradient.ids.size(); ++i) {
      const uint32_t id = gradient.ids[i];
      if (sums.is_in_ids[id] == 0) {
        sums.is_in_ids[id] = 1;
        sums.ids.push_back(id);
        sum[id] = 0.0f;
      }
      sum[id] += entry.coefficient * gradient.vector[i];
    }
  }
  heads_[number][row] = 0;
  if (layer.is_input_major()) bias_sum = 0.0f;
  if (!is_sparse) {
    layer.StepRow(row, {}, sum, bias_sum, step);
    return;
  }
  sums.values.clear();
  for (const uint32_t id : sums.ids) {
    sums.values.push_back(sum[id]);
    sums.is_in_ids[id] = 0;
  }
  layer.StepRow(row, sums.ids, sums.values, bias_sum, step);
}

// The accumulators of a label grow by the squares of all samples of the batch,
// as if they came one by one, before its pairs move by their sum.
void BatchStep::StepPairs(size_t num, float learning_rate, size_t worker,
                          size_t num_workers) {
  SparsePart& sparse = *step_.network().sparse_part();
  const auto is_own = [&](uint32_t label) {
    return OwnerOf(label, num_workers) == worker;
  };
  for (size_t slot = 0; slot < num; ++slot) {
    const std::span<const uint32_t> ids = states_[slot].output().ids();
    const std::span<const float> gradient = states_[slot].sparse.gradient();
    for (size_t j = 0; j < ids.size(); ++j) {
      if (gradient[j] == 0.0f || !is_own(ids[j])) continue;
      sparse.Accumulate(ids[j], gradient[j],
                        states_[slot].sparse.squared_norm());
    }
  }
  std::vector<float>& steps = sums_[worker].steps;
  for (size_t slot = 0; slot < num; ++slot) {
    const std::span<const uint32_t> ids = states_[slot].output().ids();
    const std::span<const float> gradient = states_[slot].sparse.gradient();
    steps.assign(ids.size(), 0.0f);
    for (size_t j = 0; j < ids.size(); ++j) {
      if (gradient[j] == 0.0f || !is_own(ids[j])) continue;
      steps[j] = sparse.StepOf(ids[j], gradient[j], learning_rate);
    }
    sparse.Move(states_[slot].sparse, steps);
  }
}

void BatchStep::StepBias(size_t number, size_t num,
                         const kernels::RowStep& step, RowSum& sums) {
  Layer& layer = step_.network().layers()[number];
  const std::span<float> sum = std::span(sums.sum).first(layer.num_neurons());
  std::fill(sum.begin(), sum.end(), 0.0f);
  for (size_t slot = 0; slot < num; ++slot) {
    kernels::Axpy(1.0f, GradientOf(slot, number).vector, sum);
  }
  layer.StepBias(sum, step);
}

}  // namespace slide::nn
