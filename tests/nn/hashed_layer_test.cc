// Which neurons of a hashed hidden layer are active, with which weights and at
// which rate it starts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <span>
#include <vector>

#include "nn/hashed_layer.h"
#include "nn/network_core.h"
#include "nn/step.h"
#include "slide/options.h"
#include "support/make_data.h"
#include "support/small_net.h"

namespace slide::nn::hashed_layer_test {
namespace {

using testing::ElementsAre;
using testing_support::AllLabelsActive;
using testing_support::kNetFeatures;
using testing_support::kNetLabels;
using testing_support::kNetSeed;

HiddenLayer WithCandidates(int neurons, int max_active, int candidates,
                           Activation activation) {
  HiddenLayer layer = testing_support::Hashed(neurons, max_active, activation);
  layer.hash.candidates = candidates;
  return layer;
}

NetworkOptions NetOf(std::vector<HiddenLayer> hidden) {
  NetworkOptions options;
  options.num_features = kNetFeatures;
  options.num_labels = kNetLabels;
  options.hidden = std::move(hidden);
  options.seed = kNetSeed;
  return options;
}

// The active neurons of the first hidden layer with their values.
std::map<uint32_t, float> ActiveOf(const NetworkOptions& options,
                                   const Sample& sample, float dropout = 0.0f) {
  NetworkCore core(options);
  const util::ThreadTeam team(1);
  core.DrawWeights(team);
  core.BuildTables(team);
  StepOptions step;
  step.hidden_dropout = dropout;
  testing_support::Stepper stepper(core, AllLabelsActive(), step);
  stepper.Forward(sample, util::Rng(kNetSeed));
  LayerState& layer = stepper.state().layers[0];
  std::map<uint32_t, float> active;
  for (size_t j = 0; j < layer.size(); ++j) {
    active[layer.ids()[j]] = layer.values()[j];
  }
  EXPECT_EQ(active.size(), layer.size()) << "a neuron is active twice";
  return active;
}

// Two nets that differ in max_active alone have the same tables and, their
// weights drawn alike, the same candidates.
TEST(HashedHiddenLayer, TheLargestOfTheCandidatesAreActive) {
  constexpr int kMaxActive = 12, kCandidates = 48;
  const Dataset data =
      testing_support::RandomData(20, kNetFeatures, kNetLabels, 6, 3, kNetSeed);
  size_t num_full = 0;
  for (const Activation activation :
       {Activation::kRelu, Activation::kTanh, Activation::kLinear}) {
    const NetworkOptions some =
        NetOf({WithCandidates(200, kMaxActive, kCandidates, activation)});
    NetworkOptions all =
        NetOf({WithCandidates(200, kCandidates, kCandidates, activation)});
    // Variances are 1 / max_active: 1/12 and 4/48.
    all.init_scale = 2.0;
    for (size_t i = 0; i < data.size(); ++i) {
      const std::map<uint32_t, float> active = ActiveOf(some, data[i]);
      const std::map<uint32_t, float> candidates = ActiveOf(all, data[i]);
      EXPECT_LE(active.size(), size_t{kMaxActive});
      EXPECT_LE(candidates.size(), size_t{kCandidates});
      std::vector<float> values;
      for (const auto& [neuron, value] : candidates) values.push_back(value);
      std::sort(values.begin(), values.end(), std::greater<>());
      if (values.size() > kMaxActive) {
        values.resize(kMaxActive);
        ++num_full;
      }
      ASSERT_EQ(active.size(), values.size());
      for (const auto& [neuron, value] : active) {
        const auto same = candidates.find(neuron);
        ASSERT_NE(same, candidates.end());
        EXPECT_NEAR(value, same->second, 1e-5f);
        EXPECT_GE(value, values.back() - 1e-5f);
      }
    }
  }
  EXPECT_GT(num_full, 20u);  // there was something to leave out
}

TEST(HashedHiddenLayer, DropoutTakesItsShareOfTheActiveNeurons) {
  const Dataset data =
      testing_support::RandomData(40, kNetFeatures, kNetLabels, 6, 3, kNetSeed);
  const NetworkOptions options =
      NetOf({WithCandidates(200, 16, 64, Activation::kLinear)});
  size_t num_before = 0, num_kept = 0;
  for (size_t i = 0; i < data.size(); ++i) {
    const std::map<uint32_t, float> before = ActiveOf(options, data[i]);
    const std::map<uint32_t, float> kept = ActiveOf(options, data[i], 0.5f);
    num_before += before.size();
    num_kept += kept.size();
    for (const auto& [neuron, value] : kept) {
      ASSERT_TRUE(before.contains(neuron));
      EXPECT_NEAR(value, 2.0f * before.at(neuron), 1e-5f);
    }
  }
  // Draws of a half: 5 standard deviations.
  const auto num = static_cast<double>(num_before);
  EXPECT_GT(num, 100.0);
  EXPECT_NEAR(static_cast<double>(num_kept), 0.5 * num,
              5.0 * 0.5 * std::sqrt(num));
}

TEST(HashedHiddenLayer, CandidatesAreFourTimesTheActiveIfThereAreAsMany) {
  const auto candidates = [](int neurons, int max_active) {
    const NetworkCore core(
        NetOf({testing_support::Hashed(neurons, max_active)}));
    return core.options().hidden[0].hash.candidates;
  };
  EXPECT_EQ(candidates(200, 20), 80);
  EXPECT_EQ(candidates(60, 20), 60);
}

double MeanSquareOf(const Layer& layer) {
  double sum = 0.0;
  for (size_t r = 0; r < layer.weights().num_rows(); ++r) {
    for (size_t i = 0; i < layer.weights().width(); ++i) {
      const double weight = layer.weights().rows().weights<float>(r)[i];
      sum += weight * weight;
    }
  }
  return sum / static_cast<double>(layer.weights().num_rows() *
                                   layer.weights().width());
}

// The mean square of n draws may be off by 5 standard deviations, each sqrt(2 /
// n).
TEST(HiddenLayers, StartWithTheVarianceOfTheirPlace) {
  const auto expect = [](std::vector<HiddenLayer> hidden,
                         std::vector<double> inverse) {
    NetworkOptions options = NetOf(std::move(hidden));
    options.init_scale = 3.0;
    NetworkCore core(options);
    core.DrawWeights(util::ThreadTeam(1));
    for (size_t l = 0; l < inverse.size(); ++l) {
      const Layer& layer = core.layers()[l];
      const double n = static_cast<double>(layer.weights().num_rows() *
                                           layer.weights().width());
      const double variance = 9.0 / inverse[l];
      EXPECT_NEAR(MeanSquareOf(layer), variance,
                  5.0 * variance * std::sqrt(2.0 / n))
          << "layer " << l;
    }
  };
  using testing_support::Hashed;
  expect({70, 90}, {70, 70, 90});
  expect({Hashed(200, 20), Hashed(100, 30), 50}, {20, 30, 50, 50});
  expect({70, Hashed(200, 20)}, {70, 70, 200});
}

TEST(StepOptions, LayerRatesAreTheOptionsOrTheDefaultOnes) {
  const NetworkOptions options = NetOf({testing_support::Hashed(200, 32), 512});
  EXPECT_THAT(StepOptions(TrainOptions{}, options).layer_rates,
              ElementsAre(8.0f, 0.5f, 0.5f));
  TrainOptions train;
  train.layer_rates = {1.0, 2.0, 0.5};
  EXPECT_THAT(StepOptions(train, options).layer_rates,
              ElementsAre(1.0f, 2.0f, 0.5f));
}

TEST(EdgeOfLargest, LeavesTheLargestOutOfTheRestAndRanksNanFirst) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> scratch(6);
  const auto edge = [&](std::vector<float> values, size_t num) {
    return EdgeOfLargest(values, num, scratch);
  };
  EXPECT_EQ(edge({3, -1, 5, 0, 4, 2}, 0), 5.0f);
  EXPECT_EQ(edge({3, -1, 5, 0, 4, 2}, 2), 3.0f);
  EXPECT_EQ(edge({3, -1, 5, 0, 4, 2}, 5), -1.0f);
  EXPECT_EQ(edge({3, 3, 3}, 1), 3.0f);
  EXPECT_EQ(edge({kNan, 1, 2, kNan}, 2), 2.0f);
  EXPECT_EQ(edge({kNan, 1, kNan, kNan}, 2), kInf);
}

}  // namespace
}  // namespace slide::nn::hashed_layer_test
