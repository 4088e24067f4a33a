// Counts of independent trials that succeed with one probability.
#pragma once

#include <gmock/gmock.h>

#include <cmath>

namespace slide::testing_support {

// The number of successes in so many trials, each with probability p, is within
// five standard deviations of its mean.
MATCHER_P2(IsBinomial, trials, p, "") {
  const double mean = static_cast<double>(trials) * p;
  const double bound = 5.0 * std::sqrt(mean * (1.0 - p));
  *result_listener << "which should be " << mean << " +- " << bound;
  return std::abs(static_cast<double>(arg) - mean) <= bound;
}

}  // namespace slide::testing_support
