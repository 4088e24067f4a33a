// Evaluate(): its metrics are those of what Network::Predict finds.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "eval/sample_indices.h"
#include "slide/error.h"
#include "slide/metrics.h"
#include "slide/network.h"
#include "support/make_data.h"

namespace slide::evaluate_test {
namespace {

constexpr uint64_t kSeed = 23;
constexpr uint32_t kFeatures = 30, kLabels = 40;

Network MakeNetwork() {
  NetworkOptions options;
  options.num_features = kFeatures;
  options.num_labels = kLabels;
  options.hidden = {12};
  options.init_scale = 2.0;
  options.seed = kSeed;
  return Network(options, 1);
}

EvaluateOptions OnThreads(int num_threads) {
  EvaluateOptions options;
  options.num_threads = num_threads;
  return options;
}

// More than two blocks of samples, the last short.
Dataset MakeData() {
  return testing_support::RandomData(70, kFeatures, kLabels, 6, 2, kSeed);
}

Metrics FromPredictions(const Network& network, const Dataset& data,
                        const std::vector<uint64_t>& samples) {
  MetricsAccumulator expected(EvaluateOptions().ks);
  for (const uint64_t i : samples) {
    std::vector<uint32_t> ranked;
    std::vector<double> log_probability(kLabels);
    for (const ScoredLabel& label :
         network.Predict(data[i].features, static_cast<int>(kLabels))) {
      ranked.push_back(label.label);
      log_probability[label.label] =
          std::log(static_cast<double>(label.probability));
    }
    expected.Add(std::span(ranked).first(5), data[i].labels);
    double sum = 0.0;
    for (const uint32_t label : data[i].labels) sum += log_probability[label];
    expected.AddLoss(-sum / static_cast<double>(data[i].labels.size()));
  }
  return expected.Result();
}

void ExpectNear(const Metrics& a, const Metrics& b) {
  EXPECT_EQ(a.num_samples, b.num_samples);
  // Both round logits of size 1 or so, sums of 12 products, to floats.
  EXPECT_NEAR(a.loss.value(), b.loss.value(), 1e-5);
  ASSERT_EQ(a.at.size(), b.at.size());
  for (size_t i = 0; i < a.at.size(); ++i) {
    EXPECT_DOUBLE_EQ(a.at[i].precision, b.at[i].precision);
    EXPECT_DOUBLE_EQ(a.at[i].ndcg, b.at[i].ndcg);
    EXPECT_DOUBLE_EQ(a.at[i].recall, b.at[i].recall);
  }
}

TEST(Evaluate, IsTheMeanOverWhatPredictFinds) {
  const Network network = MakeNetwork();
  const Dataset data = MakeData();
  const Metrics metrics = Evaluate(network, data, OnThreads(1));
  EXPECT_EQ(metrics.num_samples, 70u);
  EXPECT_GT(metrics.at[2].recall, 0.0);
  ExpectNear(metrics,
             FromPredictions(network, data, eval::SampleIndices(70, 0, kSeed)));
}

TEST(Evaluate, LooksAtTheSamplesThatTheSeedGives) {
  const Network network = MakeNetwork();
  const Dataset data = MakeData();
  EvaluateOptions options = OnThreads(1);
  options.num_samples = 9;
  options.seed = kSeed;
  ExpectNear(Evaluate(network, data, options),
             FromPredictions(network, data, eval::SampleIndices(70, 9, kSeed)));
}

TEST(Evaluate, IsTheSameBitForBitOnAnyNumberOfThreads) {
  const Network network = MakeNetwork();
  const Dataset data = MakeData();
  const Metrics expected = Evaluate(network, data, OnThreads(1));
  for (const int threads : {2, 3}) {
    const Metrics metrics = Evaluate(network, data, OnThreads(threads));
    EXPECT_EQ(metrics.loss, expected.loss);
    for (size_t i = 0; i < expected.at.size(); ++i) {
      EXPECT_EQ(metrics.at[i].ndcg, expected.at[i].ndcg);
    }
  }
}

TEST(Evaluate, OfSamplesWithoutLabelsHasNoLoss) {
  const Network network = MakeNetwork();
  EXPECT_EQ(Evaluate(network, Dataset()).num_samples, 0u);
  const Dataset unlabelled =
      testing_support::RandomData(3, kFeatures, kLabels, 6, 0, kSeed);
  const Metrics metrics = Evaluate(network, unlabelled, OnThreads(1));
  EXPECT_EQ(metrics.num_samples, 3u);
  EXPECT_FALSE(metrics.loss.has_value());
}

TEST(Evaluate, RefusesDataThatDoesNotFit) {
  const Network network = MakeNetwork();
  for (const auto& data :
       {testing_support::RandomData(1, kFeatures + 1, kLabels, 6, 1, kSeed),
        testing_support::RandomData(1, kFeatures, kLabels + 1, 6, 1, kSeed)}) {
    EXPECT_THROW(Evaluate(network, data), DataError);
  }
  EvaluateOptions options;
  options.ks.clear();
  EXPECT_THROW(Evaluate(network, MakeData(), options), OptionsError);
  options = {};
  options.inverse_propensities.assign(kLabels - 1, 1.0f);
  EXPECT_THROW(Evaluate(network, MakeData(), options), OptionsError);
  options.inverse_propensities.assign(kLabels, 1.0f);
  EXPECT_TRUE(Evaluate(network, MakeData(), options).at[0].psp);
}

TEST(Evaluate, TellsHowFarItIsAndStopsWhenAsked) {
  const Network network = MakeNetwork();
  std::vector<double> shares;
  const auto look = [&](double share) {
    shares.push_back(share);
    return true;
  };
  Evaluate(network, MakeData(), OnThreads(1), look);
  EXPECT_EQ(shares, (std::vector<double>{0.0, 1.0 / 3, 2.0 / 3}));
  for (const int num_threads : {1, 3}) {
    EXPECT_THROW(Evaluate(network, MakeData(), OnThreads(num_threads),
                          [](double) { return false; }),
                 StoppedError);
  }
}

}  // namespace
}  // namespace slide::evaluate_test
