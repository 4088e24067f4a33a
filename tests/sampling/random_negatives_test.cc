#include "sampling/sources.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numeric>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "sampling/alias_sampler.h"
#include "sampling/selector.h"
#include "support/label_counts.h"

namespace slide::sampling::random_negatives_test {
namespace {

using testing_support::kNeurons;
using testing_support::ZipfCounts;

constexpr uint64_t kSeed = 5;

SamplingOptions Options(int num, double frequency_share) {
  SamplingOptions options;
  options.random_negatives = num;
  options.frequency_share = frequency_share;
  return options;
}

// Random negatives alone, beside a sample's labels.
class Negatives {
 public:
  Negatives(const SamplingOptions& options,
            const std::vector<uint64_t>& label_counts)
      : selector_(label_counts.size(), Only(options, label_counts)),
        scratch_(selector_.MakeScratch(kMaxLabels)) {}

  const Selection& Draw(std::span<const uint32_t> labels,
                        util::Rng& rng) const {
    selector_.Select(labels, {}, rng, scratch_);
    return scratch_.selection;
  }

 private:
  static constexpr size_t kMaxLabels = 4;
  static std::vector<BudgetedSource> Only(
      const SamplingOptions& options,
      const std::vector<uint64_t>& label_counts) {
    std::vector<BudgetedSource> sources;
    sources.push_back({MakeRandomNegatives(options, label_counts),
                       static_cast<size_t>(options.random_negatives)});
    return sources;
  }

  Selector selector_;
  mutable Selector::Scratch scratch_;
};

void ExpectNoRepeats(const Selection& active) {
  const auto ids = active.ids().ids();
  EXPECT_EQ(std::set<uint32_t>(ids.begin(), ids.end()).size(), ids.size());
}

TEST(RandomNegatives, ManyActivateEveryNeuronOnceWithoutCorrection) {
  for (const double mix : {0.0, 0.5}) {
    const Negatives negatives(Options(kNeurons, mix), ZipfCounts());
    const std::vector<uint32_t> labels = {7};
    util::Rng rng(kSeed);
    const Selection& active = negatives.Draw(labels, rng);
    EXPECT_EQ(active.size(), kNeurons);
    ExpectNoRepeats(active);
    for (const float c : active.corrections()) EXPECT_EQ(c, 0.0f);
  }
}

TEST(RandomNegatives, EvenOnesAreAsManyAsAskedForAndStandForTheRest) {
  const std::vector<uint32_t> labels = {0, 1, 2, 3};
  // Both ways of drawing: few of many, and nearly all of those left.
  for (const int num : {10, 190}) {
    const Negatives negatives(Options(num, 0.0), ZipfCounts());
    util::Rng rng(kSeed);
    std::vector<int> hits(kNeurons);
    constexpr int kRounds = 5000;
    for (int round = 0; round < kRounds; ++round) {
      const Selection& active = negatives.Draw(labels, rng);
      ASSERT_EQ(active.size(), labels.size() + static_cast<size_t>(num));
      for (size_t j = labels.size(); j < active.size(); ++j) {
        ++hits[active.ids().ids()[j]];
        ASSERT_FLOAT_EQ(active.corrections()[j],
                        static_cast<float>(std::log(196.0 / num)));
      }
    }
    const double p = num / 196.0;
    const double sigma = std::sqrt(kRounds * p * (1.0 - p));
    for (size_t n = labels.size(); n < kNeurons; ++n) {
      EXPECT_NEAR(hits[n], kRounds * p, 5.0 * sigma) << n;
    }
    for (size_t n = 0; n < labels.size(); ++n) EXPECT_EQ(hits[n], 0);
  }
}

TEST(RandomNegatives, TheCorrectionIsTheLogOfOneOverTheExpectedDraws) {
  constexpr int kNum = 30;
  const std::vector<uint64_t> counts = ZipfCounts();
  double total = 0.0;
  for (const uint64_t count : counts) total += static_cast<double>(count);
  const Negatives negatives(Options(kNum, 0.25), counts);
  util::Rng rng(kSeed);
  bool clipped = false;
  for (int round = 0; round < 200; ++round) {
    const Selection& active = negatives.Draw({}, rng);
    for (size_t j = 0; j < active.size(); ++j) {
      const uint32_t n = active.ids().ids()[j];
      const double q =
          0.75 / kNeurons + 0.25 * static_cast<double>(counts[n]) / total;
      const double expected = std::max(0.0, -std::log(kNum * q));
      clipped = clipped || expected == 0.0;
      EXPECT_NEAR(active.corrections()[j], expected, 1e-5);
    }
  }
  EXPECT_TRUE(clipped);  // 30 draws meet the most frequent label more than once
}

TEST(RandomNegatives, WithoutCorrectionAllCorrectionsAreZero) {
  for (const double mix : {0.0, 0.5}) {
    SamplingOptions options = Options(20, mix);
    options.correction = Correction::kNone;
    const Negatives negatives(options, ZipfCounts());
    util::Rng rng(kSeed);
    const Selection& active = negatives.Draw({}, rng);
    for (const float c : active.corrections()) EXPECT_EQ(c, 0.0f);
  }
}

// The negatives' weighted sum of any function over the neurons that are not
// selected is, in the mean, the full sum. Draws are dropped when they repeat,
// so a neuron is drawn with probability 1 - (1 - q)^T instead of T q; the
// test's expectation has that in it.
TEST(RandomNegatives, WeightedTheyEstimateTheSumOverAllOthers) {
  constexpr int kNum = 20, kRounds = 20'000;
  const std::vector<uint64_t> counts = ZipfCounts();
  const AliasSampler sampler(counts, 0.5, kNum);
  const Negatives negatives(Options(kNum, 0.5), counts);
  const std::vector<uint32_t> labels = {0, 50};
  const auto value = [](uint32_t n) { return 1.0 + std::sin(n); };
  double full = 0.0, expected = 0.0, variance = 0.0;
  for (uint32_t n = 0; n < kNeurons; ++n) {
    if (n == 0 || n == 50) continue;
    const double q = sampler.Probability(n);
    const double weight = std::max(1.0, 1.0 / (kNum * q));
    const double in = 1.0 - std::pow(1.0 - q, kNum);
    full += value(n);
    expected += in * weight * value(n);
    variance += in * (1.0 - in) * std::pow(weight * value(n), 2);
  }
  EXPECT_NEAR(expected / full, 1.0, 0.08);  // what dropping repeats costs
  util::Rng rng(kSeed);
  double sum = 0.0;
  for (int round = 0; round < kRounds; ++round) {
    const Selection& active = negatives.Draw(labels, rng);
    for (size_t j = labels.size(); j < active.size(); ++j) {
      sum += std::exp(static_cast<double>(active.corrections()[j])) *
             value(active.ids().ids()[j]);
    }
  }
  EXPECT_NEAR(sum / kRounds, expected, 5.0 * std::sqrt(variance / kRounds));
}

// The sum over the negatives of exp(z + correction) is the sum over all neurons
// that are not selected, on average: where no correction is cut off at 0. A
// neuron is drawn with probability 1 - (1 - q)^T, which is below T q by the
// share T q / 2 at most; the tolerance adds that to five standard errors.
TEST(RandomNegatives, CorrectedTheyStandForAllOthersInExpectation) {
  constexpr size_t kMany = 20'000;
  constexpr int kNum = 50, kRounds = 4000;
  util::Rng rng(kSeed);
  std::vector<uint64_t> counts(kMany);
  std::vector<double> exps(kMany);
  for (size_t n = 0; n < kMany; ++n) {
    counts[n] = 50 + rng.UniformInt(100);
    exps[n] = std::exp(static_cast<double>(rng.Normal()));
  }
  const double total_count =
      static_cast<double>(std::accumulate(counts.begin(), counts.end(), 0ull));
  const std::vector<uint32_t> labels = {3, 14, 159};
  double others = 0.0;
  for (size_t n = 0; n < kMany; ++n) {
    if (std::ranges::find(labels, n) == labels.end()) others += exps[n];
  }
  for (const double mix : {0.0, 0.5, 1.0}) {
    const Negatives negatives(Options(kNum, mix), counts);
    double sum = 0.0, sum_of_squares = 0.0;
    for (int round = 0; round < kRounds; ++round) {
      const Selection& active = negatives.Draw(labels, rng);
      double estimate = 0.0;
      for (size_t j = labels.size(); j < active.size(); ++j) {
        ASSERT_GT(active.corrections()[j], 0.0f);
        estimate += exps[active.ids().ids()[j]] *
                    std::exp(static_cast<double>(active.corrections()[j]));
      }
      sum += estimate;
      sum_of_squares += estimate * estimate;
    }
    const double mean = sum / kRounds;
    const double sigma =
        std::sqrt((sum_of_squares / kRounds - mean * mean) / kRounds);
    double max_share = 0.0;  // T q
    for (const uint64_t count : counts) {
      const double q =
          (1.0 - mix) / kMany + mix * static_cast<double>(count) / total_count;
      max_share = std::max(max_share, kNum * q);
    }
    EXPECT_NEAR(mean, others, 5.0 * sigma + 0.5 * max_share * others) << mix;
    EXPECT_LT(5.0 * sigma, 0.05 * others) << "too few rounds to tell";
  }
}

// The shares of TensorFlow's sampler, (log(r + 2) - log(r + 1)) / log(N + 1) by
// the rank r of the frequency; the correction is -log of the draws expected.
TEST(RandomNegatives, LogUniformOnesFollowTheRanks) {
  constexpr int kDraws = 1, kTrials = 200'000;
  SamplingOptions options = Options(kDraws, 0.5);
  options.negative_distribution = NegativeDistribution::kLogUniform;
  // Neuron 3 i mod 10 has rank i.
  constexpr size_t kNum = 10;
  std::vector<uint64_t> counts(kNum);
  for (size_t rank = 0; rank < kNum; ++rank) {
    counts[3 * rank % kNum] = 100 - 7 * rank;
  }
  const Negatives negatives(options, counts);
  std::vector<int> drawn(kNum);
  std::vector<float> corrections(kNum);
  util::Rng rng(kSeed);
  for (int i = 0; i < kTrials; ++i) {
    const Selection& active = negatives.Draw({}, rng);
    ASSERT_EQ(active.size(), 1u);
    ++drawn[active.ids().ids()[0]];
    corrections[active.ids().ids()[0]] = active.corrections()[0];
  }
  for (size_t rank = 0; rank < kNum; ++rank) {
    const auto r = static_cast<double>(rank);
    const double p =
        (std::log(r + 2.0) - std::log(r + 1.0)) / std::log(kNum + 1.0);
    const size_t neuron = 3 * rank % kNum;
    const double sigma = std::sqrt(p * (1.0 - p) * kTrials);
    EXPECT_NEAR(drawn[neuron], p * kTrials, 5.0 * sigma) << rank;
    EXPECT_NEAR(double{corrections[neuron]}, -std::log(p), 1e-5) << rank;
  }
}

}  // namespace
}  // namespace slide::sampling::random_negatives_test
