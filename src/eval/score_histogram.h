// ScoreHistogram: how often each log odds was given to labels that a sample
// has, and to those that it has not. From its counts follow the calibration,
// its reliability and the best threshold, in the memory of the histogram
// however many samples and labels there are; counts do not depend on the order
// of the samples.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace slide::eval {

class ScoreHistogram {
 public:
  ScoreHistogram() : bins_(kNumBins) {}

  void Add(double score, bool is_true) noexcept {
    const double place = (score + kLimit) * kBinsPerUnit;
    const auto bin = static_cast<size_t>(
        std::clamp(place, 0.0, static_cast<double>(kNumBins - 1)));
    ++(is_true ? bins_[bin].trues : bins_[bin].falses);
  }
  void Merge(const ScoreHistogram& other) noexcept;

  uint64_t num_true() const noexcept;

  // Probabilities are 1 / (1 + exp(-(slope * score + offset))).
  struct Line {
    double slope = 1.0;
    double offset = 0.0;
  };
  // Returns the line of the least Loss. Requires: num_true() > 0.
  // Source: Newton's method with halved steps, as the loss is convex.
  Line Fit() const;
  // Negative log likelihood, the sum over all that were added.
  double Loss(const Line& line) const;
  // See Reliability::error.
  double CalibrationError(const Line& line) const;

  // The threshold of the best F1 over all that were added.
  struct Cut {
    double probability = 1.0;
    double f1 = 0.0;
  };
  Cut BestCut(const Line& line) const;

 private:
  // Scores beyond the limit count as at it. A probability is off by a bin's
  // half width at most, p (1 - p) / 128.
  static constexpr double kLimit = 64.0;
  static constexpr double kBinsPerUnit = 64.0;
  static constexpr size_t kNumBins = 2 * 64 * 64;

  struct Bin {
    uint64_t falses = 0, trues = 0;
  };
  static double Score(size_t bin) noexcept {
    return (static_cast<double>(bin) + 0.5) / kBinsPerUnit - kLimit;
  }

  std::vector<Bin> bins_;
};

}  // namespace slide::eval
