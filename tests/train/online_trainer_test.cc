#include "slide/online_trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <thread>
#include <utility>
#include <vector>

#include "nn/network_access.h"
#include "nn/network_core.h"
#include "slide/error.h"
#include "slide/metrics.h"
#include "slide/trainer.h"
#include "support/make_data.h"

namespace slide::online_trainer_test {
namespace {

using testing_support::LearnableData;

constexpr uint64_t kSeed = 41;

NetworkOptions NetFor(const Dataset& data) {
  NetworkOptions options;
  options.num_features = data.num_features();
  options.num_labels = data.num_labels();
  options.hidden = {32};
  options.hash.num_tables = 20;
  options.seed = kSeed;
  return options;
}

TrainOptions Options() {
  TrainOptions options;
  options.num_threads = 1;
  options.seed = kSeed;
  options.sampling.max_hashed = 50;
  options.sampling.random_negatives = 30;
  return options;
}

double Precision1(const Network& network, const Dataset& data) {
  return Evaluate(network, data, {}).at[0].precision;
}

std::vector<std::byte> OutputWeights(const Network& network) {
  const auto records =
      nn::NetworkAccess::Core(network).output().weights().records();
  return {records.begin(), records.end()};
}

// A loop of one's own: in order, at a constant rate, tables rebuilt each pass.
void TrainInOrder(OnlineTrainer& trainer, OnlineTrainer::Worker& worker,
                  const Dataset& data, int passes) {
  for (int pass = 0; pass < passes; ++pass) {
    for (size_t i = 0; i < data.size(); ++i) {
      const uint64_t number = static_cast<uint64_t>(pass) * data.size() + i;
      worker.Train(data[i], 0.05, number);
    }
    trainer.RebuildTables();
  }
}

TEST(OnlineTrainer, ALoopOfOnesOwnLearns) {
  const Dataset data = LearnableData(1000, 200, 2, kSeed);
  Network network(NetFor(data), 1);
  OnlineTrainer trainer(network, Options(), &data);
  OnlineTrainer::Worker worker = trainer.MakeWorker();
  const double first = worker.Train(data[0], 0.05, 1'000'000).loss;
  EXPECT_GT(first, 0.0);
  TrainInOrder(trainer, worker, data, 8);
  EXPECT_GT(Precision1(network, data), 0.9);
  EXPECT_LT(worker.Train(data[0], 0.05, 1'000'001).loss, 0.5 * first);
}

TEST(OnlineTrainer, LearnsWithoutKnowingWhatWillCome) {
  const Dataset data = LearnableData(1000, 100, 1, kSeed);
  Network network(NetFor(data), 1);
  OnlineTrainer trainer(network, Options());
  OnlineTrainer::Worker worker = trainer.MakeWorker();
  TrainInOrder(trainer, worker, data, 6);
  EXPECT_GT(Precision1(network, data), 0.9);
}

TEST(OnlineTrainer, WorkersTrainAtTheSameTime) {
  const Dataset data = LearnableData(1000, 200, 2, kSeed);
  Network network(NetFor(data), 1);
  OnlineTrainer trainer(network, Options(), &data);
  for (uint64_t pass = 0; pass < 8; ++pass) {
    std::vector<std::thread> threads;
    for (size_t t = 0; t < 3; ++t) {
      threads.emplace_back([&, t, worker = trainer.MakeWorker()]() mutable {
        for (size_t i = t; i < data.size(); i += 3) {
          worker.Train(data[i], 0.05, pass * data.size() + i);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    trainer.RebuildTables();
  }
  EXPECT_GT(Precision1(network, data), 0.9);
}

TEST(OnlineTrainer, BatchesLearnAndAreTheSameForAnyNumberOfThreads) {
  const Dataset data = LearnableData(1000, 200, 2, kSeed);
  std::vector<std::vector<std::byte>> weights;
  for (const int threads : {1, 2, 4}) {
    Network network(NetFor(data), 1);
    TrainOptions options = Options();
    options.num_threads = threads;
    OnlineTrainer trainer(network, options, &data);
    constexpr size_t kBatch = 20;
    for (uint64_t pass = 0; pass < 8; ++pass) {
      for (size_t first = 0; first < data.size(); first += kBatch) {
        std::vector<Sample> batch;
        for (size_t i = 0; i < kBatch; ++i) batch.push_back(data[first + i]);
        const OnlineResult result =
            trainer.TrainBatch(batch, 0.05, pass * data.size() + first);
        EXPECT_GT(result.num_active, kBatch);
      }
      trainer.RebuildTables();
    }
    EXPECT_GT(Precision1(network, data), 0.9);
    weights.push_back(OutputWeights(network));
  }
  EXPECT_EQ(weights[0], weights[1]);
  EXPECT_EQ(weights[0], weights[2]);
}

// Nothing is shared: each comes out as it does alone.
TEST(OnlineTrainer, TwoNetworksTrainAtTheSameTime) {
  const Dataset data = LearnableData(500, 100, 2, kSeed);
  const auto train = [&](Network& network, uint64_t seed) {
    TrainOptions options = Options();
    options.seed = seed;
    OnlineTrainer trainer(network, options, &data);
    OnlineTrainer::Worker worker = trainer.MakeWorker();
    TrainInOrder(trainer, worker, data, 2);
  };
  Network alone_1(NetFor(data), 1), alone_2(NetFor(data), 1);
  train(alone_1, 1);
  train(alone_2, 2);
  Network beside_1(NetFor(data), 1), beside_2(NetFor(data), 1);
  std::thread first([&] { train(beside_1, 1); });
  std::thread second([&] { train(beside_2, 2); });
  first.join();
  second.join();
  EXPECT_EQ(OutputWeights(alone_1), OutputWeights(beside_1));
  EXPECT_EQ(OutputWeights(alone_2), OutputWeights(beside_2));
  EXPECT_NE(OutputWeights(alone_1), OutputWeights(alone_2));
}

TEST(OnlineTrainer, TakesSamplesLargerThanAnyBefore) {
  const Dataset small = LearnableData(10, 400, 1, kSeed);
  const Dataset large = LearnableData(1, 400, 150, kSeed);
  Network network(NetFor(small), 1);
  TrainOptions options = Options();
  options.input_dropout = 0.1;
  OnlineTrainer trainer(network, options, &small);
  OnlineTrainer::Worker worker = trainer.MakeWorker();
  worker.Train(small[0], 0.05, 0);
  EXPECT_GE(worker.Train(large[0], 0.05, 1).num_active, 150u);
  worker.Train(small[1], 0.05, 2);
}

TEST(OnlineTrainer, ABadSampleIsRefusedAndChangesNothing) {
  const Dataset data = LearnableData(20, 10, 1, kSeed);
  Network network(NetFor(data), 1);
  OnlineTrainer trainer(network, Options(), &data);
  OnlineTrainer::Worker worker = trainer.MakeWorker();
  const auto before = OutputWeights(network);
  const std::vector<float> ones = {1.0f, 1.0f};
  const auto expect = [&](std::vector<uint32_t> ids, std::vector<float> values,
                          std::vector<uint32_t> labels, const char* message) {
    const Sample sample = {{ids, values}, labels};
    EXPECT_THAT([&] { worker.Train(sample, 0.1, 0); },
                testing::ThrowsMessage<DataError>(testing::HasSubstr(message)));
    EXPECT_THROW(trainer.TrainBatch({&sample, 1}, 0.1, 0), DataError);
  };
  expect({1, 1}, ones, {0},
         "feature id: got 1 after 1, expected them to ascend");
  expect({1, 40}, ones, {0},
         "feature id: got 40, expected below the network's 40");
  expect({1}, ones, {0}, "features: got 1 ids and 2 values, expected as many");
  expect({1, 2}, {1.0f, std::numeric_limits<float>::infinity()}, {0},
         "value of feature 2: got inf, expected a finite number");
  expect({1, 2}, ones, {}, "labels: got none, expected one or more");
  expect({1, 2}, ones, {10}, "label: got 10, expected below the network's 10");
  expect({1, 2}, ones, {3, 2}, "label: got 2 after 3, expected them to ascend");
  EXPECT_THROW(worker.Train(data[0], 0.0, 0), OptionsError);
  EXPECT_EQ(OutputWeights(network), before);
}

TEST(OnlineTrainer, WhatDoesNotSuitTheNetworkIsRefused) {
  const Dataset data = LearnableData(20, 10, 1, kSeed);
  const Dataset wide = LearnableData(5, 11, 1, kSeed);
  Network network(NetFor(data), 1);
  TrainOptions options = Options();
  EXPECT_THROW(OnlineTrainer(network, options, &wide), DataError);
  options.layer_rates = {1.0};
  EXPECT_THROW(OnlineTrainer(network, options, &data), OptionsError);
  options = Options();
  options.sampling.max_neighbours = 5;
  EXPECT_THROW(OnlineTrainer(network, options), OptionsError);
  EXPECT_NO_THROW(OnlineTrainer(network, options, &data));
}

// Workers and batches that were made before the network had a sparse part.
TEST(OnlineTrainer, TrainsASparsePartThatCameLater) {
  const Dataset data = LearnableData(60, 10, 1, kSeed);
  Network network(NetFor(data), 1);
  TrainOptions exact = Options();
  exact.gradient_floor = 0.0;
  OnlineTrainer trainer(network, exact, &data);
  OnlineTrainer::Worker worker = trainer.MakeWorker();
  const Sample sample = data[0];
  worker.Train(sample, 0.1, 0);
  trainer.TrainBatch({&sample, 1}, 0.1, 1);
  TrainOptions options = Options();
  options.epochs = 1;
  options.num_threads = 1;
  options.sparse_part.mode = SparsePartMode::kOn;
  Trainer(network, options).Fit(data);
  const auto words = [&] {
    const auto arrays =
        nn::NetworkAccess::Core(network).sparse_part()->arrays();
    return std::vector<uint32_t>(arrays.words.begin(), arrays.words.end());
  };
  const auto first = words();
  ASSERT_FALSE(first.empty());
  for (uint64_t i = 0; i < data.size(); ++i) worker.Train(data[i], 0.1, i);
  const auto second = words();
  EXPECT_NE(first, second);
  trainer.TrainBatch({&sample, 1}, 0.1, 99);
  EXPECT_NE(second, words());
}

TEST(OnlineTrainer, DivergenceNamesTheSampleAndABatchMovesNothing) {
  const Dataset data = LearnableData(20, 10, 1, kSeed);
  Network network(NetFor(data), 1);
  OnlineTrainer trainer(network, Options(), &data);
  nn::NetworkAccess::Core(network).output().weights().rows().scalars(
      0)[kernels::kBias] = std::numeric_limits<float>::quiet_NaN();
  const auto before = OutputWeights(network);
  const Sample sample = data[0];
  EXPECT_THAT(
      [&] {
        trainer.TrainBatch({&sample, 1}, 0.1, 7);
      },
      testing::ThrowsMessage<DivergedError>(
          testing::HasSubstr("sample number 7 (learning rate 0.1)")));
  EXPECT_EQ(OutputWeights(network), before);
  OnlineTrainer::Worker worker = trainer.MakeWorker();
  EXPECT_THROW(worker.Train(sample, 0.1, 0), DivergedError);
  EXPECT_THROW(trainer.RebuildTables(), DivergedError);
}

}  // namespace
}  // namespace slide::online_trainer_test
