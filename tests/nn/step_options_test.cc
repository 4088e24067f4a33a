#include "nn/step_options.h"

#include <gtest/gtest.h>

#include <vector>

namespace slide::nn::step_options_test {
namespace {

NetworkOptions TwoLayers() {
  NetworkOptions options;
  options.num_features = 100;
  options.num_labels = 50;
  return options;
}

TEST(StepOptions, HasWhatTrainingWasToldInFloats) {
  TrainOptions train;
  train.loss = Loss::kSigmoid;
  train.clip_norm = 0.5;
  train.gradient_floor = 0.25;
  train.input_dropout = 0.125;
  train.hidden_dropout = 0.75;
  train.weight_decay = 0.0625;
  train.bias_rate = 2.0;
  train.rounding = Rounding::kNearest;
  train.sampling.strategy = SamplingStrategy::kThreshold;
  train.sampling.min_hits = 7;
  const StepOptions options(train, TwoLayers());
  EXPECT_EQ(options.loss, Loss::kSigmoid);
  EXPECT_EQ(options.clip_norm, 0.5f);
  EXPECT_EQ(options.gradient_floor, 0.25f);
  EXPECT_EQ(options.input_dropout, 0.125f);
  EXPECT_EQ(options.hidden_dropout, 0.75f);
  EXPECT_EQ(options.query.strategy, SamplingStrategy::kThreshold);
  EXPECT_EQ(options.query.min_hits, 7u);
  EXPECT_EQ(options.row.weight_decay, 0.0625f);
  EXPECT_EQ(options.row.bias_rate, 2.0f);
  EXPECT_EQ(options.row.rounding, Rounding::kNearest);
}

TEST(StepOptions, LayerRatesAreTheNetworksUnlessGiven) {
  const NetworkOptions network = TwoLayers();
  TrainOptions train;
  std::vector<float> expected;
  for (const double rate : DefaultLayerRates(network)) {
    expected.push_back(static_cast<float>(rate));
  }
  EXPECT_EQ(StepOptions(train, network).layer_rates, expected);
  train.layer_rates = {0.5, 4.0};
  EXPECT_EQ(StepOptions(train, network).layer_rates,
            (std::vector<float>{0.5f, 4.0f}));
}

TEST(StepOptions, RowStepHasTheRateOfItsLayerAndItsKey) {
  StepOptions options;
  options.row.momentum = 0.5f;
  EXPECT_EQ(options.RowStepOf(1, 0.25f, 3).learning_rate, 0.25f);
  options.layer_rates = {1.0f, 4.0f};
  EXPECT_EQ(options.RowStepOf(0, 0.25f, 3).learning_rate, 0.25f);
  const kernels::RowStep step = options.RowStepOf(1, 0.25f, 3);
  EXPECT_EQ(step.learning_rate, 1.0f);
  EXPECT_EQ(step.rounding_key, 3u);
  EXPECT_EQ(step.momentum, 0.5f);
}

// The pairs' rate at the top of the schedule is what the option says, whatever
// the learning rate is.
TEST(StepOptions, TheSparsePartHasARateOfItsOwn) {
  NetworkOptions network;
  network.num_features = network.num_labels = 10;
  TrainOptions train;
  train.sparse_part.learning_rate = 6.0;
  EXPECT_FLOAT_EQ(
      StepOptions(train, network).sparse_rate,
      static_cast<float>(6.0 / DefaultLearningRate(Optimizer::kRowAdagrad)));
  train.learning_rate = 0.5;
  EXPECT_FLOAT_EQ(StepOptions(train, network).sparse_rate, 12.0f);
}

}  // namespace
}  // namespace slide::nn::step_options_test
