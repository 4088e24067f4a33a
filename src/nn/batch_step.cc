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

BatchStep::BatchStep(const NetworkCore& network, size_t capacity,
                     int num_threads)
    : num_layers_(network.layers().size()),
      gradients_(capacity * num_layers_),
      scratch_(static_cast<size_t>(num_threads)) {
  size_t widest = 0;
  for (const Layer& layer : network.layers()) {
    heads_.emplace_back(layer.weights().num_rows());
    widest = std::max(widest, layer.weights().width());
  }
  for (Scratch& scratch : scratch_) {
    scratch.sum.resize(widest);
    scratch.is_in_ids.resize(widest);
  }
}

void BatchStep::Record(const NetworkCore& network, const StepOptions& options,
                       size_t slot, Workspace& ws) {
  Backpropagate(
      network, options, ws,
      [&](size_t l, const Input& x, std::span<const uint32_t> neurons,
          std::span<const float> deltas, std::span<float> x_gradient) {
        const Layer& layer = network.layers()[l];
        if (l > 0) layer.Backward(x, neurons, deltas, x_gradient);
        LayerGradient& gradient = At(slot, l);
        if (layer.is_input_major()) {
          gradient.rows.assign(x.ids().begin(), x.ids().end());
          gradient.coefficients.assign(x.values().begin(), x.values().end());
          gradient.vector.assign(deltas.begin(), deltas.end());
        } else {
          gradient.rows.assign(neurons.begin(), neurons.end());
          gradient.coefficients.assign(deltas.begin(), deltas.end());
          gradient.vector.assign(x.values().begin(), x.values().end());
          gradient.ids.assign(x.ids().begin(), x.ids().end());
        }
      });
}

void BatchStep::Apply(NetworkCore& network, const StepOptions& options,
                      float learning_rate, size_t num, uint64_t key,
                      const util::ThreadTeam& team) {
  SLIDE_DCHECK(num * num_layers_ <= gradients_.size());
  SLIDE_DCHECK(static_cast<size_t>(team.size()) == scratch_.size());
  const util::Rng rng(key);
  const bool is_rounded = network.options().precision == Precision::kBf16;
  team.Run([&](int w, int num_workers) {
    const auto worker = static_cast<size_t>(w);
    const auto workers = static_cast<size_t>(num_workers);
    Scratch& scratch = scratch_[worker];
    for (size_t l = 0; l < num_layers_; ++l) {
      Layer& layer = network.layers()[l];
      kernels::RowStep step = options.RowStepOf(l, learning_rate, 0);
      if (layer.is_input_major() && OwnerOf(0, workers) == worker) {
        StepBias(layer, l, num, step, scratch);
      }
      ListRows(l, num, worker, workers);
      constexpr size_t kAhead = 16;
      const std::span<const uint32_t> rows = scratch.rows;
      for (size_t i = 0; i < rows.size(); ++i) {
        if (i % kAhead == 0) {
          const size_t count = std::min(kAhead, rows.size() - i);
          kernels::FetchRows(layer.weights().rows(), rows.subspan(i, count));
        }
        if (is_rounded) {
          step.rounding_key =
              rng.Stream(util::Purpose::kRounding, l, rows[i]).Next();
        }
        StepRow(layer, l, rows[i], step, scratch);
      }
    }
  });
}

void BatchStep::ListRows(size_t layer, size_t num, size_t worker,
                         size_t num_workers) {
  Scratch& scratch = scratch_[worker];
  const std::span<uint32_t> heads = heads_[layer];
  scratch.entries.clear();
  scratch.rows.clear();
  // From the last slot on, so that each list begins with the first.
  for (size_t slot = num; slot-- > 0;) {
    const LayerGradient& gradient = At(slot, layer);
    for (size_t j = 0; j < gradient.rows.size(); ++j) {
      const uint32_t row = gradient.rows[j];
      const float coefficient = gradient.coefficients[j];
      if (coefficient == 0.0f || OwnerOf(row, num_workers) != worker) continue;
      if (heads[row] == 0) scratch.rows.push_back(row);
      scratch.entries.push_back(
          {static_cast<uint32_t>(slot), coefficient, heads[row]});
      heads[row] = static_cast<uint32_t>(scratch.entries.size());
    }
  }
}

void BatchStep::StepRow(Layer& layer, size_t number, uint32_t row,
                        const kernels::RowStep& step, Scratch& scratch) {
  const bool is_sparse =
      layer.shape().has_sparse_input && !layer.is_input_major();
  const std::span<float> sum =
      std::span(scratch.sum).first(layer.weights().width());
  if (!is_sparse) std::fill(sum.begin(), sum.end(), 0.0f);
  float bias_sum = 0.0f;
  scratch.ids.clear();
  for (uint32_t place = heads_[number][row]; place != 0;) {
    const Entry& entry = scratch.entries[place - 1];
    const LayerGradient& gradient = At(entry.slot, number);
    bias_sum += entry.coefficient;
    place = entry.next;
    if (!is_sparse) {
      kernels::Axpy(entry.coefficient, gradient.vector, sum);
      continue;
    }
    for (size_t i = 0; i < gradient.ids.size(); ++i) {
      const uint32_t id = gradient.ids[i];
      if (scratch.is_in_ids[id] == 0) {
        scratch.is_in_ids[id] = 1;
        scratch.ids.push_back(id);
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
  scratch.values.clear();
  for (const uint32_t id : scratch.ids) {
    scratch.values.push_back(sum[id]);
    scratch.is_in_ids[id] = 0;
  }
  layer.StepRow(row, scratch.ids, scratch.values, bias_sum, step);
}

void BatchStep::StepBias(Layer& layer, size_t number, size_t num,
                         const kernels::RowStep& step, Scratch& scratch) {
  const std::span<float> sum =
      std::span(scratch.sum).first(layer.num_neurons());
  std::fill(sum.begin(), sum.end(), 0.0f);
  for (size_t slot = 0; slot < num; ++slot) {
    kernels::Axpy(1.0f, At(slot, number).vector, sum);
  }
  layer.StepBias(sum, step);
}

}  // namespace slide::nn
