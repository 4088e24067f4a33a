// ExactSearch: scores all labels for a block of inputs at once, so that a row
// of the output layer is fetched once for the whole block, and keeps the best k
// and the softmax's normaliser of each input.
#pragma once

#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "nn/network_core.h"
#include "predict/probability.h"
#include "predict/top_k.h"
#include "slide/sparse.h"
#include "util/aligned.h"

namespace slide::predict {

// Scratch of one thread; the network is only read.
class ExactSearch {
 public:
  // Inputs in a block. Their activations (32 x 128 floats) and a tile of scores
  // stay in the second-level cache.
  static constexpr size_t kMaxBlock = 32;

  // Keeps min(k, num_labels) labels an input. Requires: k >= 1.
  ExactSearch(const nn::NetworkCore& network, size_t k)
      : ExactSearch(network, k, ProbabilityRule::OfNetwork(network)) {}
  // The same with probabilities by this rule.
  ExactSearch(const nn::NetworkCore& network, size_t k,
              const ProbabilityRule& rule);

  size_t k() const noexcept { return k_; }
  bool keeps_all() const noexcept { return k_ == network_.num_labels(); }

  // Scores inputs[0..n), n <= kMaxBlock. Requires: ids below num_features.
  // Throws: DivergedError when a score is not finite; ModelFileError where a
  // list of the sparse part is found to be damaged.
  void Run(std::span<const SparseView> inputs);

  // Calls visit(q, first, scores) for each input q, tile after tile: scores of
  // the labels from `first` on, which are scratch. Keeps nothing but hidden().
  // Requires and Throws: as Run.
  using Visitor = std::function<void(size_t q, size_t first, std::span<float>)>;
  void Scan(std::span<const SparseView> inputs, const Visitor& visit);

  // Results for input q of the last Run: its best labels, the logarithm of the
  // sum of exp(logit) over all labels, and its last hidden activations.
  std::span<const LabelScore> best(size_t q) const noexcept {
    return {best_.data() + q * k_, k_};
  }
  double log_normalizer(size_t q) const noexcept {
    return sums_[q].Logarithm();
  }
  // The normalizer of the rule, and by it a label's probability.
  double rule_normalizer(size_t q) const noexcept {
    return (slope_ == 1.0f ? sums_ : rule_sums_)[q].Logarithm();
  }
  float probability(size_t q, float logit) const noexcept {
    return rule_.Of(logit, rule_normalizer(q));
  }
  const ProbabilityRule& rule() const noexcept { return rule_; }
  std::span<const float> hidden(size_t q) const noexcept {
    return {queries_.data() + q * width_, width_};
  }

 private:
  // Adds the sparse part to an input's scores of the labels from `first` on.
  // next_pairs: of its features.
  void AddSparsePart(SparseView input, size_t first,
                     std::span<uint32_t> next_pairs,
                     std::span<float> scores) const noexcept;

  // Throws: ModelFileError unless all pairs of the inputs' features were taken.
  void CheckPairs(std::span<const SparseView> inputs) const;

  // Rows scored at once: a tile of them stays in the second-level cache.
  static constexpr size_t kTileRows = 512;

  // A sum of exponentials as it grows: sum * exp(max).
  struct RunningSum {
    float max = -std::numeric_limits<float>::infinity();
    double sum = 0.0;

    // Spoils x.
    void Add(std::span<float> x) noexcept;
    double Logarithm() const noexcept {
      return static_cast<double>(max) + std::log(sum);
    }
  };

  const nn::NetworkCore& network_;
  size_t k_;
  size_t width_;
  nn::HiddenBuffers activations_;
  util::AlignedBuffer<float> queries_;    // [kMaxBlock, width]
  util::AlignedBuffer<float> tile_;       // [kMaxBlock, kTileRows]
  util::AlignedBuffer<LabelScore> best_;  // [kMaxBlock, k]
  // The next pair in the list of each feature of each input, as far as tiles
  // have come; of the sparse part.
  std::vector<uint32_t> next_pairs_;
  std::vector<RunningSum> sums_;
  ProbabilityRule rule_;
  float slope_;                        // of the logits in the rule's normalizer
  std::vector<float> scaled_;          // a tile of one input, times slope_
  std::vector<RunningSum> rule_sums_;  // if slope_ is not 1
};

}  // namespace slide::predict
