#include "train/sparse_weight.h"

#include <algorithm>
#include <cmath>

#include "slide/trainer.h"

namespace slide::train {
namespace {

// Multiples of the weight there is, from 1 away.
constexpr float kMultiples[] = {1.0f, 1.2f, 0.85f, 1.4f, 0.7f,
                                1.7f, 2.0f, 0.5f,  2.4f, 2.8f};
constexpr uint64_t kMaxSamples = 2000;

}  // namespace

bool ChooseSparseWeight(const Network& network, nn::NetworkCore& core,
                        const Dataset& validation, EvaluateOptions options,
                        const EvaluateCallback& callback) {
  nn::SparsePart& part = *core.sparse_part();
  const float before = part.weight();
  options.num_samples = options.num_samples == 0
                            ? kMaxSamples
                            : std::min(options.num_samples, kMaxSamples);
  float best = 1.0f;
  double best_score = -1.0;
  try {
    for (const float multiple : kMultiples) {
      part.set_weight(multiple * before);
      const double score =
          MeanPrecision(Evaluate(network, validation, options, callback));
      if (score <= best_score) continue;
      best = multiple;
      best_score = score;
    }
  } catch (...) {  // thrown on
    part.set_weight(before);
    throw;
  }
  part.set_weight(before * std::sqrt(best));
  return part.weight() != before;
}

}  // namespace slide::train
