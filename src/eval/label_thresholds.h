// LabelThresholds(): for each label the probability from which on its F1 is
// best, in memory for a number a label mark.
#pragma once

#include <cstdint>
#include <vector>

#include "eval/score_visit.h"
#include "predict/probability.h"

namespace slide::eval {

struct OwnThresholds {
  std::vector<float> thresholds;  // [num_labels]
  uint64_t num_own = 0;           // that are not the fallback
};

// Labels of fewer than min_positives of the samples get the fallback; no
// threshold is below half of that.
// Throws: as ExactSearch::Run. Cost: scores all labels twice, or four times by
// a rule with a normalizer.
OwnThresholds LabelThresholds(const Scene& scene,
                              const predict::ProbabilityRule& rule,
                              uint64_t min_positives, float fallback);

}  // namespace slide::eval
