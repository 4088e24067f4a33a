// Calibrate() against all probabilities of a small network, one by one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "nn/network_access.h"
#include "nn/network_core.h"
#include "slide/calibration.h"
#include "slide/error.h"
#include "slide/metrics.h"
#include "slide/predict.h"
#include "slide/trainer.h"
#include "support/make_data.h"

namespace slide::calibrate_test {
namespace {

constexpr uint64_t kSeed = 5;
constexpr uint32_t kLabels = 20;

// Sure of too much: it was trained for long, on labels that half of the
// validation samples do not have.
Network Trained(Loss loss) {
  NetworkOptions options;
  options.num_features = kLabels * 4;
  options.num_labels = kLabels;
  options.hidden = {12};
  options.seed = kSeed;
  Network network(options, 1);
  TrainOptions train;
  train.epochs = 3;
  train.loss = loss;
  train.num_threads = 1;
  Trainer(network, train)
      .Fit(testing_support::LearnableData(400, kLabels, 2, kSeed));
  return network;
}

Dataset Validation(size_t labels_each) {
  CsrArrays arrays;
  arrays.num_features = kLabels * 4;
  arrays.num_labels = kLabels;
  const Dataset clean =
      testing_support::LearnableData(300, kLabels, labels_each, kSeed + 1);
  util::Rng rng = util::Rng(kSeed).Stream(util::Purpose::kTest);
  for (size_t i = 0; i < clean.size(); ++i) {
    const Sample sample = clean[i];
    std::vector<uint32_t> labels(sample.labels.begin(), sample.labels.end());
    if (rng.UniformInt(2) == 0) {
      labels = testing_support::DrawIds(kLabels, labels_each, rng);
    }
    testing_support::AddSample(
        arrays, {sample.features.ids.begin(), sample.features.ids.end()},
        {sample.features.values.begin(), sample.features.values.end()}, labels);
  }
  return Dataset(std::move(arrays));
}

// Negative log likelihood of a sample, of all its labels one by one or of its
// one label.
double LossOf(const Network& network, const Dataset& data, bool is_softmax) {
  double loss = 0.0;
  for (size_t i = 0; i < data.size(); ++i) {
    for (const ScoredLabel& one :
         network.Predict(data[i].features, int{kLabels})) {
      const double p = static_cast<double>(one.probability);
      if (std::ranges::binary_search(data[i].labels, one.label)) {
        loss -= std::log(p);
      } else if (!is_softmax) {
        loss -= std::log1p(-p);
      }
    }
  }
  return loss / static_cast<double>(data.size());
}

struct Case {
  Loss loss;
  size_t labels_each;
  ProbabilityForm form;
};

class CalibrateTest : public testing::TestWithParam<Case> {};

TEST_P(CalibrateTest, HasTheLeastLossAndReliableProbabilities) {
  const auto [loss, labels_each, form] = GetParam();
  Network network = Trained(loss);
  const Dataset data = Validation(labels_each);
  const bool is_softmax = form == ProbabilityForm::kSoftmax;
  CalibrateOptions options;
  options.num_threads = 2;
  const CalibrationReport report = Calibrate(network, data, options);
  const Calibration& found = report.calibration;
  EXPECT_EQ(found.form, form);
  EXPECT_EQ(found.num_samples, data.size());
  EXPECT_EQ(network.calibration(), std::nullopt);
  EXPECT_NEAR(report.before.loss, LossOf(network, data, is_softmax),
              0.01 * report.before.loss);
  EXPECT_LT(report.after.loss, report.before.loss);
  EXPECT_LT(report.after.error, report.before.error);

  EXPECT_NEAR(MeasureReliability(network, data).error, report.before.error,
              1e-9);

  network.SetCalibration(found);
  const double least = LossOf(network, data, is_softmax);
  const Reliability again = MeasureReliability(network, data);
  EXPECT_NEAR(again.loss, report.after.loss, 1e-6);
  EXPECT_NEAR(again.error, report.after.error, 1e-6);
  EXPECT_NEAR(report.after.loss, least, 0.01 * least);
  for (const double factor : {0.9, 1.1}) {
    Calibration other = found;
    other.temperature *= factor;
    network.SetCalibration(other);
    EXPECT_GT(LossOf(network, data, is_softmax), least);
    if (is_softmax) continue;
    other = found;
    other.offset += factor - 1.0;
    network.SetCalibration(other);
    EXPECT_GT(LossOf(network, data, is_softmax), least);
  }
  // By one thread the same, to the last bit.
  options.num_threads = 1;
  EXPECT_EQ(Calibrate(network, data, options).calibration, found);
}

TEST_P(CalibrateTest, TheThresholdForAllHasTheF1ThatEvaluateFinds) {
  const auto [loss, labels_each, form] = GetParam();
  Network network = Trained(loss);
  const Dataset data = Validation(labels_each);
  const CalibrationReport report = Calibrate(network, data, {});
  network.SetCalibration(report.calibration);
  EvaluateOptions options;
  options.threshold = Threshold{};
  const double f1 = Evaluate(network, data, options).at_threshold->micro.f1;
  // Pairs within a bin of log odds may fall on either side.
  EXPECT_NEAR(f1, report.micro_f1, 0.01);
  for (int i = 1; i < 20; ++i) {
    options.threshold = Threshold{0.05 * i};
    EXPECT_LE(Evaluate(network, data, options).at_threshold->micro.f1,
              report.micro_f1 + 0.01);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Forms, CalibrateTest,
    testing::Values(Case{Loss::kSoftmax, 1, ProbabilityForm::kSoftmax},
                    Case{Loss::kDecoupled, 1, ProbabilityForm::kSoftmax},
                    Case{Loss::kSoftmax, 2, ProbabilityForm::kOdds},
                    Case{Loss::kDecoupled, 2, ProbabilityForm::kLogistic},
                    Case{Loss::kSigmoid, 2, ProbabilityForm::kLogistic}));

TEST(Calibrate, TrainingRemovesTheCalibration) {
  Network network = Trained(Loss::kSigmoid);
  EXPECT_EQ(network.loss(), Loss::kSigmoid);
  network.SetCalibration(Calibration{});
  TrainOptions options;
  options.loss = Loss::kSoftmax;
  Trainer trainer(network, options);
  EXPECT_EQ(network.calibration(), std::nullopt);
  EXPECT_EQ(network.loss(), Loss::kSoftmax);
}

TEST(Calibrate, LabelsHaveTheirBestF1UnlessTheyAreRare) {
  Network network = Trained(Loss::kSigmoid);
  const Dataset data = Validation(2);
  CalibrateOptions options;
  options.thresholds = ThresholdKind::kLabel;
  options.min_positives = 30;
  const CalibrationReport report = Calibrate(network, data, options);
  const std::vector<uint64_t> counts = data.LabelCounts();
  const auto num_rare =
      std::ranges::count_if(counts, [](uint64_t count) { return count < 30; });
  ASSERT_GT(num_rare, 0);
  EXPECT_EQ(report.num_own, kLabels - static_cast<uint64_t>(num_rare));
  network.SetCalibration(report.calibration);
  const auto all = Predict(network, data, 0, data.size(),
                           {.k = 0, .threshold = Threshold{0.0}});
  for (uint32_t label = 0; label < kLabels; ++label) {
    std::vector<std::pair<float, bool>> pairs;
    for (size_t i = 0; i < data.size(); ++i) {
      for (const ScoredLabel& one : all[i]) {
        if (one.label != label) continue;
        pairs.emplace_back(one.probability,
                           std::ranges::binary_search(data[i].labels, label));
      }
    }
    const auto f1_at = [&](float threshold) {
      double hits = 0.0, taken = 0.0;
      for (const auto& [p, is_true] : pairs) {
        taken += p >= threshold ? 1.0 : 0.0;
        hits += p >= threshold && is_true ? 1.0 : 0.0;
      }
      return 2.0 * hits / (taken + static_cast<double>(counts[label]));
    };
    const float own = report.calibration.label_thresholds[label];
    const auto one = static_cast<float>(*report.calibration.threshold);
    if (counts[label] < 30) {
      EXPECT_EQ(own, one);
      continue;
    }
    EXPECT_GE(own, one / 2);
    for (const auto& [p, is_true] : pairs) {
      EXPECT_TRUE(p < one / 2 || f1_at(p) <= f1_at(own) + 1e-12);
    }
  }
}

TEST(MeasureReliability, ASoftmaxHasNoLossOfSamplesWithoutLabels) {
  const Network network = Trained(Loss::kSoftmax);
  const Dataset data = Validation(1);
  CsrArrays arrays;
  arrays.num_features = kLabels * 4;
  arrays.num_labels = kLabels;
  for (size_t i = 0; i < data.size(); ++i) {
    const Sample sample = data[i];
    for (const bool with_labels : {true, false}) {
      testing_support::AddSample(
          arrays, {sample.features.ids.begin(), sample.features.ids.end()},
          {sample.features.values.begin(), sample.features.values.end()},
          with_labels ? std::vector<uint32_t>(sample.labels.begin(),
                                              sample.labels.end())
                      : std::vector<uint32_t>());
    }
  }
  EXPECT_NEAR(MeasureReliability(network, Dataset(std::move(arrays))).loss,
              MeasureReliability(network, data).loss, 1e-9);
}

TEST(Calibrate, RefusesDataThatTellsNothing) {
  const Network network = Trained(Loss::kSigmoid);
  CsrArrays arrays;
  arrays.num_features = kLabels * 4;
  arrays.num_labels = kLabels;
  EXPECT_THROW(Calibrate(network, Dataset(CsrArrays(arrays))), DataError);
  testing_support::AddSample(arrays, {1}, {1.0f}, {});
  EXPECT_THROW(Calibrate(network, Dataset(CsrArrays(arrays))), DataError);
  EXPECT_THROW(Calibrate(network, testing_support::RandomData(2, 4, kLabels + 1,
                                                              2, 1, 1)),
               DataError);
  CalibrateOptions options;
  options.min_positives = 0;
  EXPECT_THROW(Calibrate(network, Validation(2), options), OptionsError);
}

}  // namespace
}  // namespace slide::calibrate_test
