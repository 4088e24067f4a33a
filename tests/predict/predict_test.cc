// Network::Predict(): what is asked of it and what comes back; the scores are
// those of ExactSearch.
#include <gtest/gtest.h>

#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "slide/dataset_builder.h"
#include "slide/error.h"
#include "slide/metrics.h"
#include "slide/network.h"
#include "support/make_data.h"

namespace slide::predict_test {
namespace {

constexpr uint64_t kSeed = 21;

NetworkOptions Net(uint32_t num_labels) {
  NetworkOptions options;
  options.num_features = 60;
  options.num_labels = num_labels;
  options.hidden = {20};
  options.init_scale = 2.0;
  options.seed = kSeed;
  return options;
}

TEST(Predict, OneSampleAndARangeOfABatchAgreeWithTheBatch) {
  const Network network(Net(700), 1);
  const Dataset data = testing_support::RandomData(40, 60, 700, 8, 2, kSeed);
  const auto all = network.Predict(data, 0, 40, 5, 2);
  const auto part = network.Predict(data, 13, 39, 5, 1);
  for (size_t s = 13; s < 39; ++s) {
    const auto one = network.Predict(data[s].features, 5);
    for (size_t r = 0; r < 5; ++r) {
      EXPECT_EQ(all[s * 5 + r].label, part[(s - 13) * 5 + r].label);
      EXPECT_EQ(all[s * 5 + r].label, one[r].label);
      EXPECT_NEAR(all[s * 5 + r].logit, one[r].logit, 1e-5);
    }
  }
  EXPECT_TRUE(network.Predict(data, 7, 7, 5, 1).empty());
}

TEST(Predict, MoreLabelsThanThereAreGivesAllOfThem) {
  const Network network(Net(3), 1);
  const Dataset data = testing_support::RandomData(2, 60, 3, 8, 1, kSeed);
  const auto found = network.Predict(data[0].features, 10);
  ASSERT_EQ(found.size(), 3u);
  float sum = 0.0f;
  for (const ScoredLabel& label : found) sum += label.probability;
  EXPECT_NEAR(sum, 1.0f, 1e-6f);
  EXPECT_EQ(network.Predict(data, 0, 2, 10, 1).size(), 6u);
}

TEST(Predict, RefusesInputThatDoesNotFit) {
  const Network network(Net(10), 1);
  const std::vector<float> values = {1.0f, 1.0f};
  const std::vector<uint32_t> high = {0, 60}, falling = {5, 4}, twice = {4, 4};
  EXPECT_THROW(network.Predict({high, values}, 1), DataError);
  EXPECT_THROW(network.Predict({falling, values}, 1), DataError);
  EXPECT_THROW(network.Predict({twice, values}, 1), DataError);
  EXPECT_THROW(network.Predict({std::span(high).first(1), values}, 1),
               DataError);
  EXPECT_THROW(network.Predict(SparseView{}, 0), OptionsError);
  const Dataset wide = testing_support::RandomData(1, 61, 10, 3, 1, kSeed);
  EXPECT_THROW(network.Predict(wide, 0, 1, 1, 1), DataError);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(),
                          std::numeric_limits<float>::infinity()}) {
    const std::vector<uint32_t> ids = {3, 7};
    EXPECT_THROW(network.Predict({ids, std::vector<float>{1.0f, bad}}, 1),
                 DataError);
  }
}

TEST(Predict, RefusesARangeThatIsNoPartOfTheData) {
  const Network network(Net(10), 1);
  const Dataset data = testing_support::RandomData(20, 60, 10, 3, 1, kSeed);
  EXPECT_THROW(network.Predict(data, 10, 5, 1), OptionsError);
  EXPECT_THROW(network.Predict(data, 0, 21, 1), OptionsError);
  EXPECT_THROW(network.Predict(data, 0, 5, 0), OptionsError);
  EXPECT_THROW(network.Predict(data, 0, 5, 1, -1), OptionsError);
}

TEST(Predict, AScoreThatIsNotFiniteIsAnError) {
  const Network network(Net(700), 1);
  const std::vector<uint32_t> ids = {3, 7};
  const std::vector<float> huge(2, std::numeric_limits<float>::max());
  EXPECT_THROW(network.Predict({ids, huge}, 5), DivergedError);
  DatasetBuilder builder(
      {.num_features = 60, .num_labels = 700, .normalize = false});
  for (int i = 0; i < 40; ++i) {
    builder.Add({ids, i == 33 ? huge : std::vector<float>(2, 1.0f)}, {});
  }
  const Dataset data = builder.Build();
  EXPECT_THROW(network.Predict(data, 0, 40, 5, 2), DivergedError);
  EXPECT_EQ(network.Predict(data, 0, 32, 5, 2).size(), 32u * 5u);
  EXPECT_THROW(Evaluate(network, data), DivergedError);
}

}  // namespace
}  // namespace slide::predict_test
