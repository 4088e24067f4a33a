#include "nn/layer.h"

#include <algorithm>
#include <array>

#include "util/check.h"

namespace slide::nn {
namespace {

std::optional<Optimizer> BiasOptimizer(std::optional<Optimizer> optimizer) {
  return optimizer == Optimizer::kRowAdagrad ? Optimizer::kAdagrad : optimizer;
}

// The biases of an input-major layer move as the weights of a row.
kernels::RowStep BiasStep(kernels::RowStep step) {
  step.learning_rate *= step.bias_rate;
  step.weight_decay = 0.0f;
  return step;
}

}  // namespace

Layer::Layer(const LayerShape& shape, Precision precision,
             std::optional<Optimizer> optimizer, const RowMaker& make_rows)
    : shape_(shape),
      weights_(make_rows("rows", shape.num_rows(),
                         {shape.row_width(), precision, optimizer})) {
  if (!shape.is_input_major()) return;
  bias_ = make_rows(
      "bias", 1,
      {shape.num_neurons, Precision::kFp32, BiasOptimizer(optimizer)});
}

void Layer::ForwardAll(const util::VectorView& x,
                       std::span<float> sums) const noexcept {
  SLIDE_DCHECK(sums.size() == num_neurons());
  SLIDE_DCHECK(x.is_sparse() == shape_.has_sparse_input);
  if (is_input_major()) {
    // By a kernel, because others may be writing the row.
    constexpr uint32_t kRow = 0;
    constexpr float kOnce = 1.0f;
    std::ranges::fill(sums, 0.0f);
    kernels::AccumulateRows(bias_->rows(), {&kRow, 1}, {&kOnce, 1}, sums);
    kernels::AccumulateRows(weights_.rows(), x.ids(), x.values(), sums);
  } else if (!x.is_sparse()) {
    kernels::ScoreRows(weights_.rows(), 0, num_neurons(), x.values(), 1, sums);
  } else {
    // A hashed layer in exact inference.
    constexpr size_t kBlock = 64;
    std::array<uint32_t, kBlock> neurons;
    for (size_t first = 0; first < sums.size(); first += kBlock) {
      const size_t num = std::min(kBlock, sums.size() - first);
      for (size_t j = 0; j < num; ++j) {
        neurons[j] = static_cast<uint32_t>(first + j);
      }
      Forward(x, {neurons.data(), num}, sums.subspan(first, num));
    }
  }
}

void Layer::Forward(const util::VectorView& x,
                    std::span<const uint32_t> neurons,
                    std::span<float> sums) const noexcept {
  SLIDE_DCHECK(!is_input_major());
  if (x.is_sparse()) {
    kernels::SparseRowLogits(weights_.rows(), neurons, x.ids(), x.values(),
                             sums);
  } else {
    kernels::RowLogits(weights_.rows(), neurons, x.values(), sums);
  }
}

void Layer::Backward(const util::VectorView& x,
                     std::span<const uint32_t> neurons,
                     std::span<const float> deltas,
                     std::span<float> x_gradient) const noexcept {
  if (is_input_major()) {
    // The scalar of a row that stands for a bias elsewhere is 0 here.
    kernels::RowLogits(weights_.rows(), x.ids(), deltas, x_gradient);
  } else if (x.is_sparse()) {
    kernels::SparseAccumulateRows(weights_.rows(), neurons, deltas, x.ids(),
                                  x_gradient);
  } else {
    kernels::AccumulateRows(weights_.rows(), neurons, deltas, x_gradient);
  }
}

void Layer::BackwardUpdate(const util::VectorView& x,
                           std::span<const uint32_t> neurons,
                           std::span<const float> deltas,
                           const kernels::RowStep& step,
                           std::span<float> x_gradient) noexcept {
  if (is_input_major()) {
    if (!x_gradient.empty()) Backward(x, neurons, deltas, x_gradient);
    kernels::UpdateRows(weights_.rows(), x.ids(), x.values(), deltas, step);
    StepBias(deltas, step);
  } else if (x.is_sparse()) {
    kernels::SparseBackwardUpdateRows(weights_.rows(), neurons, deltas, x.ids(),
                                      x.values(), step, x_gradient);
  } else {
    kernels::BackwardUpdateRows(weights_.rows(), neurons, deltas, x.values(),
                                step, x_gradient);
  }
}

void Layer::StepRow(uint32_t row, std::span<const uint32_t> ids,
                    std::span<const float> gradient, float bias_gradient,
                    const kernels::RowStep& step) noexcept {
  if (shape_.has_sparse_input && !is_input_major()) {
    kernels::SparseStepRow(weights_.rows(), row, ids, gradient, bias_gradient,
                           step);
  } else {
    kernels::StepRow(weights_.rows(), row, gradient, bias_gradient, step);
  }
}

void Layer::StepBias(std::span<const float> gradient,
                     const kernels::RowStep& step) noexcept {
  constexpr std::array<uint32_t, 1> kRow = {0};
  constexpr std::array<float, 1> kOne = {1.0f};
  kernels::UpdateRows(bias_->rows(), kRow, kOne, gradient, BiasStep(step));
}

}  // namespace slide::nn
