// The formulas, with their sources and a worked example: docs/metrics.md.
#include "slide/metrics.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>

#include "eval/sample_indices.h"
#include "slide/error.h"
#include "util/thread_team.h"

namespace slide {
namespace {

void CheckCuts(std::span<const int> ks) {
  if (ks.empty()) {
    throw OptionsError("ks: got none, expected one cut or more");
  }
  for (const int k : ks) {
    if (k < 1) {
      throw OptionsError(
          fmt::format("ks: got {}, expected cuts of at least 1", k));
    }
  }
}

// Returns the gain in DCG of a hit at this rank, counted from 0.
double Discount(size_t rank) {
  return 1.0 / std::log2(static_cast<double>(rank) + 2.0);
}

double RatioOrZero(double numerator, double denominator) {
  return denominator > 0.0 ? numerator / denominator : 0.0;
}

// The `num` labels counted most often, ties to the lower label.
std::vector<uint32_t> MostFrequent(const std::vector<uint64_t>& counts,
                                   size_t num) {
  std::vector<uint32_t> labels(counts.size());
  std::iota(labels.begin(), labels.end(), uint32_t{0});
  num = std::min(num, labels.size());
  std::partial_sort(labels.begin(),
                    labels.begin() + static_cast<ptrdiff_t>(num), labels.end(),
                    [&](uint32_t a, uint32_t b) {
                      if (counts[a] != counts[b]) return counts[a] > counts[b];
                      return a < b;
                    });
  labels.resize(num);
  return labels;
}

}  // namespace

MetricsAccumulator::MetricsAccumulator(
    std::span<const int> ks, std::span<const float> inverse_propensities)
    : ks_(ks.begin(), ks.end()),
      inverse_propensities_(inverse_propensities),
      sums_(ks.size()) {
  CheckCuts(ks);
}

void MetricsAccumulator::Add(std::span<const uint32_t> ranked,
                             std::span<const uint32_t> labels) {
  ++num_samples_;
  if (labels.empty()) return;
  ++num_labelled_;

  // The sample's weights, largest first: the ideal propensity-scored ranking.
  std::vector<double> weights;
  if (!inverse_propensities_.empty()) {
    const uint32_t last = std::ranges::max(labels);
    if (last >= inverse_propensities_.size()) {
      throw DataError(
          fmt::format("label {}: got {} propensities, expected one "
                      "for each label",
                      last, inverse_propensities_.size()));
    }
    for (const uint32_t label : labels) {
      weights.push_back(inverse_propensities_[label]);
    }
    std::sort(weights.begin(), weights.end(), std::greater<>());
  }

  for (size_t i = 0; i < ks_.size(); ++i) {
    const size_t k = static_cast<size_t>(ks_[i]);
    Sums& sums = sums_[i];
    double hits = 0.0, dcg = 0.0, weighted_hits = 0.0, weighted_dcg = 0.0;
    for (size_t rank = 0; rank < std::min(k, ranked.size()); ++rank) {
      const uint32_t label = ranked[rank];
      if (!std::binary_search(labels.begin(), labels.end(), label)) continue;
      hits += 1.0;
      dcg += Discount(rank);
      if (weights.empty()) continue;
      weighted_hits += inverse_propensities_[label];
      weighted_dcg += inverse_propensities_[label] * Discount(rank);
    }

    double ideal_dcg = 0.0, best_hits = 0.0, best_dcg = 0.0;
    for (size_t rank = 0; rank < std::min(k, labels.size()); ++rank) {
      ideal_dcg += Discount(rank);
      if (weights.empty()) continue;
      best_hits += weights[rank];
      best_dcg += weights[rank] * Discount(rank);
    }

    sums.precision += hits / static_cast<double>(k);
    sums.ndcg += dcg / ideal_dcg;
    sums.recall += hits / static_cast<double>(labels.size());
    sums.psp += weighted_hits;
    sums.psp_ideal += best_hits;
    sums.psndcg += weighted_dcg / ideal_dcg;
    sums.psndcg_ideal += best_dcg / ideal_dcg;
  }
}

void MetricsAccumulator::AddLoss(double loss) {
  loss_ += loss;
  ++num_losses_;
}

void MetricsAccumulator::Merge(const MetricsAccumulator& other) {
  if (ks_ != other.ks_) {
    throw OptionsError(fmt::format("ks: got {}, expected {} as here",
                                   fmt::join(other.ks_, ","),
                                   fmt::join(ks_, ",")));
  }
  for (size_t i = 0; i < sums_.size(); ++i) {
    const Sums& from = other.sums_[i];
    Sums& to = sums_[i];
    to.precision += from.precision;
    to.ndcg += from.ndcg;
    to.recall += from.recall;
    to.psp += from.psp;
    to.psp_ideal += from.psp_ideal;
    to.psndcg += from.psndcg;
    to.psndcg_ideal += from.psndcg_ideal;
  }
  num_samples_ += other.num_samples_;
  num_labelled_ += other.num_labelled_;
  loss_ += other.loss_;
  num_losses_ += other.num_losses_;
}

Metrics MetricsAccumulator::Result() const {
  const double num_samples = static_cast<double>(num_samples_);
  const double num_labelled = static_cast<double>(num_labelled_);
  Metrics metrics;
  metrics.num_samples = num_samples_;
  for (size_t i = 0; i < ks_.size(); ++i) {
    const Sums& sums = sums_[i];
    MetricsAtK at;
    at.k = ks_[i];
    at.precision = RatioOrZero(sums.precision, num_samples);
    at.ndcg = RatioOrZero(sums.ndcg, num_labelled);
    at.recall = RatioOrZero(sums.recall, num_labelled);
    if (!inverse_propensities_.empty()) {
      at.psp = RatioOrZero(sums.psp, sums.psp_ideal);
      at.psndcg = RatioOrZero(sums.psndcg, sums.psndcg_ideal);
    }
    metrics.at.push_back(at);
  }
  if (num_losses_ > 0) {
    metrics.loss = loss_ / static_cast<double>(num_losses_);
  }
  return metrics;
}

int MetricsAccumulator::max_k() const noexcept {
  return *std::max_element(ks_.begin(), ks_.end());
}

std::vector<float> InversePropensities(const Dataset& train, double a,
                                       double b) {
  // The formula turns weights upside down below e points; there every label
  // then weighs 1.
  const double points =
      std::max(static_cast<double>(train.size()), std::numbers::e);
  const double c = (std::log(points) - 1.0) * std::pow(b + 1.0, a);
  std::vector<float> inverse;
  inverse.reserve(train.num_labels());
  for (const uint64_t count : train.LabelCounts()) {
    inverse.push_back(static_cast<float>(
        1.0 + c * std::pow(static_cast<double>(count) + b, -a)));
  }
  return inverse;
}

Metrics EvaluatePopularity(const Dataset& train, const Dataset& test,
                           const EvaluateOptions& options) {
  options.Validate();
  if (test.num_labels() > train.num_labels()) {
    throw DataError(fmt::format(
        "test set: got {} labels, expected at most the training set's {}",
        test.num_labels(), train.num_labels()));
  }
  if (!options.inverse_propensities.empty() &&
      options.inverse_propensities.size() != train.num_labels()) {
    throw OptionsError(fmt::format(
        "inverse_propensities: got {} values, expected {}, one a label",
        options.inverse_propensities.size(), train.num_labels()));
  }
  MetricsAccumulator metrics(options.ks, options.inverse_propensities);
  const std::vector<uint32_t> ranked =
      MostFrequent(train.LabelCounts(), static_cast<size_t>(metrics.max_k()));
  for (const uint64_t i :
       eval::SampleIndices(test.size(), options.num_samples, options.seed)) {
    metrics.Add(ranked, test[i].labels);
  }
  return metrics.Result();
}

}  // namespace slide
