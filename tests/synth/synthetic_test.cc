// Made-up data: its statistics, that it can be learned, and that it repeats
// itself.
#include "synth/synthetic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <vector>

#include "slide/synthetic.h"

namespace slide::synthetic_test {
namespace {

// Few enough labels for the tests below to look at each.
SyntheticOptions Small() {
  return {.num_points = 4000,
          .num_test_points = 500,
          .num_features = 5000,
          .num_labels = 1000,
          .nonzeros = 40.0,
          .labels_per_point = 3.0,
          .num_threads = 2};
}

Dataset Train(const SyntheticOptions& options) {
  return MakeSynthetic(options, SyntheticPart::kTrain);
}

// These have as many points for a label as Amazon-670K has: 0.73.
SyntheticOptions LikeAmazon() {
  return {.num_points = 29'277, .num_features = 8'113, .num_labels = 40'000};
}

std::vector<double> Sorted(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values;
}

// The mean of `values` is `expected` but for five standard deviations.
void ExpectMean(const std::vector<double>& values, double expected) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0.0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  EXPECT_NEAR(mean, expected, 5.0 * std::sqrt(squares / n / n));
}

TEST(Synthetic, DefaultsAreAmazon670K) {
  const SyntheticOptions options;
  EXPECT_EQ(options.num_points, 490'449u);
  EXPECT_EQ(options.num_test_points, 153'025u);
  EXPECT_EQ(options.num_features, 135'909u);
  EXPECT_EQ(options.num_labels, 670'091u);
  EXPECT_EQ(options.nonzeros, 75.0);
  EXPECT_EQ(options.labels_per_point, 5.45);
}

TEST(Synthetic, PointsAreAsLongAsAskedForOnAverageAndDiffer) {
  for (const SyntheticOptions& options : {Small(), LikeAmazon()}) {
    const Dataset data = Train(options);
    ASSERT_EQ(data.size(), options.num_points);
    EXPECT_EQ(data.num_features(), options.num_features);
    EXPECT_EQ(data.num_labels(), options.num_labels);
    std::vector<double> num_features, num_labels;
    for (size_t i = 0; i < data.size(); ++i) {
      num_features.push_back(static_cast<double>(data[i].features.size()));
      num_labels.push_back(static_cast<double>(data[i].labels.size()));
    }
    ExpectMean(num_features, options.nonzeros);
    ExpectMean(num_labels, options.labels_per_point);
    // Nine points of ten lie within exp(1.645 * spread) of the median; the
    // spreads are 0.6 and 0.5, and labels are small whole numbers.
    const std::vector<double> f = Sorted(num_features), l = Sorted(num_labels);
    const size_t n = data.size();
    EXPECT_GE(f.front(), 1.0);
    EXPECT_GE(l.front(), 1.0);
    EXPECT_NEAR(f[n / 20] / f[n / 2], std::exp(-1.645 * 0.6), 0.05);
    EXPECT_NEAR(f[n - n / 20] / f[n / 2], std::exp(1.645 * 0.6), 0.3);
    EXPECT_GT(l[n - n / 20] / l[n / 20], 3.0);
  }
}

// Ids ascend without repeats, or the data set would have refused them.
TEST(Synthetic, ValuesArePositiveAndDiffer) {
  SyntheticOptions options = Small();
  options.normalize = false;
  const Dataset data = Train(options);
  std::set<float> values;
  for (size_t i = 0; i < data.size(); ++i) {
    for (const float value : data[i].features.values) {
      ASSERT_GE(value, 0.001f);
      ASSERT_LE(value, 1000.0f);
      values.insert(value);
    }
  }
  EXPECT_GT(values.size(), 1000u);
}

TEST(Synthetic, NormalizedSamplesHaveLengthOne) {
  const Dataset data = Train(Small());
  for (size_t i = 0; i < data.size(); ++i) {
    double sum = 0.0;
    for (const float v : data[i].features.values) {
      sum += static_cast<double>(v) * v;
    }
    EXPECT_NEAR(sum, 1.0, 1e-6);
  }
}

// With even popularity a label would have 4 points, give or take 2, and a
// hundredth of the labels at most three hundredths of the marks.
TEST(Synthetic, FewLabelsHaveManyPointsAndManyHaveFew) {
  const SyntheticOptions options = LikeAmazon();
  const Dataset data = Train(options);
  std::vector<uint64_t> counts = data.LabelCounts();
  std::sort(counts.begin(), counts.end());
  const size_t n = counts.size();
  EXPECT_NEAR(
      static_cast<double>(data.num_label_marks()) / static_cast<double>(n), 4.0,
      0.1);
  EXPECT_LE(counts[n / 2], 3u);
  EXPECT_LE(counts[n * 3 / 4], 5u);
  EXPECT_GE(counts[n - 1], 100u);
  const uint64_t top_percent = std::accumulate(
      counts.end() - static_cast<long>(n / 100), counts.end(), uint64_t{0});
  EXPECT_GT(top_percent * 10, data.num_label_marks());
  // A label without any point cannot be learned: most have some.
  EXPECT_LT(std::count(counts.begin(), counts.end(), 0u), n / 4);
}

TEST(Synthetic, FeaturesAreCommonOrRare) {
  const Dataset data = Train(LikeAmazon());
  std::vector<uint64_t> counts(data.num_features(), 0);
  for (size_t i = 0; i < data.size(); ++i) {
    for (const uint32_t id : data[i].features.ids) ++counts[id];
  }
  std::sort(counts.begin(), counts.end());
  const size_t n = counts.size();
  EXPECT_GT(counts[n - 1], data.size() / 5);
  EXPECT_LT(counts[n / 2], data.size() / 100);
  EXPECT_GT(counts[n - 1 - n / 100], 10 * counts[n / 2]);
}

TEST(Synthetic, CommonFeaturesHaveSmallValues) {
  SyntheticOptions options = Small();
  options.normalize = false;
  const Dataset data = Train(options);
  std::vector<double> counts(data.num_features(), 0.0), sums = counts;
  for (size_t i = 0; i < data.size(); ++i) {
    const SparseView& features = data[i].features;
    for (size_t j = 0; j < features.size(); ++j) {
      counts[features.ids[j]] += 1.0;
      sums[features.ids[j]] += features.values[j];
    }
  }
  double common = 0.0, common_count = 0.0, rare = 0.0, rare_count = 0.0;
  for (size_t id = 0; id < counts.size(); ++id) {
    const bool is_common = counts[id] > 400.0;  // a tenth of the points
    (is_common ? common : rare) += sums[id];
    (is_common ? common_count : rare_count) += counts[id];
  }
  ASSERT_GT(common_count, 0.0);
  EXPECT_LT(2.0 * common / common_count, rare / rare_count);
}

double Cosine(const SparseView& a, const SparseView& b) {
  double sum = 0.0;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a.ids[i] == b.ids[j])
      sum += a.values[i++] * b.values[j++];
    else if (a.ids[i] < b.ids[j])
      ++i;
    else
      ++j;
  }
  return sum;
}

bool ShareALabel(const Sample& a, const Sample& b) {
  return std::ranges::find_first_of(a.labels, b.labels) != a.labels.end();
}

TEST(Synthetic, SamplesThatShareALabelAreMoreAlike) {
  const Dataset data = Train(Small());
  double alike = 0.0, others = 0.0;
  int num_alike = 0, num_others = 0;
  for (size_t i = 0; i < 600; ++i) {
    for (size_t j = 0; j < i; ++j) {
      const bool share = ShareALabel(data[i], data[j]);
      (share ? alike : others) += Cosine(data[i].features, data[j].features);
      ++(share ? num_alike : num_others);
    }
  }
  ASSERT_GT(num_alike, 1000);
  EXPECT_GT(alike / num_alike, 3.0 * others / num_others);
}

// A label is scored by its training samples' mean: the simplest linear model.
// It must find far more than the most frequent label does.
TEST(Synthetic, MeanOfALabelsSamplesPredictsIt) {
  const SyntheticOptions options = Small();
  const Dataset train = Train(options);
  const Dataset test = MakeSynthetic(options, SyntheticPart::kTest);
  ASSERT_EQ(test.size(), 500u);
  const std::vector<uint64_t> counts = train.LabelCounts();
  const size_t num_labels = train.num_labels();
  std::vector<float> means(options.num_features * num_labels, 0.0f);
  for (size_t i = 0; i < train.size(); ++i) {
    const SparseView& features = train[i].features;
    for (size_t j = 0; j < features.size(); ++j) {
      for (const uint32_t label : train[i].labels) {
        // Less for labels of few samples, whose mean is noise.
        means[features.ids[j] * num_labels + label] +=
            features.values[j] / (static_cast<float>(counts[label]) + 5.0f);
      }
    }
  }
  const auto is_hit = [](const Sample& sample, auto label) {
    return std::ranges::binary_search(sample.labels,
                                      static_cast<uint32_t>(label));
  };
  const auto most_frequent = std::ranges::max_element(counts) - counts.begin();
  int num_hits = 0, num_popular_hits = 0;
  for (size_t i = 0; i < test.size(); ++i) {
    std::vector<float> scores(num_labels, 0.0f);
    const SparseView& features = test[i].features;
    for (size_t j = 0; j < features.size(); ++j) {
      for (size_t label = 0; label < num_labels; ++label) {
        scores[label] +=
            features.values[j] * means[features.ids[j] * num_labels + label];
      }
    }
    const auto best = std::ranges::max_element(scores) - scores.begin();
    num_hits += is_hit(test[i], best);
    num_popular_hits += is_hit(test[i], most_frequent);
  }
  EXPECT_GT(num_hits, 250);
  EXPECT_GT(num_hits, 4 * num_popular_hits);
}

TEST(Synthetic, PartsAndSeedsDiffer) {
  SyntheticOptions options = Small();
  const Dataset train = Train(options);
  const Dataset test = MakeSynthetic(options, SyntheticPart::kTest);
  options.seed = 2;
  const Dataset other = Train(options);
  for (size_t i = 0; i < 100; ++i) {
    EXPECT_FALSE(
        std::ranges::equal(train[i].features.ids, test[i].features.ids));
    EXPECT_FALSE(
        std::ranges::equal(train[i].features.ids, other[i].features.ids));
  }
}

TEST(Synthetic, OneOfEverythingIsEnough) {
  const Dataset data = Train({.num_points = 1,
                              .num_test_points = 0,
                              .num_features = 1,
                              .num_labels = 1,
                              .nonzeros = 1.0,
                              .labels_per_point = 1.0});
  ASSERT_EQ(data.size(), 1u);
  EXPECT_EQ(data[0].features.ids[0], 0u);
  EXPECT_EQ(data[0].features.values[0], 1.0f);
  EXPECT_EQ(data[0].labels[0], 0u);
}

TEST(Synthetic, PointsMayHaveAllFeaturesAndLabels) {
  const Dataset data = Train({.num_points = 50,
                              .num_features = 300,
                              .num_labels = 120,
                              .nonzeros = 300.0,
                              .labels_per_point = 120.0});
  for (size_t i = 0; i < data.size(); ++i) {
    EXPECT_EQ(data[i].features.size(), 300u);
    EXPECT_EQ(data[i].labels.size(), 120u);
  }
}

}  // namespace
}  // namespace slide::synthetic_test
