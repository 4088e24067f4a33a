#include "nn/layer.h"

#include <algorithm>
#include <array>

namespace slide::nn {
namespace {

Optimizer BiasOptimizer(Optimizer optimizer) {
  return optimizer == Optimizer::kRowAdagrad ? Optimizer::kAdagrad : optimizer;
}

}  // namespace

InputMajorLayer::InputMajorLayer(size_t num_inputs, size_t num_neurons,
                                 Precision precision, Optimizer optimizer)
    : weights_(num_inputs, {num_neurons, precision, optimizer}),
      bias_(1, {num_neurons, Precision::kFp32, BiasOptimizer(optimizer)}) {}

void InputMajorLayer::Forward(SparseView x,
                              std::span<float> sums) const noexcept {
  std::copy_n(bias_.rows().weights<float>(0), sums.size(), sums.begin());
  kernels::AccumulateRows(weights_.rows(), x.ids, x.values, sums);
}

void InputMajorLayer::Update(SparseView x, std::span<const float> gradient,
                             const kernels::RowStep& step) noexcept {
  kernels::UpdateRows(weights_.rows(), x.ids, x.values, gradient, step);
  constexpr std::array<uint32_t, 1> kRow = {0};
  constexpr std::array<float, 1> kOne = {1.0f};
  kernels::UpdateRows(bias_.rows(), kRow, kOne, gradient, step);
}

}  // namespace slide::nn
