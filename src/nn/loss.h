// The loss of one sample over its active neurons and the gradient by their
// logits.
//
// In: logits [n], labels first, then negatives; corrections [n], added to the
// logits inside the loss, which lets a random negative stand for the
// many it was drawn from (sampled softmax: Bengio and Senecal 2008; Jean et al.
// 2015); num_labels >= 1 of the n are labels.
// weights: of the labels, factors of their parts (slide/loss_weights.h).
// Out: the loss, and deltas [n], its derivative by each logit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "slide/options/train.h"

namespace slide::nn {

// The weights of a sample's labels, out of those of all labels.
struct LabelWeights {
  std::span<const float> of_all = {};     // [labels of the network]; empty: 1
  std::span<const uint32_t> labels = {};  // of the sample

  float operator[](size_t j) const noexcept {
    return of_all.empty() ? 1.0f : of_all[labels[j]];
  }
};

// Softmax cross-entropy with the target 1 / num_labels on each label:
// log sum_j exp(z_j + c_j) - mean over labels of z_y.
double SoftmaxLoss(std::span<const float> logits, size_t num_labels,
                   std::span<const float> corrections, std::span<float> deltas,
                   const LabelWeights& weights = {}) noexcept;

// Each label against the negatives only, summed over the labels and divided by
// the root of their number:
// sum over y of log(exp(z_y) + sum over negatives of exp(z_n + c_n)) - z_y.
// With S the log-sum-exp of the negatives that is the sum of
// log(1 + exp(S - z_y)), finite for any logits.
// Source: Gupta et al., "Dual-Encoders for Extreme Multi-Label Classification",
// ICLR 2024.
double DecoupledLoss(std::span<const float> logits, size_t num_labels,
                     std::span<const float> corrections,
                     std::span<float> deltas,
                     const LabelWeights& weights = {}) noexcept;

// Each neuron by itself: the sum of log(1 + exp(-z)) over the labels and of
// w log(1 + exp(z)) over the negatives, w = exp(c): for a random negative
// how many neurons it stands for.
double SigmoidLoss(std::span<const float> logits, size_t num_labels,
                   std::span<const float> corrections, std::span<float> deltas,
                   const LabelWeights& weights = {}) noexcept;

// The one that `loss` names.
double ComputeLoss(Loss loss, std::span<const float> logits, size_t num_labels,
                   std::span<const float> corrections, std::span<float> deltas,
                   const LabelWeights& weights = {}) noexcept;

}  // namespace slide::nn
