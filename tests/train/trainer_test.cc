#include "slide/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "nn/network_access.h"
#include "nn/network_core.h"
#include "slide/dataset_builder.h"
#include "slide/error.h"
#include "support/make_data.h"
#include "support/temp_folder.h"

namespace slide::trainer_test {
namespace {

using testing_support::LearnableData;
using testing_support::RandomData;

constexpr uint64_t kSeed = 29;

NetworkOptions NetFor(const Dataset& data, int hidden = 32) {
  NetworkOptions options;
  options.num_features = data.num_features();
  options.num_labels = data.num_labels();
  options.hidden = {hidden};
  options.hash.num_tables = 20;
  options.seed = kSeed;
  return options;
}

TrainOptions OneThread(int epochs) {
  TrainOptions options;
  options.epochs = epochs;
  options.num_threads = 1;
  options.seed = kSeed;
  options.sampling.max_hashed = 50;
  options.sampling.random_negatives = 30;
  options.rebuild.every = 300;
  return options;
}

std::vector<std::byte> OutputWeights(const Network& network) {
  const auto records =
      nn::NetworkAccess::Core(network).output().weights().records();
  return {records.begin(), records.end()};
}

TEST(Trainer, OverfitsSixtyFourSamples) {
  const Dataset data = RandomData(64, 300, 500, 10, 2, kSeed);
  for (const Loss loss : {Loss::kSoftmax, Loss::kDecoupled}) {
    Network network(NetFor(data), 1);
    TrainOptions options = OneThread(60);
    options.loss = loss;
    const TrainReport report = Trainer(network, options).Fit(data, &data);
    // Both labels of every sample on top; the targets are 1/2 each, so the
    // softmax's loss cannot fall below ln 2.
    const Metrics& last = *report.epochs.back().test;
    EXPECT_GE(last.at[0].precision, 0.98);
    EXPECT_LT(report.epochs.back().train_loss,
              0.2 * report.epochs.front().train_loss +
                  (loss == Loss::kSoftmax ? 0.7 : 0.0));
  }
}

TEST(Trainer, ThreadsShareASparsePart) {
  const Dataset data = LearnableData(600, 60, 2, kSeed);
  for (const UpdateMode update : {UpdateMode::kHogwild, UpdateMode::kBatched}) {
    Network network(NetFor(data, 2), 1);
    TrainOptions options = OneThread(6);
    options.num_threads = 3;
    options.update = update;
    options.batch_size = 16;
    options.sparse_part.mode = SparsePartMode::kOn;
    const TrainReport report = Trainer(network, options).Fit(data, &data);
    EXPECT_GE(report.epochs.back().test->at[0].precision, 0.9);
  }
}

TEST(Trainer, ADataSetWithoutPairsGivesNoSparsePart) {
  CsrArrays arrays;
  arrays.num_features = 5;
  arrays.num_labels = 4;
  testing_support::AddSample(arrays, {}, {}, {1});
  testing_support::AddSample(arrays, {}, {}, {2});
  const Dataset data(std::move(arrays));
  Network network(NetFor(data), 1);
  TrainOptions options = OneThread(1);
  options.sparse_part.mode = SparsePartMode::kOn;
  Trainer(network, options).Fit(data);
  EXPECT_FALSE(network.sparse_part());
}

TEST(Trainer, LearnsAndGeneralises) {
  const Dataset train = LearnableData(2000, 400, 2, kSeed);
  const Dataset test = LearnableData(300, 400, 2, kSeed + 1);
  Network network(NetFor(train), 1);
  const TrainReport report = Trainer(network, OneThread(8)).Fit(train, &test);
  ASSERT_EQ(report.epochs.size(), 8u);
  EXPECT_GE(report.epochs.back().test->at[0].precision, 0.95);
  for (size_t e = 1; e < report.epochs.size(); ++e) {
    EXPECT_LT(report.epochs[e].train_loss, report.epochs[e - 1].train_loss);
  }
  EXPECT_GT(report.num_rebuilds, 3u);
  EXPECT_GT(report.index.recall_at_10, 0.1);
  EXPECT_LE(report.index.recall_at_10, 1.0);
  EXPECT_GT(report.active_mean, 50.0);
  EXPECT_LE(report.active_mean, 2.0 + 50.0 + 30.0);
}

// A batch passes several looks at the drift; where the next one is planned must
// not depend on when the run was looked at.
TEST(Trainer, BatchesLongerThanTheLooksAtTheDriftRepeatThemselves) {
  const Dataset data = LearnableData(500, 300, 2, kSeed);
  std::vector<std::vector<std::byte>> weights;
  for (const int threads : {1, 1, 2}) {
    Network network(NetFor(data), 1);
    TrainOptions options = OneThread(3);
    options.update = UpdateMode::kBatched;
    options.batch_size = 64;
    options.num_threads = threads;
    options.rebuild.every = 40;
    options.rebuild.decay = 0.0;
    options.rebuild.drift_limit = 0.05;
    const TrainReport report = Trainer(network, options).Fit(data);
    // One at the end of each batch but the last of all, if it is due.
    EXPECT_EQ(report.num_rebuilds, 23u);
    weights.push_back(OutputWeights(network));
  }
  EXPECT_EQ(weights[0], weights[1]);
  EXPECT_EQ(weights[0], weights[2]);
}

// Every optimizer in both precisions, each at its own default rate.
TEST(Trainer, EveryOptimizerLearnsInEitherPrecision) {
  const Dataset data = LearnableData(1000, 200, 2, kSeed);
  for (const Optimizer optimizer : {Optimizer::kRowAdagrad, Optimizer::kAdam,
                                    Optimizer::kAdagrad, Optimizer::kSgd}) {
    for (const Precision precision : {Precision::kFp32, Precision::kBf16}) {
      NetworkOptions net = NetFor(data);
      net.precision = precision;
      net.optimizer = optimizer;
      Network network(net, 1);
      const TrainReport report =
          Trainer(network, OneThread(15)).Fit(data, &data);
      EXPECT_GT(report.epochs.back().test->at[0].precision, 0.9)
          << Name(optimizer) << ", " << Name(precision);
    }
  }
}

TEST(Trainer, EveryHashLearnsWithEveryStrategy) {
  const Dataset data = LearnableData(1000, 200, 2, kSeed);
  for (const HashKind kind : {HashKind::kSimHash, HashKind::kWta,
                              HashKind::kDwta, HashKind::kMinHash}) {
    for (const SamplingStrategy strategy :
         {SamplingStrategy::kVanilla, SamplingStrategy::kTopK,
          SamplingStrategy::kThreshold}) {
      SCOPED_TRACE(std::string(Name(kind)) + ", " +
                   std::string(Name(strategy)));
      NetworkOptions net = NetFor(data);
      net.hash.kind = kind;
      Network network(net, 1);
      TrainOptions options = OneThread(6);
      options.sampling.strategy = strategy;
      const TrainReport report = Trainer(network, options).Fit(data, &data);
      EXPECT_GT(report.epochs.back().test->at[0].precision, 0.9);
      EXPECT_GT(report.index.recall_at_10, 0.1);
      EXPECT_GT(report.num_rebuilds, 3u);
    }
  }
}

TEST(Trainer, DriftBringsRebuildsBeforeTheirTime) {
  const Dataset data = LearnableData(2000, 400, 2, kSeed);
  const auto train = [&](double drift_limit) {
    Network network(NetFor(data), 1);
    TrainOptions options = OneThread(2);
    options.rebuild.every = 1000;
    options.rebuild.decay = 0.0;
    options.rebuild.drift_limit = drift_limit;
    return Trainer(network, options).Fit(data);
  };
  EXPECT_EQ(train(1.0).num_rebuilds, 3u);
  // Something always moves within 125 samples, so every look brings one.
  EXPECT_EQ(train(0.0).num_rebuilds, 31u);
  const uint64_t some = train(0.2).num_rebuilds;
  EXPECT_GT(some, 3u);
  EXPECT_LT(some, 31u);
}

TEST(Trainer, ReportsHowStaleTheTablesAre) {
  const Dataset data = LearnableData(2000, 400, 2, kSeed);
  const auto drift = [&](uint64_t every) {
    Network network(NetFor(data), 1);
    TrainOptions options = OneThread(1);
    options.rebuild.every = every;
    return Trainer(network, options).Fit(data).index.drift;
  };
  const double fresh = drift(1990), stale = drift(1'000'000);
  EXPECT_LT(fresh, 0.1);
  EXPECT_GT(stale, 0.3);
  EXPECT_LE(stale, 1.0);
}

TEST(Trainer, ReportsActiveNeuronsAndBuckets) {
  const Dataset data = LearnableData(2000, 400, 2, kSeed);
  for (const int threads : {1, 2}) {
    Network network(NetFor(data), 1);
    TrainOptions options = OneThread(1);
    options.num_threads = threads;
    const TrainReport report = Trainer(network, options).Fit(data);
    EXPECT_GT(report.active_p50, 50u);
    EXPECT_LE(report.active_p50, report.active_p99);
    EXPECT_LE(report.active_p99, 2u + 50u + 30u);
    EXPECT_NEAR(static_cast<double>(report.active_p50), report.active_mean,
                5.0);
    const int bits = nn::NetworkAccess::Core(network)
                         .index()
                         ->tables()
                         .family()
                         .address_bits();
    EXPECT_EQ(report.index.buckets.num_buckets, 20u << bits);
    EXPECT_GE(report.index.buckets.largest, 400u >> bits);
    EXPECT_EQ(report.index.buckets.num_left_out, 0u);
  }
  // Everything is active in every sample.
  Network network(NetFor(data), 1);
  TrainOptions options = OneThread(1);
  options.sampling.random_negatives = 400;
  const TrainReport full = Trainer(network, options).Fit(data);
  EXPECT_EQ(full.active_p50, 400u);
  EXPECT_EQ(full.active_p99, 400u);
  EXPECT_EQ(full.active_mean, 400.0);
}

TEST(Trainer, RebuildsInTheBackgroundWhileItTrains) {
  const Dataset data = LearnableData(1000, 200, 2, kSeed);
  for (const int threads : {1, 3}) {
    Network network(NetFor(data), 1);
    TrainOptions options = OneThread(6);
    options.num_threads = threads;
    options.rebuild.mode = RebuildMode::kBackground;
    options.rebuild.every = 200;
    const TrainReport report = Trainer(network, options).Fit(data, &data);
    EXPECT_GT(report.epochs.back().test->at[0].precision, 0.9);
    EXPECT_GT(report.num_rebuilds, 0u);
    EXPECT_GT(report.phases.background, 0.0);
    EXPECT_GT(report.index.recall_at_10, 0.0);
  }
}

TEST(Trainer, StoppingAndThrowingEndABuildInTheBackground) {
  const Dataset data = LearnableData(1000, 200, 2, kSeed);
  Network network(NetFor(data), 1);
  TrainOptions options = OneThread(6);
  options.rebuild.mode = RebuildMode::kBackground;
  options.rebuild.every = 1;
  options.rebuild.decay = 0.0;
  const TrainReport report =
      Trainer(network, options).Fit(data, nullptr, [](const Progress& p) {
        return p.epoch_samples_done < 64;
      });
  EXPECT_TRUE(report.stopped);
  EXPECT_THROW(
      Trainer(network, options)
          .Fit(data, nullptr,
               [](const Progress&) -> bool { throw std::logic_error("mine"); }),
      std::logic_error);
}

TEST(Trainer, WithoutTablesOnlyLabelsAndTheTailAreActive) {
  const Dataset data = LearnableData(1000, 200, 2, kSeed);
  NetworkOptions net = NetFor(data);
  net.hash.kind = HashKind::kNone;
  Network network(net, 1);
  const TrainReport report = Trainer(network, OneThread(6)).Fit(data, &data);
  EXPECT_GT(report.epochs.back().test->at[0].precision, 0.9);
  EXPECT_EQ(report.num_rebuilds, 0u);
  EXPECT_EQ(report.index.recall_at_10, 0.0);
  EXPECT_LE(report.active_mean, 2.0 + 30.0);
  EXPECT_EQ(nn::NetworkAccess::Core(network).index(), nullptr);
}

TEST(Trainer, AnotherSeedGivesAnotherRun) {
  const Dataset data = LearnableData(500, 300, 2, kSeed);
  std::vector<std::vector<std::byte>> weights;
  for (const uint64_t seed : {1u, 2u}) {
    Network network(NetFor(data), 1);
    TrainOptions options = OneThread(1);
    options.seed = seed;
    Trainer(network, options).Fit(data);
    weights.push_back(OutputWeights(network));
  }
  EXPECT_NE(weights[0], weights[1]);
}

// Threads lose little to each other by writing without locks: the precision is
// the same within 3 points on this set, where one thread reaches 95 %.
TEST(Trainer, SeveralThreadsReachTheSameAccuracy) {
  const Dataset train = LearnableData(2000, 400, 2, kSeed);
  const Dataset test = LearnableData(300, 400, 2, kSeed + 1);
  for (const int threads : {2, 4}) {
    Network network(NetFor(train), 1);
    TrainOptions options = OneThread(8);
    options.num_threads = threads;
    const TrainReport report = Trainer(network, options).Fit(train, &test);
    EXPECT_EQ(report.num_threads, threads);
    EXPECT_GE(report.epochs.back().test->at[0].precision, 0.92);
  }
}

TEST(Trainer, TrainsWithoutTablesAndWithoutATail) {
  const Dataset data = LearnableData(600, 200, 1, kSeed);
  for (const auto& [hashed, tail] : {std::pair{0, 40}, std::pair{60, 0}}) {
    Network network(NetFor(data), 1);
    TrainOptions options = OneThread(6);
    options.sampling.max_hashed = hashed;
    options.sampling.random_negatives = tail;
    const TrainReport report = Trainer(network, options).Fit(data, &data);
    EXPECT_GT(report.epochs.back().test->at[0].precision, 0.8)
        << hashed << " " << tail;
    if (hashed == 0) {
      EXPECT_EQ(report.num_rebuilds, 0u);
      EXPECT_EQ(report.phases.rebuild, 0.0);
    }
  }
}

TEST(Trainer, TrainsSeveralHiddenLayers) {
  const Dataset data = LearnableData(1000, 200, 1, kSeed);
  NetworkOptions net = NetFor(data);
  net.hidden = {32, 24};
  Network network(net, 1);
  const TrainReport report = Trainer(network, OneThread(8)).Fit(data, &data);
  EXPECT_GT(report.epochs.back().test->at[0].precision, 0.9);
}

TEST(Trainer, SamplesWithoutLabelsAreLeftOutAndCounted) {
  CsrArrays arrays;
  arrays.num_features = 4;
  arrays.num_labels = 3;
  testing_support::AddSample(arrays, {0}, {1.0f}, {0});
  testing_support::AddSample(arrays, {1}, {1.0f}, {});
  testing_support::AddSample(arrays, {}, {}, {2});
  const Dataset data(std::move(arrays));
  Network network(NetFor(data), 1);
  const TrainReport report = Trainer(network, OneThread(2)).Fit(data, &data);
  EXPECT_EQ(report.num_samples, 2u);
  EXPECT_EQ(report.num_unlabelled, 1u);
}

TEST(Trainer, ProgressRisesToTheEndOfEachEpoch) {
  const Dataset data = LearnableData(700, 100, 1, kSeed);
  Network network(NetFor(data), 1);
  std::vector<Progress> seen;
  std::vector<int> finished;
  TrainOptions options = OneThread(3);
  options.warmup_share = 0.0;  // the rate falls from the first sample on
  double evaluated = 0.0;
  Trainer(network, options).Fit(data, &data, [&](const Progress& p) {
    if (p.evaluated_share) {
      EXPECT_EQ(p.epoch_samples_done, p.epoch_samples);
      evaluated = *p.evaluated_share;
      return true;
    }
    seen.push_back(p);
    if (p.finished_epoch != nullptr) {
      finished.push_back(p.finished_epoch->epoch);
      EXPECT_TRUE(p.finished_epoch->test.has_value());
      EXPECT_EQ(p.epoch_samples_done, p.epoch_samples);
    }
    EXPECT_EQ(p.num_epochs, 3);
    EXPECT_EQ(p.epoch_samples, 700u);
    EXPECT_GT(p.samples_per_second, 0.0);
    EXPECT_GT(p.loss, 0.0);
    return true;
  });
  EXPECT_EQ(finished, (std::vector<int>{1, 2, 3}));
  EXPECT_GT(evaluated, 0.9);
  for (size_t i = 1; i < seen.size(); ++i) {
    const bool same_epoch = seen[i].epoch == seen[i - 1].epoch;
    EXPECT_TRUE(same_epoch ? seen[i].epoch_samples_done >
                                 seen[i - 1].epoch_samples_done
                           : seen[i].epoch == seen[i - 1].epoch + 1);
    EXPECT_LT(seen[i].learning_rate, seen[i - 1].learning_rate);
    EXPECT_LE(seen[i].seconds_left * seen[i].samples_per_second,
              seen[i - 1].seconds_left * seen[i - 1].samples_per_second);
  }
}

TEST(Trainer, StopsWhenTheCallbackSaysSo) {
  const Dataset data = LearnableData(700, 100, 1, kSeed);
  Network network(NetFor(data), 1);
  const TrainReport within =
      Trainer(network, OneThread(5)).Fit(data, nullptr, [](const Progress& p) {
        return p.epoch_samples_done < 64;
      });
  EXPECT_TRUE(within.stopped);
  EXPECT_TRUE(within.epochs.empty());
  const TrainReport after =
      Trainer(network, OneThread(5)).Fit(data, nullptr, [](const Progress& p) {
        return p.finished_epoch == nullptr || p.epoch < 2;
      });
  EXPECT_TRUE(after.stopped);
  EXPECT_EQ(after.epochs.size(), 2u);
  const TrainReport last =
      Trainer(network, OneThread(2)).Fit(data, nullptr, [](const Progress& p) {
        return p.finished_epoch == nullptr || p.epoch < 2;
      });
  EXPECT_FALSE(last.stopped);
}

TEST(Trainer, WhatTheCallbackThrowsComesThrough) {
  const Dataset data = LearnableData(100, 20, 1, kSeed);
  Network network(NetFor(data), 1);
  EXPECT_THROW(
      Trainer(network, OneThread(1))
          .Fit(data, nullptr,
               [](const Progress&) -> bool { throw std::logic_error("mine"); }),
      std::logic_error);
}

TEST(Trainer, TwoNetworksTrainAtTheSameTime) {
  const Dataset data = LearnableData(500, 300, 2, kSeed);
  const auto train = [&](int threads) {
    std::vector<Network> networks;
    for (int i = 0; i < 2; ++i) networks.emplace_back(NetFor(data), 1);
    util::ThreadTeam(threads).Split(2, [&](size_t begin, size_t end, int) {
      for (size_t i = begin; i < end; ++i) {
        Trainer(networks[i], OneThread(2)).Fit(data);
      }
    });
    return OutputWeights(networks[0]);
  };
  EXPECT_EQ(train(1), train(2));
}

TEST(Trainer, RefusesDataThatDoesNotFit) {
  const Dataset data = LearnableData(50, 20, 1, kSeed);
  NetworkOptions narrow = NetFor(data);
  narrow.num_features = 79;
  Network few_features(narrow, 1);
  EXPECT_THROW(Trainer(few_features, OneThread(1)).Fit(data), DataError);
  narrow = NetFor(data);
  narrow.num_labels = 19;
  Network few_labels(narrow, 1);
  EXPECT_THROW(Trainer(few_labels, OneThread(1)).Fit(data), DataError);
  Network network(NetFor(data), 1);
  const Dataset wide = LearnableData(5, 21, 1, kSeed);
  EXPECT_THROW(Trainer(network, OneThread(1)).Fit(data, &wide), DataError);
  EXPECT_THROW(Trainer(network, OneThread(1)).Fit(Dataset{}), DataError);
  TrainOptions bad = OneThread(1);
  bad.epochs = 0;
  EXPECT_THROW(Trainer(network, bad), OptionsError);
}

TEST(Trainer, AnEmptyTestSetGivesNoMetricsToDivideByZero) {
  const Dataset data = LearnableData(50, 20, 1, kSeed);
  const Dataset nothing;
  Network network(NetFor(data), 1);
  const TrainReport report = Trainer(network, OneThread(1)).Fit(data, &nothing);
  EXPECT_EQ(report.epochs[0].test->num_samples, 0u);
  EXPECT_EQ(report.epochs[0].test->at[0].precision, 0.0);
}

// Values far beyond any scale: the loss stays finite, while the square of a
// gradient overflows, and its row would never move again.
TEST(Trainer, WeightsThatAreNotFiniteEndTheRunAfterTheirEpoch) {
  DatasetBuilder builder(
      {.num_features = 80, .num_labels = 20, .normalize = false});
  const std::vector<uint32_t> ids = {4, 7};
  const std::vector<float> values = {3e19f, 1.0f};
  for (uint32_t i = 0; i < 50; ++i) {
    const uint32_t label = i % 2;
    builder.Add({ids, values}, {&label, 1});
  }
  const Dataset data = builder.Build();
  for (const UpdateMode update : {UpdateMode::kHogwild, UpdateMode::kBatched}) {
    Network network(NetFor(data), 1);
    TrainOptions options = OneThread(3);
    options.update = update;
    EXPECT_THAT([&] { Trainer(network, options).Fit(data); },
                testing::ThrowsMessage<DivergedError>(
                    testing::AllOf(testing::StartsWith("epoch 1 left a number"),
                                   testing::HasSubstr("learning rate 0."))));
    EXPECT_THROW(network.Save("/dev/null"), DivergedError);
  }
}

TEST(Trainer, StopsInsideAnEvaluation) {
  const Dataset data = LearnableData(700, 100, 1, kSeed);
  Network network(NetFor(data), 1);
  for (const int epochs : {1, 3}) {
    const TrainReport report = Trainer(network, OneThread(epochs))
                                   .Fit(data, &data, [](const Progress& p) {
                                     return !p.evaluated_share;
                                   });
    EXPECT_TRUE(report.stopped);
    EXPECT_TRUE(report.epochs.empty());
  }
}

TEST(Trainer, ReportsTheLossThatItBeganWith) {
  const Dataset data = LearnableData(600, 100, 1, kSeed);
  Network network(NetFor(data), 1);
  TrainOptions options = OneThread(1);
  const TrainReport first = Trainer(network, options).Fit(data);
  // Fewer than 1,000 samples: all of them.
  EXPECT_NEAR(first.first_loss, first.epochs[0].train_loss, 1e-9);
  options.epochs = 6;
  const TrainReport more = Trainer(network, options).Fit(data);
  EXPECT_LT(more.epochs.back().train_loss, more.first_loss);
  EXPECT_LT(more.first_loss, first.first_loss);
}

// All that training moves.
std::vector<std::byte> AllRecords(const Network& network) {
  std::vector<std::byte> bytes;
  const auto add = [&](std::span<const std::byte> records) {
    bytes.insert(bytes.end(), records.begin(), records.end());
  };
  for (const nn::Layer& layer : nn::NetworkAccess::Core(network).layers()) {
    add(layer.weights().records());
    if (layer.bias() != nullptr) add(layer.bias()->records());
  }
  return bytes;
}

// Each sample has the features of `data`, and the label behind its own: what is
// learnt there is wrong here.
Dataset Contradicting(const Dataset& data) {
  CsrArrays arrays;
  arrays.num_features = data.num_features();
  arrays.num_labels = data.num_labels();
  for (size_t i = 0; i < data.size(); ++i) {
    const Sample sample = data[i];
    testing_support::AddSample(
        arrays, {sample.features.ids.begin(), sample.features.ids.end()},
        {sample.features.values.begin(), sample.features.values.end()},
        {(sample.labels[0] + 1) % data.num_labels()});
  }
  return Dataset(std::move(arrays));
}

TEST(Trainer, EndsEarlyAndLeavesTheBestEpoch) {
  const Dataset data = LearnableData(400, 60, 1, kSeed);
  const Dataset wrong = Contradicting(data);
  const testing_support::TempFolder folder;
  for (const UpdateMode update : {UpdateMode::kHogwild, UpdateMode::kBatched}) {
    Network network(NetFor(data), 1);
    TrainOptions options = OneThread(20);
    options.update = update;
    options.batch_size = 16;
    options.sampling.max_hashed = 10;
    options.patience = 3;
    std::vector<std::vector<std::byte>> after_epochs;
    Trainer trainer(network, options);
    const TrainReport report =
        trainer.Fit(data, {.test = &data, .validation = &wrong},
                    [&](const Progress& progress) {
                      if (progress.finished_epoch == nullptr) return true;
                      after_epochs.push_back(AllRecords(network));
                      if (progress.finished_epoch->is_best) {
                        network.Save(folder.Path("best"));
                      }
                      return true;
                    });
    EXPECT_TRUE(report.stopped_early);
    EXPECT_FALSE(report.stopped);
    ASSERT_GT(report.best_epoch, 0);
    ASSERT_EQ(report.epochs.size(), static_cast<size_t>(report.best_epoch) + 3);
    EXPECT_LT(report.epochs.size(), 20u);
    const auto best = static_cast<size_t>(report.best_epoch) - 1;
    for (size_t e = 0; e < report.epochs.size(); ++e) {
      EXPECT_TRUE(report.epochs[e].test);
      const double mean = MeanPrecision(*report.epochs[e].validation);
      const double largest = MeanPrecision(*report.epochs[best].validation);
      EXPECT_TRUE(e < best ? mean < largest : mean <= largest) << e;
    }
    ASSERT_EQ(after_epochs.size(), report.epochs.size());
    EXPECT_EQ(AllRecords(network), after_epochs[best]);
    EXPECT_NE(AllRecords(network), after_epochs.back());
    EXPECT_EQ(MeanPrecision(Evaluate(network, wrong)),
              MeanPrecision(*report.epochs[best].validation));

    // It is as good a start as the network that was saved then.
    Network loaded = Network::Load(folder.Path("best"));
    options.patience = 0;
    options.epochs = 2;
    Trainer(network, options).Fit(data);
    Trainer(loaded, options).Fit(data);
    EXPECT_EQ(AllRecords(network), AllRecords(loaded));
  }
}

TEST(Trainer, WithoutPatienceAllEpochsAreTrained) {
  const Dataset data = LearnableData(200, 60, 1, kSeed);
  const Dataset wrong = Contradicting(data);
  Network network(NetFor(data), 1);
  const TrainReport report =
      Trainer(network, OneThread(8)).Fit(data, {.validation = &wrong});
  EXPECT_EQ(report.epochs.size(), 8u);
  EXPECT_FALSE(report.stopped_early);
  EXPECT_FALSE(report.epochs[0].test);
  EXPECT_LT(report.best_epoch, 8);
  EXPECT_GT(report.best_epoch, 0);
}

// Where the last epoch is the best, nothing is taken back.
TEST(Trainer, ValidationDoesNotChangeTraining) {
  const Dataset data = LearnableData(300, 100, 2, kSeed);
  const Dataset other = LearnableData(200, 100, 2, kSeed + 1);
  Network with(NetFor(data), 1), without(NetFor(data), 1);
  const TrainReport report =
      Trainer(with, OneThread(3)).Fit(data, {.validation = &other});
  Trainer(without, OneThread(3)).Fit(data);
  ASSERT_EQ(report.best_epoch, 3);
  EXPECT_TRUE(report.epochs[2].is_best);
  EXPECT_EQ(AllRecords(with), AllRecords(without));
}

TEST(Trainer, AStoppedRunLeavesTheNetworkAsItIs) {
  const Dataset data = LearnableData(400, 60, 1, kSeed);
  const Dataset wrong = Contradicting(data);
  Network network(NetFor(data), 1);
  std::vector<std::byte> when_stopped;
  const TrainReport report =
      Trainer(network, OneThread(20))
          .Fit(data, {.validation = &wrong}, [&](const Progress& progress) {
            if (progress.epoch < 6) return true;
            when_stopped = AllRecords(network);
            return false;
          });
  EXPECT_TRUE(report.stopped);
  EXPECT_FALSE(report.stopped_early);
  EXPECT_GT(report.best_epoch, 0);
  EXPECT_LE(report.best_epoch, 5);
  EXPECT_EQ(AllRecords(network), when_stopped);
}

// The callback says stop where the run has ended by itself.
TEST(Trainer, StoppingAtAnEarlyEndStopsNothing) {
  const Dataset data = LearnableData(400, 60, 1, kSeed);
  const Dataset wrong = Contradicting(data);
  Network network(NetFor(data), 1);
  TrainOptions options = OneThread(20);
  options.patience = 2;
  int best = 0;
  const TrainReport report =
      Trainer(network, options)
          .Fit(data, {.validation = &wrong}, [&](const Progress& progress) {
            if (progress.finished_epoch == nullptr) return true;
            if (progress.finished_epoch->is_best) best = progress.epoch;
            return progress.epoch < best + 2;
          });
  EXPECT_FALSE(report.stopped);
  EXPECT_TRUE(report.stopped_early);
  EXPECT_EQ(report.best_epoch, best);
}

TEST(Trainer, RefusesPatienceAndValidationThatSayNothing) {
  const Dataset data = LearnableData(50, 20, 1, kSeed);
  Network network(NetFor(data), 1);
  TrainOptions options = OneThread(2);
  options.patience = 1;
  EXPECT_THAT([&] { Trainer(network, options).Fit(data, &data); },
              testing::ThrowsMessage<OptionsError>(testing::HasSubstr(
                  "patience: got 1 without a validation set, expected 0")));
  const Dataset nothing;
  EXPECT_THAT(
      [&] { Trainer(network, options).Fit(data, {.validation = &nothing}); },
      testing::ThrowsMessage<DataError>(testing::HasSubstr(
          "validation set: got no sample with a label, expected one")));
  const Dataset wide = LearnableData(5, 21, 1, kSeed);
  EXPECT_THAT(
      [&] { Trainer(network, options).Fit(data, {.validation = &wide}); },
      testing::ThrowsMessage<DataError>(
          testing::HasSubstr("validation set: got 84 features")));
}

TEST(MeanPrecision, IsThatOfAllCuts) {
  EXPECT_EQ(MeanPrecision({}), 0.0);
  Metrics metrics;
  metrics.at = {{.k = 1, .precision = 0.5}, {.k = 3, .precision = 0.25}};
  EXPECT_EQ(MeanPrecision(metrics), 0.375);
}

TEST(IsBelowGuess, ComparesTheFirstCuts) {
  Metrics network, guess;
  EXPECT_FALSE(IsBelowGuess(network, guess));
  network.at = {{.k = 1, .precision = 0.2}, {.k = 3, .precision = 0.0}};
  guess.at = {{.k = 1, .precision = 0.2}, {.k = 3, .precision = 0.1}};
  EXPECT_FALSE(IsBelowGuess(network, guess));
  guess.at[0].precision = 0.21;
  EXPECT_TRUE(IsBelowGuess(network, guess));
}

TEST(Trainer, DivergenceNamesEpochSampleAndRate) {
  const Dataset data = LearnableData(50, 20, 1, kSeed);
  Network network(NetFor(data), 1);
  nn::NetworkAccess::Core(network).output().weights().rows().scalars(
      3)[kernels::kBias] = std::numeric_limits<float>::quiet_NaN();
  try {
    Trainer(network, OneThread(1)).Fit(data);
    FAIL() << "trained on";
  } catch (const DivergedError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("epoch 1"));
    EXPECT_THAT(error.what(), testing::HasSubstr("sample "));
    EXPECT_THAT(error.what(), testing::HasSubstr("learning rate 0.0"));
  }
}

}  // namespace
}  // namespace slide::trainer_test
