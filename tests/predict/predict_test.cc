// Network::Predict(): what is asked of it and what comes back; the scores are
// those of ExactSearch. Predict(): its sets are those that all labels with
// their probabilities give.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "nn/network_access.h"
#include "nn/network_core.h"
#include "slide/dataset_builder.h"
#include "slide/error.h"
#include "slide/metrics.h"
#include "slide/network.h"
#include "slide/predict.h"
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

constexpr uint64_t kSetsSeed = 22;
// More than a tile of the search, and than it keeps.
constexpr uint32_t kFeatures = 50, kLabels = 700;

Network MakeNetwork() {
  NetworkOptions options;
  options.num_features = kFeatures;
  options.num_labels = kLabels;
  options.hidden = {20};
  options.init_scale = 2.0;
  options.seed = kSetsSeed;
  return Network(options, 1);
}

Calibration MakeCalibration(ProbabilityForm form) {
  return {.form = form,
          .temperature = 0.8,
          .offset = form == ProbabilityForm::kSoftmax ? 0.0 : 0.3};
}

// Compares with all labels of a sample, by the library's other way to them.
void ExpectSets(const Network& network, const Dataset& data,
                const PredictOptions& options, size_t begin,
                const std::vector<float>& thresholds) {
  const Predictions got = Predict(network, data, begin, data.size(), options);
  ASSERT_EQ(got.size(), data.size() - begin);
  for (size_t i = 0; i < got.size(); ++i) {
    std::vector<ScoredLabel> expected;
    for (const ScoredLabel& one :
         network.Predict(data, begin + i, begin + i + 1, kLabels, 1)) {
      if (one.probability < thresholds[one.label]) continue;
      if (options.k > 0 && expected.size() == static_cast<size_t>(options.k)) {
        break;
      }
      expected.push_back(one);
    }
    ASSERT_EQ(got[i].size(), expected.size());
    for (size_t r = 0; r < expected.size(); ++r) {
      EXPECT_EQ(got[i][r].label, expected[r].label);
      // A sample alone is summed in another order than one of a block.
      EXPECT_NEAR(got[i][r].probability, expected[r].probability,
                  1e-5f * expected[r].probability);
    }
  }
}

TEST(LabelSets, AreAllLabelsFromTheThresholdOn) {
  Network network = MakeNetwork();
  const Dataset data =
      testing_support::RandomData(70, kFeatures, kLabels, 6, 2, kSetsSeed);
  for (const ProbabilityForm form :
       {ProbabilityForm::kSoftmax, ProbabilityForm::kLogistic,
        ProbabilityForm::kOdds}) {
    network.SetCalibration(MakeCalibration(form));
    // Few labels, more than the search keeps, and all.
    size_t num_deep = 0;
    for (const int rank : {3, 200, int{kLabels}}) {
      const float at = network.Predict(data, 0, 1, rank, 1).back().probability;
      PredictOptions options;
      options.threshold = Threshold{static_cast<double>(at)};
      for (const int k : {0, 2, 150}) {
        options.k = k;
        options.num_threads = 2;
        ExpectSets(network, data, options, 5, std::vector<float>(kLabels, at));
      }
      num_deep += rank > 64 ? 1 : 0;
    }
    EXPECT_EQ(num_deep, 2u);
  }
}

TEST(LabelSets, LabelsMayHaveThresholdsOfTheirOwn) {
  Network network = MakeNetwork();
  const Dataset data =
      testing_support::RandomData(40, kFeatures, kLabels, 6, 2, kSetsSeed);
  Calibration calibration = MakeCalibration(ProbabilityForm::kLogistic);
  for (uint32_t label = 0; label < kLabels; ++label) {
    calibration.label_thresholds.push_back(label % 3 == 0   ? 0.2f
                                           : label % 3 == 1 ? 0.7f
                                                            : 0.95f);
  }
  calibration.threshold = 0.5;  // goes behind those
  network.SetCalibration(calibration);
  for (const int k : {0, 5}) {
    ExpectSets(network, data, {.k = k, .threshold = Threshold{}}, 0,
               calibration.label_thresholds);
  }
  calibration.label_thresholds.clear();
  network.SetCalibration(calibration);
  ExpectSets(network, data, {.k = 0, .threshold = Threshold{}}, 0,
             std::vector<float>(kLabels, 0.5f));
}

TEST(LabelSets, WithoutAThresholdAreTheBestLabels) {
  const Network network = MakeNetwork();
  const Dataset data =
      testing_support::RandomData(40, kFeatures, kLabels, 6, 2, kSetsSeed);
  ExpectSets(network, data, {.k = 7}, 3, std::vector<float>(kLabels, 0.0f));
}

TEST(LabelSets, UnderTheSigmoidLossAProbabilityIsTheLabelsOwn) {
  Network network = MakeNetwork();
  nn::NetworkAccess::Core(network).SetLoss(Loss::kSigmoid);
  const Dataset data =
      testing_support::RandomData(1, kFeatures, kLabels, 6, 2, kSetsSeed);
  for (const ScoredLabel& one : network.Predict(data[0].features, 5)) {
    EXPECT_FLOAT_EQ(one.probability, 1.0f / (1.0f + std::exp(-one.logit)));
  }
}

TEST(LabelSets, TellWhichSamplesHaveNoFeature) {
  CsrArrays arrays;
  arrays.num_features = kFeatures;
  arrays.num_labels = kLabels;
  for (const bool has_one : {false, true, true, false, false}) {
    testing_support::AddSample(arrays, std::vector<uint32_t>(has_one, 3),
                               std::vector<float>(has_one, 1.0f), {1});
  }
  const Dataset data(std::move(arrays));
  EXPECT_EQ(Predict(MakeNetwork(), data, 0, 5).unknown,
            (std::vector<size_t>{0, 3, 4}));
  EXPECT_EQ(Predict(MakeNetwork(), data, 1, 4).unknown,
            (std::vector<size_t>{2}));
}

TEST(LabelSets, RefuseSenselessOptions) {
  const Network network = MakeNetwork();
  const Dataset data =
      testing_support::RandomData(2, kFeatures, kLabels, 6, 2, kSetsSeed);
  const auto predict = [&](const PredictOptions& options) {
    return Predict(network, data, 0, 2, options);
  };
  EXPECT_THROW(predict({.k = 0}), OptionsError);
  EXPECT_THROW(predict({.k = -1, .threshold = Threshold{0.5}}), OptionsError);
  EXPECT_THROW(predict({.threshold = Threshold{1.5}}), OptionsError);
  EXPECT_THROW(predict({.threshold = Threshold{}}), OptionsError);  // has none
  EXPECT_THROW(Predict(network, data, 1, 3), OptionsError);
}

}  // namespace
}  // namespace slide::predict_test
