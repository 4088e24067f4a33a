#include "predict/cutoffs.h"

#include <algorithm>
#include <functional>

#include "kernels/kernels.h"
#include "slide/error.h"

namespace slide::predict {

Cutoffs::Cutoffs(const nn::NetworkCore& network, const Threshold& threshold) {
  threshold.Validate();
  if (threshold.at) {
    least_ = *threshold.at;
    return;
  }
  const std::optional<Calibration>& found = network.calibration();
  if (!found || (!found->threshold && found->label_thresholds.empty())) {
    throw OptionsError(
        "threshold: got auto, expected a number, for the network has no "
        "thresholds; `slide calibrate` fits them");
  }
  each_ = found->label_thresholds;
  least_ = each_.empty() ? *found->threshold
                         : static_cast<double>(std::ranges::min(each_));
}

void Cutoffs::FindAll(std::span<const SparseView> inputs, ExactSearch& search,
                      std::vector<std::vector<ScoredLabel>>& sets) const {
  sets.resize(inputs.size());
  // Inputs whose worst kept label may not be the last that reaches its cutoff.
  std::vector<SparseView> deeper;
  std::vector<size_t> places;
  std::vector<double> normalizers;
  for (size_t q = 0; q < inputs.size(); ++q) {
    sets[q].clear();
    for (const auto& [label, logit] : search.best(q)) {
      const float probability = search.probability(q, logit);
      if (Reaches(label, probability)) {
        sets[q].push_back({label, logit, probability});
      }
    }
    const float worst = search.probability(q, search.best(q).back().score);
    if (search.keeps_all() || static_cast<double>(worst) < least_) continue;
    sets[q].clear();
    deeper.push_back(inputs[q]);
    places.push_back(q);
    normalizers.push_back(search.rule_normalizer(q));
  }
  if (deeper.empty()) return;
  const ProbabilityRule& rule = search.rule();
  search.Scan(deeper, [&](size_t d, size_t first, std::span<float> scores) {
    const float least = rule.LeastLogit(least_, normalizers[d]);
    for (size_t i = 0;; ++i) {
      i = kernels::FindAbove(scores, i, least);
      if (i == scores.size()) return;
      const auto label = static_cast<uint32_t>(first + i);
      const float probability = rule.Of(scores[i], normalizers[d]);
      if (!Reaches(label, probability)) continue;
      sets[places[d]].push_back({label, scores[i], probability});
    }
  });
  for (const size_t place : places) {
    std::ranges::stable_sort(sets[place], std::greater<>(),
                             &ScoredLabel::logit);
  }
}

}  // namespace slide::predict
