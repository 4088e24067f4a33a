#include "predict/exact_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/kernels.h"
#include "slide/error.h"
#include "util/check.h"

namespace slide::predict {
namespace {

// scores: of the labels from `first` on.
[[noreturn]] void RefuseScores(std::span<const float> scores, size_t first) {
  const auto bad = std::ranges::find_if(
      scores, [](float score) { return !std::isfinite(score); });
  throw DivergedError(fmt::format(
      "the score of label {} is {}, expected a finite number: the values of "
      "the sample or the weights of the network are too large",
      first + static_cast<size_t>(bad - scores.begin()), *bad));
}

[[noreturn]] void RefusePairs(uint32_t feature) {
  throw ModelFileError(
      fmt::format("the sparse part: feature {}: got a list that is damaged; "
                  "`slide info MODEL --verify` checks all of a file",
                  feature));
}

}  // namespace

ExactSearch::ExactSearch(const nn::NetworkCore& network, size_t k,
                         const ProbabilityRule& rule)
    : network_(network),
      k_(std::min(k, network.num_labels())),
      width_(network.hidden_width()),
      activations_(network.options().hidden),
      queries_(kMaxBlock * width_),
      tile_(kMaxBlock * kTileRows),
      best_(kMaxBlock * k_),
      sums_(kMaxBlock),
      rule_(rule),
      slope_(static_cast<float>(rule.normalizer_slope())),
      rule_sums_(kMaxBlock) {
  SLIDE_DCHECK(k >= 1);
}

void ExactSearch::Run(std::span<const SparseView> inputs) {
  std::vector<TopK> tops;
  tops.reserve(inputs.size());
  for (size_t q = 0; q < inputs.size(); ++q) {
    tops.emplace_back(std::span(best_.data() + q * k_, k_));
    sums_[q] = {};
    rule_sums_[q] = {};
  }
  Scan(inputs, [&](size_t q, size_t first, std::span<float> scores) {
    tops[q].Offer(scores, static_cast<uint32_t>(first));
    if (slope_ != 1.0f) {
      scaled_.assign(scores.begin(), scores.end());
      for (float& score : scaled_) score *= slope_;
      rule_sums_[q].Add(scaled_);
    }
    sums_[q].Add(scores);
  });
}

void ExactSearch::RunningSum::Add(std::span<float> x) noexcept {
  const float new_max = std::max(max, kernels::Max(x));
  const double rescale = std::exp(static_cast<double>(max - new_max));
  sum = sum * (sum == 0.0 ? 0.0 : rescale) +
        static_cast<double>(kernels::ExpSum(x, new_max, x));
  max = new_max;
}

void ExactSearch::Scan(std::span<const SparseView> inputs,
                       const Visitor& visit) {
  const size_t n = inputs.size();
  SLIDE_DCHECK(n <= kMaxBlock);
  for (size_t q = 0; q < n; ++q) {
    network_.ForwardHidden(inputs[q], activations_);
    std::copy_n(activations_.last().data(), width_,
                queries_.data() + q * width_);
  }
  static_assert(kTileRows == kernels::kGroupIds);
  const nn::SparsePart* sparse = network_.sparse_part();
  next_pairs_.clear();
  if (sparse != nullptr) {
    for (const SparseView& input : inputs) {
      next_pairs_.resize(next_pairs_.size() + input.size());
    }
  }
  const kernels::ConstRowsView rows = network_.output().weights().rows();
  const size_t num_labels = network_.num_labels();
  for (size_t first = 0; first < num_labels; first += kTileRows) {
    const size_t count = std::min(kTileRows, num_labels - first);
    kernels::ScoreRows(rows, first, count, {queries_.data(), n * width_}, n,
                       {tile_.data(), n * count});
    std::span<uint32_t> next_pairs = next_pairs_;
    for (size_t q = 0; q < n; ++q) {
      const std::span<float> scores(tile_.data() + q * count, count);
      if (sparse != nullptr) {
        const size_t num = inputs[q].size();
        AddSparsePart(inputs[q], first, next_pairs.first(num), scores);
        next_pairs = next_pairs.subspan(num);
      }
      if (kernels::ContentOf(scores) == kernels::Content::kNotFinite) {
        RefuseScores(scores, first);
      }
      visit(q, first, scores);
    }
  }
  if (sparse != nullptr) CheckPairs(inputs);
}

void ExactSearch::CheckPairs(std::span<const SparseView> inputs) const {
  const nn::SparsePart& sparse = *network_.sparse_part();
  size_t i = 0;
  for (const SparseView& input : inputs) {
    for (const uint32_t feature : input.ids) {
      if (next_pairs_[i++] != sparse.ListOf(feature).num) RefusePairs(feature);
    }
  }
}

void ExactSearch::AddSparsePart(SparseView input, size_t first,
                                std::span<uint32_t> next_pairs,
                                std::span<float> scores) const noexcept {
  const nn::SparsePart& sparse = *network_.sparse_part();
  for (size_t i = 0; i < input.size(); ++i) {
    next_pairs[i] =
        kernels::AddPairs(sparse.pairs(), sparse.ListOf(input.ids[i]),
                          next_pairs[i], sparse.weight() * input.values[i],
                          static_cast<uint32_t>(first), scores);
  }
}

}  // namespace slide::predict
