#include "slide/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "eval/sample_indices.h"
#include "slide/error.h"
#include "util/rng.h"

namespace slide::metrics_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint64_t kSeed = 11;
constexpr int kCuts[] = {1, 3, 5};
// Sums of a few hundred terms near 1 in double.
constexpr double kRounding = 1e-12;

using Labels = std::vector<uint32_t>;

void ExpectSame(const Metrics& a, const Metrics& b) {
  EXPECT_EQ(a.num_samples, b.num_samples);
  EXPECT_EQ(a.loss.has_value(), b.loss.has_value());
  EXPECT_NEAR(a.loss.value_or(0.0), b.loss.value_or(0.0), kRounding);
  ASSERT_EQ(a.at.size(), b.at.size());
  for (size_t i = 0; i < a.at.size(); ++i) {
    EXPECT_EQ(a.at[i].k, b.at[i].k);
    EXPECT_NEAR(a.at[i].precision, b.at[i].precision, kRounding);
    EXPECT_NEAR(a.at[i].ndcg, b.at[i].ndcg, kRounding);
    EXPECT_NEAR(a.at[i].recall, b.at[i].recall, kRounding);
    ASSERT_EQ(a.at[i].psp.has_value(), b.at[i].psp.has_value());
    if (!a.at[i].psp) continue;
    EXPECT_NEAR(*a.at[i].psp, *b.at[i].psp, kRounding);
    EXPECT_NEAR(*a.at[i].psndcg, *b.at[i].psndcg, kRounding);
  }
}

// Samples that have the given labels and no features.
Dataset LabelsOnly(uint32_t num_labels, const std::vector<Labels>& samples) {
  CsrArrays arrays;
  arrays.num_labels = num_labels;
  for (const Labels& labels : samples) {
    arrays.label_ids.insert(arrays.label_ids.end(), labels.begin(),
                            labels.end());
    arrays.label_offsets.push_back(arrays.label_ids.size());
    arrays.feature_offsets.push_back(0);
  }
  return Dataset(std::move(arrays));
}

// A random ranking of all labels and a random truth of 1..6 of them.
std::pair<Labels, Labels> RandomSample(uint32_t num_labels, util::Rng& rng) {
  Labels ranked(num_labels);
  std::iota(ranked.begin(), ranked.end(), uint32_t{0});
  for (size_t i = num_labels; i > 1; --i) {
    std::swap(ranked[i - 1], ranked[rng.UniformInt(i)]);
  }
  std::set<uint32_t> truth;
  const uint64_t size = 1 + rng.UniformInt(6);
  while (truth.size() < size) {
    truth.insert(static_cast<uint32_t>(rng.UniformInt(num_labels)));
  }
  return {ranked, Labels(truth.begin(), truth.end())};
}

std::vector<float> RandomWeights(uint32_t num_labels, util::Rng& rng) {
  std::vector<float> weights(num_labels);
  for (float& w : weights) w = 1.0f + 9.0f * rng.Uniform();
  return weights;
}

// --- values ------------------------------------------------------------------

// The example of docs/metrics.md, worked out by hand there.
TEST(MetricsAccumulator, AgreesWithTheExampleOfTheDocumentation) {
  const std::vector<float> weights = {1, 2, 4, 3};
  const std::vector<int> cuts = {1, 3};
  MetricsAccumulator accumulator(cuts, weights);
  accumulator.Add(Labels{0, 1, 2}, Labels{0, 2});
  accumulator.Add(Labels{3, 1, 0}, Labels{1});
  accumulator.Add(Labels{0, 1, 2}, Labels{});
  const Metrics metrics = accumulator.Result();

  constexpr double kLastDigit = 5e-6;  // the page shows five decimals
  EXPECT_EQ(metrics.num_samples, 3u);
  ASSERT_EQ(metrics.at.size(), 2u);
  EXPECT_EQ(metrics.at[0].k, 1);
  EXPECT_NEAR(metrics.at[0].precision, 0.33333, kLastDigit);
  EXPECT_NEAR(metrics.at[0].recall, 0.25, kLastDigit);
  EXPECT_NEAR(metrics.at[0].ndcg, 0.5, kLastDigit);
  EXPECT_NEAR(metrics.at[0].psp.value(), 0.16667, kLastDigit);
  EXPECT_NEAR(metrics.at[0].psndcg.value(), 0.16667, kLastDigit);
  EXPECT_EQ(metrics.at[1].k, 3);
  EXPECT_NEAR(metrics.at[1].precision, 0.33333, kLastDigit);
  EXPECT_NEAR(metrics.at[1].recall, 1.0, kLastDigit);
  EXPECT_NEAR(metrics.at[1].ndcg, 0.77533, kLastDigit);
  EXPECT_NEAR(metrics.at[1].psp.value(), 1.0, kLastDigit);
  EXPECT_NEAR(metrics.at[1].psndcg.value(), 0.64084, kLastDigit);
}

TEST(MetricsAccumulator, APerfectRankingGetsOne) {
  util::Rng rng(kSeed);
  const std::vector<float> weights = RandomWeights(50, rng);
  MetricsAccumulator accumulator(kCuts, weights);
  double mean_precision[] = {0, 0, 0};
  constexpr int kNumSamples = 100;
  for (int i = 0; i < kNumSamples; ++i) {
    std::pair<Labels, Labels> sample = RandomSample(50, rng);
    Labels& ranked = sample.first;
    const Labels& labels = sample.second;
    const auto worth = [&](uint32_t n) {
      const bool hit = std::binary_search(labels.begin(), labels.end(), n);
      return hit ? weights[n] : 0.0f;
    };
    // The truth by falling weight first: the ideal of every metric.
    std::sort(ranked.begin(), ranked.end(),
              [&](uint32_t x, uint32_t y) { return worth(x) > worth(y); });
    accumulator.Add(ranked, labels);
    for (size_t c = 0; c < 3; ++c) {
      const double k = kCuts[c];
      mean_precision[c] +=
          std::min(k, static_cast<double>(labels.size())) / k / kNumSamples;
    }
  }
  const Metrics metrics = accumulator.Result();
  for (size_t c = 0; c < 3; ++c) {
    EXPECT_NEAR(metrics.at[c].precision, mean_precision[c], kRounding);
    EXPECT_NEAR(metrics.at[c].ndcg, 1.0, kRounding);
    EXPECT_NEAR(metrics.at[c].psp.value(), 1.0, kRounding);
    EXPECT_NEAR(metrics.at[c].psndcg.value(), 1.0, kRounding);
  }
}

TEST(MetricsAccumulator, ARankingWithoutHitsGetsZero) {
  const std::vector<float> weights(9, 2.0f);
  MetricsAccumulator accumulator(kCuts, weights);
  accumulator.Add(Labels{0, 1, 2, 3, 4}, Labels{5, 8});
  for (const MetricsAtK& at : accumulator.Result().at) {
    EXPECT_EQ(at.precision, 0.0);
    EXPECT_EQ(at.recall, 0.0);
    EXPECT_EQ(at.ndcg, 0.0);
    EXPECT_EQ(at.psp.value(), 0.0);
    EXPECT_EQ(at.psndcg.value(), 0.0);
  }
}

// With equal weights the propensities cancel: PSP@k is hits over attainable
// hits, PSnDCG@k is nDCG@k.
TEST(MetricsAccumulator, EqualWeightsMakePsndcgTheNdcg) {
  util::Rng rng(kSeed);
  const std::vector<float> weights(50, 2.0f);
  MetricsAccumulator accumulator(kCuts, weights);
  for (int i = 0; i < 200; ++i) {
    const auto [ranked, labels] = RandomSample(50, rng);
    accumulator.Add(ranked, labels);
  }
  const Metrics metrics = accumulator.Result();
  EXPECT_NEAR(metrics.at[0].psp.value(), metrics.at[0].precision, kRounding);
  for (const MetricsAtK& at : metrics.at) {
    EXPECT_NEAR(at.psndcg.value(), at.ndcg, kRounding);
  }
}

TEST(MetricsAccumulator, AnEarlierHitIsWorthMoreNdcgAndTheSamePrecision) {
  const int cut[] = {3};
  MetricsAccumulator early(cut), late(cut);
  early.Add(Labels{4, 1, 2}, Labels{4});
  late.Add(Labels{1, 2, 4}, Labels{4});
  EXPECT_EQ(early.Result().at[0].precision, late.Result().at[0].precision);
  EXPECT_EQ(early.Result().at[0].ndcg, 1.0);
  EXPECT_EQ(late.Result().at[0].ndcg, 0.5);
}

TEST(MetricsAccumulator, LooksAtNothingBehindTheCut) {
  const int cut[] = {2};
  MetricsAccumulator accumulator(cut);
  accumulator.Add(Labels{0, 1, 2, 3}, Labels{2, 3});
  EXPECT_EQ(accumulator.Result().at[0].precision, 0.0);
  EXPECT_EQ(accumulator.Result().at[0].recall, 0.0);
}

TEST(MetricsAccumulator, DividesByTheCutWhenThereAreFewerLabelsToRank) {
  const int cut[] = {5};
  MetricsAccumulator accumulator(cut);
  accumulator.Add(Labels{1, 0}, Labels{0, 1});
  EXPECT_DOUBLE_EQ(accumulator.Result().at[0].precision, 0.4);
  EXPECT_EQ(accumulator.Result().at[0].recall, 1.0);
  EXPECT_EQ(accumulator.Result().at[0].ndcg, 1.0);
}

TEST(MetricsAccumulator, ReportsTheCutsInTheOrderAskedFor) {
  const int cuts[] = {5, 1, 5};
  const MetricsAccumulator accumulator(cuts);
  const Metrics metrics = accumulator.Result();
  ASSERT_EQ(metrics.at.size(), 3u);
  EXPECT_EQ(metrics.at[0].k, 5);
  EXPECT_EQ(metrics.at[1].k, 1);
  EXPECT_EQ(metrics.at[2].k, 5);
  EXPECT_EQ(accumulator.max_k(), 5);
}

TEST(MetricsAccumulator, HasNoPropensityScoresWithoutPropensities) {
  MetricsAccumulator accumulator(kCuts);
  accumulator.Add(Labels{0}, Labels{0});
  EXPECT_FALSE(accumulator.Result().at[0].psp.has_value());
  EXPECT_FALSE(accumulator.Result().at[0].psndcg.has_value());
}

TEST(MetricsAccumulator, IsZeroBeforeTheFirstSample) {
  const std::vector<float> weights(3, 1.0f);
  const Metrics metrics = MetricsAccumulator(kCuts, weights).Result();
  EXPECT_EQ(metrics.num_samples, 0u);
  EXPECT_FALSE(metrics.loss.has_value());
  for (const MetricsAtK& at : metrics.at) {
    EXPECT_EQ(at.precision, 0.0);
    EXPECT_EQ(at.ndcg, 0.0);
    EXPECT_EQ(at.recall, 0.0);
    EXPECT_EQ(at.psp.value(), 0.0);
    EXPECT_EQ(at.psndcg.value(), 0.0);
  }
}

TEST(MetricsAccumulator, AveragesTheLossOverItsOwnCount) {
  MetricsAccumulator accumulator(kCuts);
  accumulator.Add(Labels{0}, Labels{});
  accumulator.Add(Labels{0}, Labels{0});
  accumulator.Add(Labels{0}, Labels{1});
  accumulator.AddLoss(2.0);
  accumulator.AddLoss(5.0);
  EXPECT_EQ(accumulator.Result().loss.value(), 3.5);
}

TEST(MetricsAccumulator, MergedPartsEqualTheWhole) {
  util::Rng rng(kSeed);
  const std::vector<float> weights = RandomWeights(50, rng);
  MetricsAccumulator whole(kCuts, weights), first(kCuts, weights),
      second(kCuts, weights);
  for (int i = 0; i < 100; ++i) {
    const auto [ranked, labels] = RandomSample(50, rng);
    MetricsAccumulator& part = i % 3 == 0 ? first : second;
    for (MetricsAccumulator* to : {&whole, &part}) {
      to->Add(ranked, i % 7 == 0 ? Labels() : labels);
      to->AddLoss(0.1 * i);
    }
  }
  first.Merge(second);
  ExpectSame(first.Result(), whole.Result());
}

TEST(MetricsAccumulator, RefusesLabelsWithoutAPropensity) {
  const std::vector<int> ks = {1};
  const std::vector<float> propensities(3, 1.0f);
  MetricsAccumulator metrics(ks, propensities);
  const std::vector<uint32_t> ranked = {0}, known = {1, 2}, beyond = {3, 1};
  metrics.Add(ranked, known);
  EXPECT_THROW(metrics.Add(ranked, beyond), DataError);
}

TEST(MetricsAccumulator, RefusesToMergeOtherCuts) {
  MetricsAccumulator one(std::vector<int>{1, 3});
  EXPECT_THROW(one.Merge(MetricsAccumulator(std::vector<int>{1, 5})),
               OptionsError);
}

TEST(MetricsAccumulator, RefusesBadCuts) {
  const int zero[] = {1, 0};
  EXPECT_THROW(MetricsAccumulator{zero}, OptionsError);
  EXPECT_THROW(MetricsAccumulator{std::span<const int>()}, OptionsError);
}

// --- propensities ------------------------------------------------------------

TEST(InversePropensities, FollowTheFormula) {
  // 8 points; label 0 in one of them, 1 in three, 2 in none.
  const Dataset train = LabelsOnly(3, {{0, 1}, {1}, {1}, {}, {}, {}, {}, {}});
  const std::vector<float> inverse = InversePropensities(train, 1.0, 1.0);
  const float c = 2.0f * (std::log(8.0f) - 1.0f);
  ASSERT_EQ(inverse.size(), 3u);
  EXPECT_FLOAT_EQ(inverse[0], 1.0f + c / 2.0f);
  EXPECT_FLOAT_EQ(inverse[1], 1.0f + c / 4.0f);
  EXPECT_FLOAT_EQ(inverse[2], 1.0f + c);

  // (b + 1)^a (count + b)^-a with the general a and b.
  EXPECT_FLOAT_EQ(
      InversePropensities(train)[1],
      1.0f + (std::log(8.0f) - 1.0f) * std::pow(2.5f / 4.5f, 0.55f));
}

TEST(InversePropensities, AreOneForTooFewPoints) {
  EXPECT_THAT(InversePropensities(Dataset()), IsEmpty());
  EXPECT_THAT(InversePropensities(LabelsOnly(2, {})), ElementsAre(1.0f, 1.0f));
  EXPECT_THAT(InversePropensities(LabelsOnly(2, {{0}, {0}})),
              ElementsAre(1.0f, 1.0f));
}

// --- popularity --------------------------------------------------------------

TEST(EvaluatePopularity, RanksByCountThenLowerLabel) {
  // Counts 1, 2, 0, 2: the ranking is 1, 3, 0, 2.
  const Dataset train = LabelsOnly(4, {{0, 3}, {1, 3}, {1}});
  EvaluateOptions options;
  options.ks = {1, 2, 3, 4};
  for (const auto& [label, first_cut] :
       std::vector<std::pair<uint32_t, size_t>>{
           {1, 0}, {3, 1}, {0, 2}, {2, 3}}) {
    const Metrics metrics =
        EvaluatePopularity(train, LabelsOnly(4, {{label}}), options);
    for (size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(metrics.at[i].recall, i < first_cut ? 0.0 : 1.0)
          << "label " << label << ", k " << metrics.at[i].k;
    }
    EXPECT_FALSE(metrics.loss.has_value());
  }
}

TEST(EvaluatePopularity, AcceptsCutsAboveTheNumberOfLabels) {
  const Dataset data = LabelsOnly(2, {{0, 1}, {1}});
  EvaluateOptions options;
  options.ks = {100};
  options.inverse_propensities = InversePropensities(data);
  const Metrics metrics = EvaluatePopularity(data, data, options);
  EXPECT_EQ(metrics.num_samples, 2u);
  EXPECT_EQ(metrics.at[0].recall, 1.0);
  EXPECT_DOUBLE_EQ(metrics.at[0].psp.value(), 1.0);
}

TEST(EvaluatePopularity, LooksAtTheSampleThatTheSeedGives) {
  const Dataset train = LabelsOnly(2, {{0}});
  std::vector<Labels> samples;
  for (uint32_t i = 0; i < 100; ++i) samples.push_back({i % 2});
  EvaluateOptions options;
  options.ks = {1};
  options.num_samples = 10;
  options.seed = kSeed;
  double expected = 0.0;
  for (const uint64_t i : eval::SampleIndices(100, 10, kSeed)) {
    if (i % 2 == 0) expected += 0.1;
  }
  const Metrics metrics =
      EvaluatePopularity(train, LabelsOnly(2, samples), options);
  EXPECT_EQ(metrics.num_samples, 10u);
  EXPECT_NEAR(metrics.at[0].precision, expected, kRounding);
}

TEST(EvaluatePopularity, RefusesTestLabelsThatTrainingDoesNotKnow) {
  try {
    EvaluatePopularity(LabelsOnly(2, {{0}}), LabelsOnly(3, {{2}}));
    FAIL();
  } catch (const DataError& error) {
    EXPECT_STREQ(
        error.what(),
        "test set: got 3 labels, expected at most the training set's 2");
  }
}

TEST(EvaluatePopularity, RefusesPropensitiesOfOtherLabels) {
  const Dataset data = LabelsOnly(3, {{0}});
  EvaluateOptions options;
  options.inverse_propensities = {1.0f, 2.0f};
  try {
    EvaluatePopularity(data, data, options);
    FAIL();
  } catch (const OptionsError& error) {
    EXPECT_STREQ(error.what(),
                 "inverse_propensities: got 2 values, expected 3, one a label");
  }
}

}  // namespace
}  // namespace slide::metrics_test
