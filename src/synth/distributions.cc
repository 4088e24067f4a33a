#include "synth/distributions.h"

#include <algorithm>

#include "util/check.h"

namespace slide::synth {

LengthDistribution::LengthDistribution(double mean, double spread, uint32_t max)
    : cumulative_(max) {
  SLIDE_DCHECK(1.0 <= mean && mean <= max);
  std::vector<double> logs(max);
  for (uint32_t i = 0; i < max; ++i) logs[i] = std::log(i + 1.0);
  // The mean rises with the center. It is 1 at the lower end here, max at the
  // upper one, and halving leaves no more between them than a double resolves.
  constexpr double kFar = 1000.0;
  constexpr int kHalvings = 60;
  double low = -kFar, high = kFar;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = 0.5 * (low + high);
    (Fill(logs, middle, spread) < mean ? low : high) = middle;
  }
  Fill(logs, high, spread);
}

double LengthDistribution::Fill(const std::vector<double>& logs, double center,
                                double spread) {
  // Falls on both sides of its largest value, which is kept from underflow.
  const auto log_density = [&](double log) {
    const double z = (log - center) / spread;
    return -0.5 * z * z - log;
  };
  const double mode =
      std::clamp(center - spread * spread, logs.front(), logs.back());
  const double largest = log_density(mode);
  double sum = 0.0, weighted = 0.0;
  for (size_t i = 0; i < logs.size(); ++i) {
    const double weight = std::exp(log_density(logs[i]) - largest);
    sum += weight;
    weighted += weight * (static_cast<double>(i) + 1.0);
    cumulative_[i] = sum;
  }
  for (double& c : cumulative_) c /= sum;
  return weighted / sum;
}

uint32_t LengthDistribution::Draw(util::Rng& rng) const noexcept {
  const auto at = std::upper_bound(cumulative_.begin(), cumulative_.end(),
                                   ToUnit(rng.Next()));
  return static_cast<uint32_t>(at - cumulative_.begin()) + 1;
}

}  // namespace slide::synth
