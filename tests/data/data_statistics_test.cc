#include "slide/data_statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "slide/error.h"
#include "support/make_data.h"

namespace slide::data_statistics_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing_support::AddSample;

// Samples that have the given number of features, and the labels below the
// given number.
Dataset DataOf(std::vector<std::pair<uint32_t, uint32_t>> sizes) {
  CsrArrays arrays;
  arrays.num_features = 200;
  arrays.num_labels = 200;
  for (const auto& [num_features, num_labels] : sizes) {
    std::vector<uint32_t> ids(num_features), labels(num_labels);
    for (uint32_t i = 0; i < num_features; ++i) ids[i] = i;
    for (uint32_t i = 0; i < num_labels; ++i) labels[i] = i;
    AddSample(arrays, ids, std::vector<float>(num_features, 1.0f), labels);
  }
  return Dataset(std::move(arrays));
}

std::vector<std::pair<uint32_t, uint64_t>> Pairs(
    const std::vector<Frequency>& frequent) {
  std::vector<std::pair<uint32_t, uint64_t>> pairs;
  for (const Frequency& one : frequent) {
    pairs.emplace_back(one.id, one.num_samples);
  }
  return pairs;
}

TEST(DataStatistics, SpreadsTellSumsAndPercentiles) {
  // 2, 1, 8, 1, 0 and 2 features: half of the samples have at most 1.
  const DataStatistics data =
      MeasureData(DataOf({{2, 4}, {1, 1}, {8, 1}, {1, 0}, {0, 1}, {2, 1}}));
  EXPECT_EQ(data.features.sum, 14u);
  EXPECT_DOUBLE_EQ(data.features.mean, 14.0 / 6);
  EXPECT_EQ(data.features.p50, 1u);
  EXPECT_EQ(data.features.p99, 8u);
  EXPECT_EQ(data.features.max, 8u);
  EXPECT_EQ(data.features.num_zero, 1u);
  EXPECT_EQ(data.labels.sum, 8u);
  EXPECT_EQ(data.labels.max, 4u);
  EXPECT_EQ(data.labels.num_zero, 1u);
}

TEST(DataStatistics, OneSampleInAHundredIsBeyondTheLastPercentile) {
  std::vector<std::pair<uint32_t, uint32_t>> sizes(99, {3, 0});
  sizes.push_back({100, 0});
  EXPECT_EQ(MeasureData(DataOf(sizes)).features.p99, 3u);
  sizes.push_back({100, 0});
  EXPECT_EQ(MeasureData(DataOf(sizes)).features.p99, 100u);
}

TEST(DataStatistics, CountsLabelsByPowersOfTwo) {
  CsrArrays arrays;
  arrays.num_features = 1;
  arrays.num_labels = 5;
  // Labels 0 to 4 have 4, 1, 1, 3 and 0 samples.
  for (const std::vector<uint32_t>& labels : std::vector<std::vector<uint32_t>>{
           {0, 1, 2, 3}, {0, 3}, {0, 3}, {0}, {}}) {
    AddSample(arrays, {}, {}, labels);
  }
  EXPECT_THAT(MeasureData(Dataset(std::move(arrays))).label_counts,
              ElementsAre(1, 2, 1, 1));
}

TEST(DataStatistics, FrequentOnesComeByFallingCountThenById) {
  CsrArrays arrays;
  arrays.num_features = 4;
  arrays.num_labels = 20;
  AddSample(arrays, {0, 2}, {1.0f, 0.0f}, {0, 2});
  AddSample(arrays, {2}, {1.0f}, {2});
  AddSample(arrays, {0, 2}, {1.0f, 1.0f}, {2, 19});
  AddSample(arrays, {1}, {1.0f}, {});
  const Dataset samples(std::move(arrays));
  const DataStatistics data = MeasureData(samples);
  using Pair = std::pair<uint32_t, uint64_t>;
  EXPECT_THAT(Pairs(data.frequent_labels),
              ElementsAre(Pair(2, 3), Pair(0, 1), Pair(19, 1)));
  EXPECT_THAT(Pairs(data.frequent_features),
              ElementsAre(Pair(2, 3), Pair(0, 2), Pair(1, 1)));
  const DataStatistics two = MeasureData(samples, 2);
  EXPECT_THAT(Pairs(two.frequent_labels), ElementsAre(Pair(2, 3), Pair(0, 1)));
}

TEST(DataStatistics, NoSamplesHaveZerosOnly) {
  const DataStatistics data = MeasureData(DataOf({}));
  EXPECT_EQ(data.features.max, 0u);
  EXPECT_EQ(data.features.mean, 0.0);
  EXPECT_THAT(data.label_counts, ElementsAre(200));
  EXPECT_THAT(data.frequent_labels, IsEmpty());
  EXPECT_THAT(MeasureData(Dataset()).label_counts, IsEmpty());
}

TEST(DataStatistics, DamagedSamplesThrow) {
  CsrArrays arrays;
  arrays.num_features = 7;
  arrays.num_labels = 8;
  arrays.feature_offsets = arrays.label_offsets = {0, 1};
  arrays.feature_ids = arrays.label_ids = {7};
  arrays.feature_values = {1.0f};
  const auto damaged = [&] {
    return Dataset::ViewUnchecked(ViewOf(arrays), nullptr, "FILE");
  };
  EXPECT_THROW(MeasureData(damaged()), DataError);
  EXPECT_THROW(MeasureOverlap(damaged(), Dataset()), DataError);
  EXPECT_THROW(MeasureOverlap(Dataset(), damaged()), DataError);
}

TEST(Overlap, CountsSamplesOfTheOtherSet) {
  CsrArrays train, test;
  train.num_features = test.num_features = 9;
  train.num_labels = test.num_labels = 5;
  AddSample(train, {0, 1}, {1.0f, 2.0f}, {0});
  AddSample(train, {3}, {1.0f}, {1});
  AddSample(train, {4}, {1.0f}, {2});
  AddSample(train, {5, 6}, {1.0f, 1.0f}, {});

  AddSample(test, {0, 1}, {1.0f, 2.0f}, {0});
  AddSample(test, {4}, {1.0f}, {1});           // other label
  AddSample(test, {0, 1}, {1.0f, 3.0f}, {3});  // other value
  AddSample(test, {}, {}, {});                 // empty
  AddSample(test, {5, 6}, {1.0f, 1.0f}, {});   // twice
  AddSample(test, {5, 6}, {1.0f, 1.0f}, {});
  const Overlap overlap =
      MeasureOverlap(Dataset(std::move(test)), Dataset(std::move(train)));
  EXPECT_EQ(overlap.num_samples, 6u);
  EXPECT_EQ(overlap.same_features, 4u);
  EXPECT_EQ(overlap.same_and_labels, 3u);
}

TEST(Overlap, FindsLabelsAmongSamplesOfTheSameFeatures) {
  CsrArrays train, test;
  train.num_features = test.num_features = 9;
  train.num_labels = test.num_labels = 5;
  for (uint32_t label = 0; label < 5; ++label) {
    AddSample(train, {0}, {1.0f}, {label});
  }
  AddSample(test, {0}, {1.0f}, {3});
  const Overlap overlap =
      MeasureOverlap(Dataset(std::move(test)), Dataset(std::move(train)));
  EXPECT_EQ(overlap.same_and_labels, 1u);
}

}  // namespace
}  // namespace slide::data_statistics_test
