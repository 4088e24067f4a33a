#include "eval/label_thresholds.h"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <span>

namespace slide::eval {
namespace {

// No threshold is below this share of the one for all labels. Few positives
// find their best F1 at a probability so low that other samples reach it by
// chance: on the half of a validation set of the bundled data that was not
// fitted to, micro F1 is 0.198 without a floor, 0.326 with it, and macro F1 the
// same.
constexpr float kFloor = 0.5f;

// The best F1 of a label is reached at the probability of one of its true
// samples. sorted: those, ascending; falses[i]: false samples from sorted[i] up
// to the next. Returns the fallback if no F1 is above 0.
float BestThreshold(std::span<const float> sorted,
                    std::span<const uint32_t> falses, float fallback) {
  const size_t positives = sorted.size();
  uint64_t num_false = 0;
  double best_f1 = 0.0;
  float best = fallback;
  for (size_t i = positives; i-- > 0;) {
    num_false += falses[i];
    // The lowest of equal ones takes all.
    if (i > 0 && sorted[i - 1] == sorted[i]) continue;
    const double hits = static_cast<double>(positives - i);
    const double f1 = 2.0 * hits /
                      (hits + static_cast<double>(num_false) +
                       static_cast<double>(positives));
    if (f1 <= best_f1) continue;
    best_f1 = f1;
    best = sorted[i];
  }
  return best;
}

}  // namespace

OwnThresholds LabelThresholds(const Scene& scene,
                              const predict::ProbabilityRule& rule,
                              uint64_t min_positives, float fallback) {
  const size_t num_labels = scene.network.num_labels();
  // A part of the arrays below for each label that has enough positives.
  std::vector<uint64_t> begins(num_labels + 1);
  for (const uint64_t i : scene.samples) {
    for (const uint32_t label : scene.data[i].labels) ++begins[label + 1];
  }
  for (uint64_t& num : begins) num = num < min_positives ? 0 : num;
  std::partial_sum(begins.begin(), begins.end(), begins.begin());
  const auto is_own = [&](uint32_t label) {
    return begins[label] != begins[label + 1];
  };

  std::vector<float> positives(begins.back());
  std::vector<uint64_t> ends(begins.begin(), begins.end() - 1);
  VisitScores(scene, rule, is_own, [&](int, const ScoredPair& pair) {
    if (!pair.is_true) return;
    const uint64_t place = std::atomic_ref(ends[pair.label])
                               .fetch_add(1, std::memory_order_relaxed);
    positives[place] = rule.Of(pair.logit, pair.normalizer);
  });
  for (size_t label = 0; label < num_labels; ++label) {
    std::sort(positives.begin() + static_cast<ptrdiff_t>(begins[label]),
              positives.begin() + static_cast<ptrdiff_t>(begins[label + 1]));
  }

  std::vector<uint32_t> falses(positives.size());
  VisitScores(scene, rule, is_own, [&](int, const ScoredPair& pair) {
    if (pair.is_true) return;
    const auto begin =
        positives.begin() + static_cast<ptrdiff_t>(begins[pair.label]);
    const float probability = rule.Of(pair.logit, pair.normalizer);
    if (probability < *begin) return;
    const auto end =
        positives.begin() + static_cast<ptrdiff_t>(begins[pair.label + 1]);
    const auto above = std::upper_bound(begin, end, probability);
    std::atomic_ref(falses[static_cast<size_t>(above - positives.begin() - 1)])
        .fetch_add(1, std::memory_order_relaxed);
  });

  OwnThresholds own;
  own.thresholds.assign(num_labels, fallback);
  for (uint32_t label = 0; label < num_labels; ++label) {
    if (!is_own(label)) continue;
    ++own.num_own;
    const size_t begin = begins[label], num = begins[label + 1] - begin;
    own.thresholds[label] = std::max(
        kFloor * fallback,
        BestThreshold(std::span(positives).subspan(begin, num),
                      std::span(falses).subspan(begin, num), fallback));
  }
  return own;
}

}  // namespace slide::eval
