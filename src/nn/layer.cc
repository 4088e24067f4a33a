#include "nn/layer.h"

#include <algorithm>

namespace slide::nn {

void InputMajorLayer::Forward(SparseView x,
                              std::span<float> sums) const noexcept {
  std::copy_n(bias_.data(), bias_.size(), sums.begin());
  kernels::AccumulateRows(weights_.rows(), x.ids, x.values, sums);
}

void InputMajorLayer::Update(SparseView x, std::span<const float> gradient,
                             kernels::AdagradStep step) noexcept {
  kernels::UpdateRows(weights_.rows(), x.ids, x.values, gradient, step);
  kernels::UpdateElements(gradient, step, bias_, bias_accumulators_);
}

}  // namespace slide::nn
