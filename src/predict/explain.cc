// Explain(): leave-one-out (occlusion: Zeiler and Fergus, "Visualizing and
// understanding convolutional networks", ECCV 2014) of each feature. In a dense
// first layer, the sums without feature i are b + c (z - b - x_i w_i), c being
// what the others are scaled up by, so that one row is read instead of all.
#include "slide/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>

#include "kernels/kernels.h"
#include "nn/check_sample.h"
#include "nn/network_access.h"
#include "nn/network_core.h"
#include "predict/check_samples.h"
#include "slide/error.h"
#include "util/thread_team.h"

namespace slide {
namespace {

double SquaredNorm(std::span<const float> values) noexcept {
  double sum = 0.0;
  for (const float value : values) sum += double{value} * double{value};
  return sum;
}

// Explains samples one by one; scratch of one thread.
class Explainer {
 public:
  Explainer(const nn::NetworkCore& network, const ExplainOptions& options)
      : network_(network),
        options_(options),
        activations_(network.options().hidden) {}

  // reasons: [labels]. Requires: features and labels of the network.
  void Run(SparseView x, std::span<const uint32_t> labels,
           std::span<std::vector<Reason>> reasons) {
    const size_t num = labels.size();
    squared_norm_ = SquaredNorm(x.values);
    Score(x, labels, [&] { ForwardWhole(x); });
    whole_.assign(logits_.begin(), logits_.end());
    for (std::vector<Reason>& some : reasons) some.clear();
    for (size_t i = 0; i < x.size(); ++i) {
      LeaveOut(i, x);
      Score(rest(), labels, [&] { ForwardRest(i, x); });
      for (size_t j = 0; j < num; ++j) {
        const SparseView own = {x.ids.subspan(i, 1), x.values.subspan(i, 1)};
        reasons[j].push_back(
            {x.ids[i], whole_[j] - logits_[j], PairsOf(own, labels[j])});
      }
    }
    for (std::vector<Reason>& some : reasons) KeepLargest(some);
  }

 private:
  SparseView rest() const noexcept { return {ids_, values_}; }

  // Fills ids_, values_ with all features but i.
  void LeaveOut(size_t i, SparseView x) {
    ids_.assign(x.ids.begin(), x.ids.end());
    ids_.erase(ids_.begin() + static_cast<ptrdiff_t>(i));
    values_.assign(x.values.begin(), x.values.end());
    values_.erase(values_.begin() + static_cast<ptrdiff_t>(i));
    const double squared_norm = SquaredNorm(values_);
    growth_ = 1.0f;
    if (!options_.rescale || !(squared_norm > 0.0)) return;
    growth_ = static_cast<float>(std::sqrt(squared_norm_ / squared_norm));
    for (float& value : values_) value *= growth_;
  }

  // Keeps the sums of a dense first layer beside the activations.
  void ForwardWhole(SparseView x) {
    const nn::Layer& first = network_.layers().front();
    first.ForwardAll(util::VectorView(x), activations_[0]);
    sums_.assign(activations_[0].begin(), activations_[0].end());
    network_.ForwardFromSums(activations_);
  }

  void ForwardRest(size_t i, SparseView x) {
    const nn::Layer& first = network_.layers().front();
    const std::span<float> sums = activations_[0];
    // Differences of sums lose digits, and growth makes that larger.
    constexpr float kMaxGrowth = 4.0f;
    if (!first.is_input_major() || growth_ > kMaxGrowth) {
      first.ForwardAll(util::VectorView(rest()), sums);
    } else {
      std::ranges::fill(sums, 0.0f);
      constexpr uint32_t kRow = 0;
      const float bias_share = 1.0f - growth_;
      kernels::AccumulateRows(first.bias()->rows(), {&kRow, 1},
                              {&bias_share, 1}, sums);
      const float taken = -growth_ * x.values[i];
      kernels::AccumulateRows(first.weights().rows(), x.ids.subspan(i, 1),
                              {&taken, 1}, sums);
      kernels::Axpy(growth_, sums_, sums);
    }
    network_.ForwardFromSums(activations_);
  }

  // Sets logits_ of the labels for these features. forward: fills the
  // activations.
  template <typename F>
  void Score(SparseView x, std::span<const uint32_t> labels, const F& forward) {
    forward();
    logits_.resize(labels.size());
    network_.output().Forward(
        util::VectorView(std::span<const float>(activations_.last())), labels,
        logits_);
    for (size_t j = 0; j < labels.size(); ++j) {
      logits_[j] += PairsOf(x, labels[j]);
    }
  }

  float PairsOf(SparseView x, uint32_t label) const noexcept {
    const nn::SparsePart* sparse = network_.sparse_part();
    return sparse == nullptr ? 0.0f
                             : sparse->weight() * sparse->ScoreOf(x, label);
  }

  void KeepLargest(std::vector<Reason>& reasons) const {
    const size_t num = std::min(options_.num_reasons, reasons.size());
    std::partial_sort(reasons.begin(),
                      reasons.begin() + static_cast<ptrdiff_t>(num),
                      reasons.end(), [](const Reason& a, const Reason& b) {
                        return a.change != b.change ? a.change > b.change
                                                    : a.feature < b.feature;
                      });
    reasons.resize(num);
  }

  const nn::NetworkCore& network_;
  const ExplainOptions options_;
  nn::HiddenBuffers activations_;
  double squared_norm_ = 0.0;  // of the sample
  std::vector<uint32_t> ids_;  // the sample without a feature
  std::vector<float> values_;
  float growth_ = 1.0f;        // of its other values
  std::vector<float> sums_;    // of the first layer, for the sample
  std::vector<float> logits_;  // [labels]
  std::vector<float> whole_;   // the same for the sample
};

}  // namespace

std::vector<std::vector<Reason>> Explain(const Network& network,
                                         SparseView features,
                                         std::span<const uint32_t> labels,
                                         const ExplainOptions& options) {
  nn::CheckFeatures(features, network.options().num_features);
  for (const uint32_t label : labels) {
    predict::CheckLabel(network.options(), label);
  }
  std::vector<std::vector<Reason>> reasons(labels.size());
  Explainer(nn::NetworkAccess::Core(network), options)
      .Run(features, labels, reasons);
  return reasons;
}

std::vector<std::vector<Reason>> Explain(const Network& network,
                                         const Dataset& data, size_t begin,
                                         const Predictions& predictions,
                                         const ExplainOptions& options,
                                         int num_threads) {
  const size_t num = predictions.size();
  predict::CheckSamples(network.options(), data, begin, begin + num);
  if (num > 0 && predictions.ends.back() != predictions.labels.size()) {
    throw OptionsError(fmt::format(
        "predictions: got {} labels, expected the {} that their ends say",
        predictions.labels.size(), predictions.ends.back()));
  }
  for (const ScoredLabel& best : predictions.labels) {
    predict::CheckLabel(network.options(), best.label);
  }
  std::vector<std::vector<Reason>> reasons(predictions.labels.size());
  const util::ThreadTeam team(num_threads);
  std::atomic<size_t> next = 0;
  team.Run([&](int, int) {
    std::vector<uint32_t> labels;
    Explainer explainer(nn::NetworkAccess::Core(network), options);
    for (size_t i = next++; i < num; i = next++) {
      const std::span<const ScoredLabel> best = predictions[i];
      labels.resize(best.size());
      std::ranges::transform(best, labels.begin(), &ScoredLabel::label);
      explainer.Run(data[begin + i].features, labels,
                    std::span(reasons).subspan(
                        predictions.ends[i] - best.size(), best.size()));
    }
  });
  return reasons;
}

}  // namespace slide
