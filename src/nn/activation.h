// The non-linearities of hidden layers and their derivatives, which are told
// from the activations alone.
#pragma once

#include <span>

#include "kernels/kernels.h"
#include "slide/options/network.h"

namespace slide::nn {

// Sums become activations, in place.
inline void Activate(Activation activation, std::span<float> sums) noexcept {
  switch (activation) {
    case Activation::kRelu:
      kernels::Relu(sums);
      return;
    case Activation::kTanh:
      kernels::Tanh(sums);
      return;
    case Activation::kLinear:
      return;
  }
}

// The gradient by the activations becomes the one by the sums.
inline void ActivationGradient(Activation activation,
                               std::span<const float> activations,
                               std::span<float> gradient) noexcept {
  switch (activation) {
    case Activation::kRelu:
      kernels::ReluGradient(activations, gradient);
      return;
    case Activation::kTanh:
      kernels::TanhGradient(activations, gradient);
      return;
    case Activation::kLinear:
      return;
  }
}

}  // namespace slide::nn
