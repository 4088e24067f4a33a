#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "slide/options/train.h"

namespace slide::learning_rates_test {
namespace {

using testing::ElementsAre;

HiddenLayer Hashed(int neurons, int max_active) {
  HiddenLayer layer(neurons);
  layer.max_active = max_active;
  return layer;
}

std::vector<double> Rates(std::vector<HiddenLayer> hidden,
                          Optimizer optimizer = Optimizer::kRowAdagrad) {
  NetworkOptions options;
  options.hidden = std::move(hidden);
  options.optimizer = optimizer;
  return DefaultLayerRates(options);
}

TEST(DefaultLayerRates, AreHighForAHashedFirstLayerUnderRowAdagrad) {
  const std::vector<HiddenLayer> hidden = {Hashed(200, 32), 512};
  EXPECT_THAT(Rates(hidden), ElementsAre(8.0, 0.5, 0.5));
  EXPECT_THAT(Rates(hidden, Optimizer::kAdam), ElementsAre(1.0, 0.5, 0.5));
  EXPECT_THAT(Rates(hidden, Optimizer::kSgd), ElementsAre(1.0, 1.0, 1.0));
}

TEST(DefaultLayerRates, FallWithTheRootOfTheWeightsThatAStepMovesInARow) {
  EXPECT_THAT(Rates({128}), ElementsAre(1.0, 1.0));
  EXPECT_THAT(Rates({2048}), ElementsAre(0.25, 0.25));
  // The second layer's rows have a weight for each of 32 inputs.
  EXPECT_THAT(Rates({32, 512}), ElementsAre(2.0, 2.0, 0.5));
  EXPECT_THAT(Rates({512, Hashed(2000, 128)}), ElementsAre(0.5, 0.5, 1.0));
}

TEST(DefaultLearningRate, IsTheOptimizersOwn) {
  EXPECT_EQ(DefaultLearningRate(Optimizer::kRowAdagrad), 0.12);
  EXPECT_EQ(DefaultLearningRate(Optimizer::kAdam), 0.01);
}

}  // namespace
}  // namespace slide::learning_rates_test
