// The loss of one sample over its active neurons and the gradient by their
// logits.
//
// In: logits [n], labels first, then negatives; corrections [n], added to the
// logits inside the loss, which lets a random negative stand for the
// many it was drawn from (sampled softmax: Bengio and Senecal 2008; Jean et al.
// 2015); num_labels >= 1 of the n are labels.
// weights: factors of the labels' parts, and of all (slide/loss_weights.h).
// Out: the loss, and deltas [n], its derivative by each logit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "slide/options/train.h"

namespace slide::nn {

// The weights of a sample and of its labels, these out of those of all labels.
struct LabelWeights {
  std::span<const float> of_all = {};     // [labels of the network]; empty: 1
  std::span<const uint32_t> labels = {};  // of the sample
  float sample = 1.0f;

  float operator[](size_t j) const noexcept {
    return of_all.empty() ? 1.0f : of_all[labels[j]];
  }
};

// Computes the one that `loss` names. Requires: sizes as above.
double ComputeLoss(Loss loss, std::span<const float> logits, size_t num_labels,
                   std::span<const float> corrections, std::span<float> deltas,
                   const LabelWeights& weights = {}) noexcept;

}  // namespace slide::nn
