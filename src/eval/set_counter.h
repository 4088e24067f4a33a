// SetCounter: the part of an evaluation that looks at labels one by one.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "eval/label_tally.h"
#include "nn/network_core.h"
#include "predict/cutoffs.h"
#include "predict/exact_search.h"
#include "slide/dataset.h"
#include "slide/metrics.h"
#include "slide/network.h"

namespace slide::eval {

// Counts labels at each cut and from a threshold on; nothing, if that is not
// asked for. Threads: Add...() may be called by any number at once.
class SetCounter {
 public:
  using Scratch = std::vector<std::vector<ScoredLabel>>;

  SetCounter(const nn::NetworkCore& network, const EvaluateOptions& options)
      : ks_(options.ks) {
    if (options.threshold) {
      cutoffs_.emplace(network, *options.threshold);
      above_.emplace(network.num_labels());
    }
    if (!options.with_sets && !options.threshold) return;
    at_.assign(ks_.size(), LabelTally(network.num_labels()));
  }

  // Labels that a search has to keep.
  size_t SearchDepth(size_t max_k) const noexcept {
    return cutoffs_ ? std::max(max_k, predict::Cutoffs::kKept) : max_k;
  }

  void AddRanked(std::span<const uint32_t> ranked,
                 std::span<const uint32_t> labels) noexcept {
    if (labels.size() == 1) {
      num_single_ += 1;
      num_right_ += ranked.front() == labels.front() ? 1 : 0;
    }
    for (size_t i = 0; i < at_.size(); ++i) {
      const size_t k = std::min(static_cast<size_t>(ks_[i]), ranked.size());
      at_[i].Add(ranked.first(k), labels, std::identity());
    }
  }

  // Spoils the search's hidden().
  void AddAbove(const Dataset& data, std::span<const uint64_t> block,
                std::span<const SparseView> inputs,
                predict::ExactSearch& search, Scratch& sets) {
    if (!cutoffs_) return;
    cutoffs_->FindAll(inputs, search, sets);
    for (size_t q = 0; q < inputs.size(); ++q) {
      above_->Add(std::span<const ScoredLabel>(sets[q]), data[block[q]].labels,
                  [](const ScoredLabel& scored) { return scored.label; });
    }
  }

  // Adds what was counted of so many samples to the metrics.
  void Report(size_t num_samples, Metrics& metrics) {
    if (at_.empty()) return;
    for (size_t i = 0; i < at_.size(); ++i) {
      metrics.at[i].sets = Summarize(at_[i].counts());
    }
    if (num_single_ == num_samples && num_samples > 0) {
      metrics.accuracy =
          static_cast<double>(num_right_) / static_cast<double>(num_samples);
    }
    if (above_) metrics.at_threshold = Summarize(above_->counts());
    metrics.labels = std::move(above_ ? *above_ : at_.front()).Take();
  }

 private:
  std::vector<int> ks_;
  std::optional<predict::Cutoffs> cutoffs_;
  std::vector<LabelTally> at_;  // [ks]
  std::optional<LabelTally> above_;
  // Samples of one label, and those whose best label is it.
  std::atomic<uint64_t> num_single_ = 0, num_right_ = 0;
};

}  // namespace slide::eval
