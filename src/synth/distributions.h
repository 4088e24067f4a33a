// The two distributions of made-up data: ranks by a power law, and lengths.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "util/rng.h"

namespace slide::synth {

// 53 random bits as a number even over [0, 1).
inline double ToUnit(uint64_t bits) noexcept {
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

// Ranks 0 .. n - 1 with falling probability: rank r has
// ((r + 2)^(1 / k) - (r + 1)^(1 / k)) / ((n + 1)^(1 / k) - 1), k = kRoot, which
// is near to Zipf's law with exponent 1 - 1 / k. Chosen because the inverse of
// its distribution function is a k-th power: a draw costs k multiplications.
template <int kRoot>
class PowerLaw {
 public:
  // Requires: n >= 1.
  explicit PowerLaw(uint32_t n)
      : n_(n), span_(std::pow(n + 1.0, 1.0 / kRoot) - 1.0) {}

  // The rank that u, even over [0, 1), stands for.
  uint32_t operator()(double u) const noexcept {
    const double x = 1.0 + u * span_;
    double power = x;
    for (int i = 1; i < kRoot; ++i) power *= x;
    const auto rank = static_cast<uint64_t>(power) - 1;
    return rank < n_ ? static_cast<uint32_t>(rank) : n_ - 1;  // by rounding
  }

  double Probability(uint32_t rank) const {
    return (std::pow(rank + 2.0, 1.0 / kRoot) -
            std::pow(rank + 1.0, 1.0 / kRoot)) /
           span_;
  }

 private:
  uint32_t n_;
  double span_;  // of x
};

// Lengths 1 .. max, spread like the exponential of a normal variable (a
// log-normal density at each length), with the mean that is asked for.
class LengthDistribution {
 public:
  // spread: standard deviation of the logarithm, where 1 and max are far from
  // the mean. Requires: 1 <= mean <= max. Cost: O(max).
  LengthDistribution(double mean, double spread, uint32_t max);

  uint32_t max() const noexcept {
    return static_cast<uint32_t>(cumulative_.size());
  }
  uint32_t Draw(util::Rng& rng) const noexcept;

 private:
  // Fills cumulative_ for a normal variable around `center`; returns the mean.
  double Fill(const std::vector<double>& logs, double center, double spread);

  std::vector<double> cumulative_;  // [max]: probability of lengths to i + 1
};

}  // namespace slide::synth
