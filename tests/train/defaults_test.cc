#include "slide/defaults.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "slide/dataset_builder.h"
#include "slide/network.h"
#include "slide/trainer.h"

namespace slide::defaults_test {
namespace {

// Samples of one feature and one label each.
Dataset MakeSet(size_t num_samples, uint32_t num_labels) {
  DatasetBuilder builder({.num_features = 3, .num_labels = num_labels});
  for (size_t i = 0; i < num_samples; ++i) {
    const std::vector<uint32_t> features = {static_cast<uint32_t>(i % 3)};
    const std::vector<float> values = {1.0f};
    const std::vector<uint32_t> labels = {
        static_cast<uint32_t>(i % num_labels)};
    builder.Add({features, values}, labels);
  }
  return builder.Build();
}

int WidthFor(size_t num_samples, uint32_t num_labels = 10) {
  return SettledFor(MakeSet(num_samples, num_labels)).hidden.at(0).neurons;
}

TrainOptions TrainFor(size_t num_samples, uint32_t num_labels,
                      Optimizer optimizer = Optimizer::kRowAdagrad) {
  const Dataset data = MakeSet(num_samples, num_labels);
  return SettledFor(data, SettledFor(data, {.optimizer = optimizer}), {});
}

TEST(SettledFor, TakesTheSizesOfTheSet) {
  const Dataset data = MakeSet(8, 4);
  const NetworkOptions options = SettledFor(data);
  EXPECT_EQ(options.num_features, 3u);
  EXPECT_EQ(options.num_labels, 4u);
}

TEST(SettledFor, MakesSmallSetsAWiderLayer) {
  EXPECT_EQ(WidthFor(100), 256);
  EXPECT_EQ(WidthFor(24'999), 256);
  EXPECT_EQ(WidthFor(25'000), 128);
}

TEST(SettledFor, MakesManyLabelsAWiderLayer) {
  EXPECT_EQ(WidthFor(25'000, 9'999), 128);
  EXPECT_EQ(WidthFor(25'000, 10'000), 192);
  EXPECT_EQ(WidthFor(24'999, 10'000), 256);
}

TEST(SettledFor, TrainsFewSamplesALabelLonger) {
  EXPECT_EQ(TrainFor(400, 100).epochs, 5);
  EXPECT_EQ(TrainFor(399, 100).epochs, 8);
  EXPECT_EQ(TrainFor(28'000, 7'000).epochs, 5);
  EXPECT_EQ(TrainFor(27'999, 7'000).epochs, 6);
}

TEST(SettledFor, TakesSmallerStepsOnSmallSets) {
  EXPECT_EQ(TrainFor(24'999, 10).learning_rate, 0.08);
  EXPECT_EQ(TrainFor(25'000, 10).learning_rate, 0.12);
  EXPECT_EQ(TrainFor(100, 10, Optimizer::kAdam).learning_rate, 0.01);
}

TEST(SettledFor, LeavesWhatIsNamed) {
  const Dataset data = MakeSet(100, 50);
  const NetworkOptions network = SettledFor(
      data, {.num_features = 7, .num_labels = 60, .hidden = {32, 16}});
  EXPECT_EQ(network.num_features, 7u);
  EXPECT_EQ(network.num_labels, 60u);
  ASSERT_EQ(network.hidden.size(), 2u);
  EXPECT_EQ(network.hidden[0].neurons, 32);
  const TrainOptions train = SettledFor(data, network,
                                        {.epochs = 3,
                                         .learning_rate = 0.5,
                                         .update = UpdateMode::kHogwild,
                                         .batch_size = 17});
  EXPECT_EQ(train.update, UpdateMode::kHogwild);
  EXPECT_EQ(train.epochs, 3);
  EXPECT_EQ(train.learning_rate, 0.5);
  EXPECT_EQ(train.batch_size, 17);
}

TEST(SettledFor, TrainsFewLabelsDensely) {
  const auto update = [](uint32_t num_labels, NetworkOptions network = {},
                         const TrainOptions& options = {}) {
    const Dataset data = MakeSet(num_labels, num_labels);
    network = SettledFor(data, network);
    return *SettledFor(data, network, options).update;
  };
  EXPECT_EQ(update(300), UpdateMode::kDense);
  EXPECT_EQ(update(301), UpdateMode::kHogwild);
  // Whoever names what dense training has not is asking for something else.
  EXPECT_EQ(update(10, {.hash = {.kind = HashKind::kWta}}),
            UpdateMode::kHogwild);
  HiddenLayer hashed(50);
  hashed.max_active = 5;
  EXPECT_EQ(update(10, {.hidden = {hashed}}), UpdateMode::kHogwild);
  EXPECT_EQ(update(10, {}, {.sampling = {.max_hashed = 5}}),
            UpdateMode::kHogwild);
}

TEST(SettledFor, MakesBatchesShorterForFewSamples) {
  const auto size = [](size_t num_samples, UpdateMode update) {
    const Dataset data = MakeSet(num_samples, 10);
    return *SettledFor(data, SettledFor(data), {.update = update}).batch_size;
  };
  EXPECT_EQ(size(24'999, UpdateMode::kDense), 32);
  EXPECT_EQ(size(25'000, UpdateMode::kDense), 256);
  EXPECT_EQ(size(24'999, UpdateMode::kSampled), 32);
  EXPECT_EQ(size(24'999, UpdateMode::kBatched), 256);
}

// Options that are left open are those that SettledFor names.
TEST(SettledFor, IsWhatTheTrainerTakes) {
  const Dataset data = MakeSet(60, 20);
  const auto loss = [&](const TrainOptions& options) {
    Network network(SettledFor(data));
    const TrainReport report = Trainer(network, options).Fit(data);
    EXPECT_EQ(report.epochs.size(), 8u);
    return report.epochs.back().train_loss;
  };
  const TrainOptions open = {.num_threads = 1};
  EXPECT_EQ(loss(open), loss(SettledFor(data, SettledFor(data), open)));
}

TEST(SparsePart, OfFewSamplesWeighsMore) {
  const auto weight = [](size_t num_samples) {
    const Dataset data = MakeSet(num_samples, 20);
    Network network(SettledFor(data, {.hidden = {4}}));
    TrainOptions options = {.epochs = 1, .num_threads = 1};
    options.sparse_part.mode = SparsePartMode::kOn;
    Trainer(network, options).Fit(data);
    return network.sparse_part().value().weight;
  };
  EXPECT_EQ(weight(120), 1.4f);
  EXPECT_EQ(weight(25'000), 1.0f);
}

// Each of the three features is on a third of the samples.
TEST(SparsePart, OfFewSamplesHasNoFrequentFeatures) {
  const auto num_features = [](size_t num_samples) {
    return PlanSparsePart(MakeSet(num_samples, 20), {}).num_features;
  };
  EXPECT_EQ(num_features(1'999), 3u);
  EXPECT_EQ(num_features(2'000), 0u);
  EXPECT_EQ(num_features(9'999), 0u);
  EXPECT_EQ(num_features(10'000), 3u);
}

TEST(Network, WithoutHiddenLayersHasOneOf128) {
  const Network network({.num_features = 3, .num_labels = 4});
  ASSERT_EQ(network.options().hidden.size(), 1u);
  EXPECT_EQ(network.options().hidden[0].neurons, 128);
  EXPECT_EQ(
      Network::MemoryOf({.num_features = 3, .num_labels = 4}).layers,
      Network::MemoryOf({.num_features = 3, .num_labels = 4, .hidden = {128}})
          .layers);
}

}  // namespace
}  // namespace slide::defaults_test
