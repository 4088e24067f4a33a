#include "sampling/alias_sampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "util/check.h"

namespace slide::sampling {

AliasSampler::AliasSampler(std::span<const uint64_t> label_counts,
                           double frequency_share, size_t num_draws)
    : frequency_share_(static_cast<float>(frequency_share)),
      entries_(label_counts.size()),
      shares_(label_counts.size()) {
  SLIDE_DCHECK(!label_counts.empty() && 0.0 <= frequency_share &&
               frequency_share <= 1.0);
  const size_t n = label_counts.size();
  const double total =
      std::accumulate(label_counts.begin(), label_counts.end(), 0.0);
  // heights: the shares times n; an entry keeps min(height, 1), and one that is
  // too low is filled up from one that is too high.
  std::vector<double> heights(n);
  std::vector<uint32_t> low, high;
  for (size_t i = 0; i < n; ++i) {
    const double share = total > 0.0
                             ? static_cast<double>(label_counts[i]) / total
                             : 1.0 / static_cast<double>(n);
    shares_[i] = static_cast<float>(share);
    heights[i] = share * static_cast<double>(n);
    (heights[i] < 1.0 ? low : high).push_back(static_cast<uint32_t>(i));
  }
  while (!low.empty() && !high.empty()) {
    const uint32_t taker = low.back();
    const uint32_t giver = high.back();
    low.pop_back();
    entries_[taker] = {static_cast<float>(heights[taker]), giver, 0.0f, 0.0f};
    heights[giver] -= 1.0 - heights[taker];
    if (heights[giver] < 1.0) {
      high.pop_back();
      low.push_back(giver);
    }
  }
  // Columns that rounding left over are full.
  for (const uint32_t i : low) entries_[i] = {1.0f, i, 0.0f, 0.0f};
  for (const uint32_t i : high) entries_[i] = {1.0f, i, 0.0f, 0.0f};
  const auto correction = [&](uint32_t neuron) {
    const double expected =
        static_cast<double>(num_draws) * Probability(neuron);
    return expected > 0.0
               ? static_cast<float>(std::max(0.0, -std::log(expected)))
               : 0.0f;
  };
  for (size_t i = 0; i < n; ++i) {
    entries_[i].correction = correction(static_cast<uint32_t>(i));
    entries_[i].alias_correction = correction(entries_[i].alias);
  }
}

double AliasSampler::Probability(uint32_t n) const noexcept {
  const double mix = static_cast<double>(frequency_share_);
  return (1.0 - mix) / static_cast<double>(shares_.size()) +
         mix * static_cast<double>(shares_[n]);
}

}  // namespace slide::sampling
