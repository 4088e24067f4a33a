#include "nn/loss.h"

#include <algorithm>
#include <cmath>

#include "kernels/kernels.h"
#include "util/check.h"

namespace slide::nn {
namespace {

// shares = softmax(logits + corrections); returns the log-sum-exp, which is not
// a number if one of the logits is none or infinite.
double Softmax(std::span<const float> logits,
               std::span<const float> corrections, std::span<float> shares) {
  for (size_t j = 0; j < logits.size(); ++j) {
    shares[j] = logits[j] + corrections[j];
  }
  const float max = kernels::Max(shares);
  const float sum = kernels::ExpSum(shares, max, shares);
  const float scale = 1.0f / sum;
  for (float& share : shares) share *= scale;
  return static_cast<double>(max) + std::log(static_cast<double>(sum));
}

// Softmax cross-entropy with the target 1 / num_labels on each label:
// log sum_j exp(z_j + c_j) - mean over labels of z_y.
double SoftmaxLoss(std::span<const float> logits, size_t num_labels,
                   std::span<const float> corrections, std::span<float> deltas,
                   const LabelWeights& weights) noexcept {
  const double log_sum = Softmax(logits, corrections, deltas);
  const float target = 1.0f / static_cast<float>(num_labels);
  double label_sum = 0.0, weight_sum = 0.0;
  for (size_t j = 0; j < num_labels; ++j) {
    label_sum += static_cast<double>(weights[j] * logits[j]);
    weight_sum += static_cast<double>(weights[j]);
  }
  const double mean_weight = weight_sum / static_cast<double>(num_labels);
  if (mean_weight != 1.0) {
    for (float& delta : deltas) delta *= static_cast<float>(mean_weight);
  }
  for (size_t j = 0; j < num_labels; ++j) deltas[j] -= weights[j] * target;
  return mean_weight * log_sum - label_sum / static_cast<double>(num_labels);
}

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
                     const LabelWeights& weights) noexcept {
  if (num_labels == logits.size()) {  // nothing to be told from
    std::fill(deltas.begin(), deltas.end(), 0.0f);
    return 0.0;
  }
  const std::span<float> negatives = deltas.subspan(num_labels);
  const double s = Softmax(logits.subspan(num_labels),
                           corrections.subspan(num_labels), negatives);
  const double share = 1.0 / std::sqrt(static_cast<double>(num_labels));
  double loss = 0.0;
  double miss_sum = 0.0;  // of the labels' probabilities to lose
  for (size_t j = 0; j < num_labels; ++j) {
    const double margin = s - static_cast<double>(logits[j]);
    // log(1 + e^m) and 1 / (1 + e^-m) from e^-|m|, which cannot overflow.
    const double e = std::exp(-std::abs(margin));
    const auto weight = static_cast<double>(weights[j]);
    loss += weight * (std::max(margin, 0.0) + std::log1p(e));
    const double miss = weight * (margin >= 0.0 ? 1.0 : e) / (1.0 + e);
    miss_sum += miss;
    deltas[j] = static_cast<float>(-share * miss);
  }
  const float scale = static_cast<float>(share * miss_sum);
  for (float& delta : negatives) delta *= scale;
  return share * loss;
}

// Each neuron by itself: the sum of log(1 + exp(-z)) over the labels and of
// w log(1 + exp(z)) over the negatives, w = exp(c): for a random negative
// how many neurons it stands for.
double SigmoidLoss(std::span<const float> logits, size_t num_labels,
                   std::span<const float> corrections, std::span<float> deltas,
                   const LabelWeights& weights) noexcept {
  for (size_t j = 0; j < num_labels; ++j) deltas[j] = weights[j];
  for (size_t j = num_labels; j < logits.size(); ++j) {
    deltas[j] = corrections[j] == 0.0f ? 1.0f : std::exp(corrections[j]);
  }
  // A label's term is log(1 + e^-z) = log(1 + e^z) - z.
  auto loss = static_cast<double>(kernels::SoftplusSum(logits, deltas, deltas));
  for (size_t j = 0; j < num_labels; ++j) {
    loss -= static_cast<double>(weights[j] * logits[j]);
    deltas[j] -= weights[j];
  }
  return loss;
}

double WithoutSampleWeight(Loss loss, std::span<const float> logits,
                           size_t num_labels,
                           std::span<const float> corrections,
                           std::span<float> deltas,
                           const LabelWeights& weights) noexcept {
  switch (loss) {
    case Loss::kSoftmax:
      return SoftmaxLoss(logits, num_labels, corrections, deltas, weights);
    case Loss::kDecoupled:
      return DecoupledLoss(logits, num_labels, corrections, deltas, weights);
    case Loss::kSigmoid:
      return SigmoidLoss(logits, num_labels, corrections, deltas, weights);
  }
  SLIDE_DCHECK(false);
  return 0.0;
}

}  // namespace

double ComputeLoss(Loss loss, std::span<const float> logits, size_t num_labels,
                   std::span<const float> corrections, std::span<float> deltas,
                   const LabelWeights& weights) noexcept {
  SLIDE_DCHECK(1 <= num_labels && num_labels <= logits.size());
  SLIDE_DCHECK(corrections.size() == logits.size());
  SLIDE_DCHECK(deltas.size() == logits.size());
  const double value = WithoutSampleWeight(loss, logits, num_labels,
                                           corrections, deltas, weights);
  if (weights.sample == 1.0f) return value;
  for (float& delta : deltas) delta *= weights.sample;
  return static_cast<double>(weights.sample) * value;
}

}  // namespace slide::nn
