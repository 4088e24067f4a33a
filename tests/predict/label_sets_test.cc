// Predict(): its sets are those that all labels with their probabilities give.
#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "nn/network_access.h"
#include "nn/network_core.h"
#include "slide/error.h"
#include "slide/predict.h"
#include "support/make_data.h"

namespace slide::label_sets_test {
namespace {

constexpr uint64_t kSeed = 22;
// More than a tile of the search, and than it keeps.
constexpr uint32_t kFeatures = 50, kLabels = 700;

Network MakeNetwork() {
  NetworkOptions options;
  options.num_features = kFeatures;
  options.num_labels = kLabels;
  options.hidden = {20};
  options.init_scale = 2.0;
  options.seed = kSeed;
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
      testing_support::RandomData(70, kFeatures, kLabels, 6, 2, kSeed);
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
      testing_support::RandomData(40, kFeatures, kLabels, 6, 2, kSeed);
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
      testing_support::RandomData(40, kFeatures, kLabels, 6, 2, kSeed);
  ExpectSets(network, data, {.k = 7}, 3, std::vector<float>(kLabels, 0.0f));
}

TEST(LabelSets, UnderTheSigmoidLossAProbabilityIsTheLabelsOwn) {
  Network network = MakeNetwork();
  nn::NetworkAccess::Core(network).SetLoss(Loss::kSigmoid);
  const Dataset data =
      testing_support::RandomData(1, kFeatures, kLabels, 6, 2, kSeed);
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
      testing_support::RandomData(2, kFeatures, kLabels, 6, 2, kSeed);
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
}  // namespace slide::label_sets_test
