#include "eval/score_histogram.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "util/rng.h"

namespace slide::eval::score_histogram_test {
namespace {

using Line = ScoreHistogram::Line;
constexpr uint64_t kSeed = 31;

double Probability(const Line& line, double score) {
  return 1.0 / (1.0 + std::exp(-(line.slope * score + line.offset)));
}

// Labels drawn with the probabilities of a line.
std::vector<std::pair<double, bool>> Draw(const Line& line, int num) {
  util::Rng rng = util::Rng(kSeed).Stream(util::Purpose::kTest);
  std::vector<std::pair<double, bool>> pairs;
  for (int i = 0; i < num; ++i) {
    const double score = 3.0 * static_cast<double>(rng.Normal());
    pairs.emplace_back(score, rng.Uniform() < Probability(line, score));
  }
  return pairs;
}

ScoreHistogram HistogramOf(const std::vector<std::pair<double, bool>>& pairs) {
  ScoreHistogram histogram;
  for (const auto& [score, is_true] : pairs) histogram.Add(score, is_true);
  return histogram;
}

TEST(ScoreHistogram, LossIsThatOfAllPairs) {
  const auto pairs = Draw({1.0, 0.0}, 1000);
  const Line line = {0.7, -0.4};
  double expected = 0.0;
  for (const auto& [score, is_true] : pairs) {
    const double p = Probability(line, score);
    expected -= std::log(is_true ? p : 1.0 - p);
  }
  // A score is off by half a bin at most, and the loss has slopes up to 0.7.
  EXPECT_NEAR(HistogramOf(pairs).Loss(line), expected, 1000 * 0.7 / 128.0);
}

TEST(ScoreHistogram, FitFindsTheLineThatDrewTheLabels) {
  for (const Line line : {Line{1.0, 0.0}, Line{0.5, -2.0}, Line{2.0, 1.0}}) {
    const ScoreHistogram histogram = HistogramOf(Draw(line, 40'000));
    const Line found = histogram.Fit();
    EXPECT_NEAR(found.slope, line.slope, 0.1 * line.slope);
    EXPECT_NEAR(found.offset, line.offset, 0.1);
    for (const double step : {-0.01, 0.01}) {
      EXPECT_GT(histogram.Loss({found.slope + step, found.offset}),
                histogram.Loss(found));
      EXPECT_GT(histogram.Loss({found.slope, found.offset + step}),
                histogram.Loss(found));
    }
  }
}

TEST(ScoreHistogram, FitOfPairsWithoutAMistakeIsFinite) {
  ScoreHistogram histogram;
  histogram.Add(2.0, true);
  histogram.Add(-2.0, false);
  const Line line = histogram.Fit();
  EXPECT_TRUE(std::isfinite(line.slope) && std::isfinite(line.offset));
  EXPECT_GT(line.slope, 1.0);
  ScoreHistogram one;
  one.Add(-1e9, true);
  EXPECT_GT(one.Fit().slope, 0.0);
}

TEST(ScoreHistogram, CalibrationErrorIsTheMeanGapOfBinsOfEqualMass) {
  // 40 pairs with probability 1/2, of which 10 are true: every bin has a gap of
  // 1/4.
  ScoreHistogram histogram;
  for (int i = 0; i < 40; ++i) histogram.Add(0.0, i < 10);
  EXPECT_NEAR(histogram.CalibrationError({}), 0.25, 0.01);
  // As much mass again in pairs of probability 0.02, a share of 0.04 true.
  const double low = std::log(0.02 / 0.98);
  for (int i = 0; i < 1000; ++i) histogram.Add(low, i < 40);
  EXPECT_NEAR(histogram.CalibrationError({}), (0.25 + 0.02) / 2.0, 0.01);
}

TEST(ScoreHistogram, ReliableProbabilitiesHaveNearlyNoError) {
  const Line line = {0.8, -1.0};
  const ScoreHistogram histogram = HistogramOf(Draw(line, 100'000));
  EXPECT_LT(histogram.CalibrationError(line), 0.02);
  EXPECT_GT(histogram.CalibrationError({}), 0.1);
}

TEST(ScoreHistogram, BestCutHasTheBestF1OfAll) {
  const auto pairs = Draw({1.0, -1.0}, 500);
  const Line line = {0.9, 0.1};
  const ScoreHistogram::Cut cut = HistogramOf(pairs).BestCut(line);
  const auto f1_at = [&](double threshold) {
    double hits = 0.0, taken = 0.0, trues = 0.0;
    for (const auto& [score, is_true] : pairs) {
      const bool is_taken = Probability(line, score) >= threshold;
      hits += is_taken && is_true ? 1.0 : 0.0;
      taken += is_taken ? 1.0 : 0.0;
      trues += is_true ? 1.0 : 0.0;
    }
    return 2.0 * hits / (taken + trues);
  };
  EXPECT_NEAR(f1_at(cut.probability), cut.f1, 1e-12);
  for (const auto& [score, is_true] : pairs) {
    // Pairs of one bin go together.
    EXPECT_LE(f1_at(Probability(line, score)), cut.f1 + 0.01);
  }
}

TEST(ScoreHistogram, MergeAdds) {
  const auto pairs = Draw({1.0, 0.0}, 100);
  ScoreHistogram a, b;
  for (size_t i = 0; i < pairs.size(); ++i) {
    (i % 3 == 0 ? a : b).Add(pairs[i].first, pairs[i].second);
  }
  a.Merge(b);
  const ScoreHistogram all = HistogramOf(pairs);
  EXPECT_EQ(a.num_true(), all.num_true());
  EXPECT_EQ(a.Loss({}), all.Loss({}));
}

}  // namespace
}  // namespace slide::eval::score_histogram_test
