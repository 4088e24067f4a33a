// Ranking metrics of extreme classification, averaged over samples; as
// fractions of 1. Definitions follow the Extreme Classification repository
// (Bhatia et al., "The extreme classification repository", 2016) and, for the
// propensity-scored ones, Jain, Prabhu, Varma, "Extreme Multi-label Loss
// Functions", KDD 2016; docs/metrics.md writes them out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "slide/dataset.h"
#include "slide/label_metrics.h"
#include "slide/probability.h"

namespace slide {

class Network;

// All values at one cut k.
struct MetricsAtK {
  int k = 0;
  double precision = 0.0;  // P@k: hits among the first k, over k
  double ndcg = 0.0;       // nDCG@k: hits discounted by rank, over the ideal
  double recall = 0.0;     // hits over the sample's number of labels
  // Propensity-scored P@k and nDCG@k, over what the ideal ranking gets; unset
  // without propensities.
  std::optional<double> psp = {};
  std::optional<double> psndcg = {};
  // The first k labels as a set; unset without EvaluateOptions::with_sets.
  std::optional<SetMetrics> sets = {};
};

struct Metrics {
  std::vector<MetricsAtK> at;  // one for each k asked for, in that order
  // Mean over samples with labels of log-sum-exp(all logits) minus the mean
  // logit of the labels: softmax cross-entropy over all labels.
  std::optional<double> loss;
  uint64_t num_samples = 0;  // samples averaged over
  // With EvaluateOptions::with_sets. Share of samples whose best label is
  // right, if each has one label:
  std::optional<double> accuracy = {};
  // The labels from a threshold on:
  std::optional<SetMetrics> at_threshold = {};
  // [num_labels], counted from the threshold on, without one at the first cut.
  std::vector<LabelCounts> labels = {};
};

// Sums up ranked predictions sample by sample. A sample without labels counts
// as one without hits in P@k and is left out of the others' means.
class MetricsAccumulator {
 public:
  // ks: the cuts, each >= 1. inverse_propensities: [num_labels] or empty; must
  // outlive this object. Throws: OptionsError for a bad cut.
  explicit MetricsAccumulator(std::span<const int> ks,
                              std::span<const float> inverse_propensities = {});

  // ranked: labels by falling score, at least max(ks) of them unless the net
  // has fewer; labels: the truth, ascending. Throws: DataError for a label
  // without a propensity.
  void Add(std::span<const uint32_t> ranked, std::span<const uint32_t> labels);
  void AddLoss(double loss);
  // Adds what another accumulator has seen. Throws: OptionsError for one of
  // other cuts.
  void Merge(const MetricsAccumulator& other);
  Metrics Result() const;
  int max_k() const noexcept;

 private:
  struct Sums {
    double precision = 0, ndcg = 0, recall = 0;
    double psp = 0, psp_ideal = 0, psndcg = 0, psndcg_ideal = 0;
  };
  std::vector<int> ks_;
  std::span<const float> inverse_propensities_;
  std::vector<Sums> sums_;  // [ks]
  uint64_t num_samples_ = 0;
  uint64_t num_labelled_ = 0;
  double loss_ = 0.0;
  uint64_t num_losses_ = 0;
};

// 1 / propensity of each label, from its frequency in the training set:
// 1 + C (count + b)^-a with C = (log(points) - 1)(b + 1)^a.
// Source: Jain et al. 2016; a = 0.55, b = 1.5 are their general values.
std::vector<float> InversePropensities(const Dataset& train, double a = 0.55,
                                       double b = 1.5);

struct EvaluateOptions {
  std::vector<int> ks = {1, 3, 5};
  // Samples looked at, drawn by `seed` without repeats; 0: all.
  uint64_t num_samples = 0;
  uint64_t seed = 1;
  int num_threads = 0;  // 0: one for each core
  // Count for each label how often it is predicted and right: 24 bytes a label,
  // for each cut and the threshold.
  bool with_sets = false;
  // Looks at the labels from these probabilities on, too; implies with_sets.
  std::optional<Threshold> threshold = {};
  // The result of InversePropensities(); empty: no propensity-scored metrics.
  std::vector<float> inverse_propensities;

  void Validate() const;  // Throws: OptionsError naming the field.
};

// Called several times a second on the thread that called Evaluate, with the
// share of the samples that are done. Return false to stop.
using EvaluateCallback = std::function<bool(double share_done)>;

// Scores `data` exactly (all labels) and returns the metrics.
// Throws: DataError when the data has more features or labels than the network;
// OptionsError for fewer propensities than the data has labels, and for
// thresholds that the network does not have; DivergedError
// when a score is not finite; StoppedError when the callback says so.
Metrics Evaluate(const Network& network, const Dataset& data,
                 const EvaluateOptions& options = {},
                 const EvaluateCallback& callback = {});

// Returns the metrics of guessing the training set's most frequent labels for
// every sample: the floor under any learner. They have no loss.
Metrics EvaluatePopularity(const Dataset& train, const Dataset& test,
                           const EvaluateOptions& options = {});

}  // namespace slide
