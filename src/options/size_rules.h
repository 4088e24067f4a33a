// The values that options take where they are left open, by the sizes of the
// training set: rules, no search. docs/accuracy.md has the measurements that
// they come from.
#pragma once

#include <cstdint>

#include "slide/options/train.h"
#include "slide/options/weights.h"

namespace slide::options {

// Few samples want a wider layer in smaller steps.
constexpr bool IsSmall(uint64_t num_samples) noexcept {
  return num_samples < 25'000;
}

// Neurons of the hidden layer. Many labels want more, to be told apart by.
constexpr int DefaultWidth(uint64_t num_samples, uint32_t num_labels) noexcept {
  constexpr uint32_t kManyLabels = 10'000;
  if (IsSmall(num_samples)) return 256;
  return num_labels >= kManyLabels ? 192 : 128;
}

// Epochs. Labels that have hardly a sample each are learnt more slowly.
constexpr int DefaultEpochs(uint64_t num_samples,
                            uint32_t num_labels) noexcept {
  constexpr uint64_t kFewSamples = 4;  // a label
  if (num_samples >= kFewSamples * num_labels) return 5;
  return IsSmall(num_samples) ? 8 : 6;
}

// Row-wise Adagrad alone was measured on small sets.
inline double DefaultLearningRate(Optimizer optimizer,
                                  uint64_t num_samples) noexcept {
  constexpr double kSmallRate = 0.08;
  return optimizer == Optimizer::kRowAdagrad && IsSmall(num_samples)
             ? kSmallRate
             : slide::DefaultLearningRate(optimizer);
}

// The most labels that are trained densely where nothing is named: with the
// default budgets all of so few are active anyway, and products take no more
// time.
constexpr uint32_t kMaxDenseLabels = 300;

// Samples in a batch. Few samples want more steps, not longer ones.
constexpr int DefaultBatchSize(UpdateMode update,
                               uint64_t num_samples) noexcept {
  const bool has_matrices =
      update == UpdateMode::kDense || update == UpdateMode::kSampled;
  return has_matrices && IsSmall(num_samples) ? 32 : 256;
}

// Whether the output has a sparse part. Where features are few, a single one
// names no label.
constexpr bool WantsSparsePart(uint32_t num_features) noexcept {
  return num_features >= 1000;
}

// The weight of the sparse part. Few samples are learnt by heart by the net,
// which is then too sure of others.
constexpr float DefaultSparseWeight(uint64_t num_samples) noexcept {
  return IsSmall(num_samples) ? 1.4F : 1.0F;
}

// The samples above which a feature has no pairs. A frequent feature has a pair
// with almost every label, and of few samples it learns their noise; but of
// very few, what seems frequent may name a label.
constexpr uint64_t DefaultMaxFeatureSamples(uint64_t num_samples) noexcept {
  return num_samples >= 2'000 && num_samples < 10'000 ? num_samples / 10
                                                      : num_samples;
}

}  // namespace slide::options
