// Training with every option of the engine: what each has to reach, and what
// it has to keep.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "nn/network_access.h"
#include "nn/network_core.h"
#include "slide/error.h"
#include "slide/online_trainer.h"
#include "slide/trainer.h"
#include "support/make_data.h"

namespace slide::learning_test {
namespace {

using testing_support::LearnableData;

constexpr uint64_t kSeed = 29;

NetworkOptions NetFor(const Dataset& data,
                      std::vector<HiddenLayer> hidden = {32}) {
  NetworkOptions options;
  options.num_features = data.num_features();
  options.num_labels = data.num_labels();
  options.hidden = std::move(hidden);
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

std::vector<std::byte> AllWeights(const Network& network) {
  std::vector<std::byte> all;
  for (const nn::Layer& layer : nn::NetworkAccess::Core(network).layers()) {
    const auto records = layer.weights().records();
    all.insert(all.end(), records.begin(), records.end());
    if (layer.bias() == nullptr) continue;
    const auto bias = layer.bias()->records();
    all.insert(all.end(), bias.begin(), bias.end());
  }
  return all;
}

double TrainedPrecision(const Dataset& data, const NetworkOptions& net,
                        const TrainOptions& options) {
  Network network(net, 1);
  if (options.loss == Loss::kSigmoid) {
    network.SetLabelPriors(data.LabelCounts(), data.size());
  }
  return Trainer(network, options)
      .Fit(data, &data)
      .epochs.back()
      .test->at[0]
      .precision;
}

HiddenLayer Hashed(int neurons, int max_active) {
  HiddenLayer layer(neurons);
  layer.max_active = max_active;
  return layer;
}

TEST(Learning, EveryLossLearnsByEveryUpdate) {
  const Dataset data = LearnableData(1000, 200, 2, kSeed);
  for (const Loss loss : {Loss::kSoftmax, Loss::kDecoupled, Loss::kSigmoid}) {
    for (const UpdateMode update : {UpdateMode::kHogwild, UpdateMode::kBatched,
                                    UpdateMode::kDense, UpdateMode::kSampled}) {
      TrainOptions options = OneThread(12);
      options.loss = loss;
      options.update = update;
      options.batch_size = 16;
      EXPECT_GT(TrainedPrecision(data, NetFor(data), options), 0.9)
          << Name(loss) << ", " << Name(update);
    }
  }
}

// Two hidden neurons cannot tell 60 labels from each other; a weight for each
// pair of a feature and a label can.
TEST(Learning, ASparsePartLearnsWhatAHiddenLayerForgets) {
  const Dataset data = LearnableData(1000, 60, 2, kSeed);
  for (const Loss loss : {Loss::kSoftmax, Loss::kDecoupled, Loss::kSigmoid}) {
    for (const UpdateMode update : {UpdateMode::kHogwild, UpdateMode::kBatched,
                                    UpdateMode::kDense, UpdateMode::kSampled}) {
      TrainOptions options = OneThread(6);
      options.loss = loss;
      options.update = update;
      options.batch_size = 16;
      options.sparse_part.mode = SparsePartMode::kOff;
      const double without = TrainedPrecision(data, NetFor(data, {2}), options);
      options.sparse_part.mode = SparsePartMode::kOn;
      const double with = TrainedPrecision(data, NetFor(data, {2}), options);
      EXPECT_LT(without, 0.5) << Name(loss);
      EXPECT_GT(with, 0.95) << Name(loss) << " " << Name(update);
    }
  }
}

TEST(Learning, ASparsePartIsKeptByLaterTraining) {
  const Dataset data = LearnableData(300, 60, 2, kSeed);
  Network network(NetFor(data, {2}), 1);
  EXPECT_FALSE(network.sparse_part());
  TrainOptions options = OneThread(2);
  options.sparse_part.mode = SparsePartMode::kOn;
  const Metrics first =
      *Trainer(network, options).Fit(data, &data).epochs.back().test;
  const auto part = network.sparse_part();
  ASSERT_TRUE(part);
  EXPECT_GT(part->num_pairs, 100u);
  EXPECT_EQ(part->num_features, 240u);
  // Other data has other pairs; those that there are stay.
  options.sparse_part.mode = SparsePartMode::kOff;
  const Dataset other = LearnableData(20, 60, 2, kSeed + 1);
  Trainer(network, options).Fit(other);
  EXPECT_EQ(network.sparse_part()->num_pairs, part->num_pairs);
  OnlineTrainer online(network, options);
  OnlineTrainer::Worker worker = online.MakeWorker();
  for (uint64_t i = 0; i < data.size(); ++i) worker.Train(data[i], 0.05, i);
  const EvaluateOptions evaluate;
  EXPECT_GE(Evaluate(network, data, evaluate).at[0].precision,
            first.at[0].precision - 0.05);
}

// Few features: by itself no training makes one.
TEST(Learning, AutoMakesASparsePartByTheData) {
  const auto has_part = [](const Dataset& data, TrainOptions options) {
    Network network(NetFor(data), 1);
    Trainer(network, options).Fit(data);
    return network.sparse_part().has_value();
  };
  const Dataset few = LearnableData(100, 60, 2, kSeed);
  const Dataset many = LearnableData(100, 400, 2, kSeed);
  TrainOptions options = OneThread(1);
  EXPECT_FALSE(has_part(few, options));
  EXPECT_TRUE(has_part(many, options));
  options.sparse_part.mode = SparsePartMode::kOff;
  EXPECT_FALSE(has_part(many, options));
  options.sparse_part.mode = SparsePartMode::kAuto;
  options.sparse_part.max_mebibytes = 0.0;
  EXPECT_FALSE(has_part(many, options));
  options.sparse_part.mode = SparsePartMode::kOn;
  EXPECT_THROW(has_part(many, options), OptionsError);
}

TEST(Learning, EveryOptimizerLearnsInBatches) {
  const Dataset data = LearnableData(1000, 200, 2, kSeed);
  for (const Optimizer optimizer : {Optimizer::kRowAdagrad, Optimizer::kAdam,
                                    Optimizer::kAdagrad, Optimizer::kSgd}) {
    for (const Precision precision : {Precision::kFp32, Precision::kBf16}) {
      NetworkOptions net = NetFor(data);
      net.optimizer = optimizer;
      net.precision = precision;
      TrainOptions options = OneThread(15);
      options.update = UpdateMode::kBatched;
      options.batch_size = 8;
      EXPECT_GT(TrainedPrecision(data, net, options), 0.9)
          << Name(optimizer) << ", " << Name(precision);
    }
  }
}

// Hashed hidden layers between sparse and dense ones, in every place.
TEST(Learning, HashedHiddenLayersLearn) {
  const Dataset data = LearnableData(1000, 100, 1, kSeed);
  const std::vector<std::vector<HiddenLayer>> nets = {
      {Hashed(500, 100)}, {32, Hashed(300, 100)}, {Hashed(500, 100), 32}};
  for (size_t i = 0; i < nets.size(); ++i) {
    for (const UpdateMode update :
         {UpdateMode::kHogwild, UpdateMode::kBatched}) {
      TrainOptions options = OneThread(15);
      options.update = update;
      options.batch_size = 8;
      EXPECT_GT(TrainedPrecision(data, NetFor(data, nets[i]), options), 0.85)
          << i << " " << Name(update);
    }
  }
}

TEST(Learning, OfAHashedHiddenLayerOnlyActiveNeuronsMove) {
  const Dataset data = LearnableData(1, 50, 1, kSeed);
  Network network(NetFor(data, {Hashed(2000, 20)}), 1);
  const Network before(NetFor(data, {Hashed(2000, 20)}), 1);
  Trainer(network, OneThread(1)).Fit(data);
  const nn::RowStore& now =
      nn::NetworkAccess::Core(network).layers()[0].weights();
  const nn::RowStore& then =
      nn::NetworkAccess::Core(before).layers()[0].weights();
  size_t num_moved = 0;
  for (size_t n = 0; n < now.num_rows(); ++n) {
    bool moved = false;
    const auto features = data[0].features.ids;
    for (size_t i = 0; i < now.width(); ++i) {
      if (now.rows().weights<float>(n)[i] == then.rows().weights<float>(n)[i]) {
        continue;
      }
      moved = true;
      EXPECT_TRUE(std::ranges::binary_search(features, i)) << n << " " << i;
    }
    num_moved += moved ? 1 : 0;
  }
  EXPECT_GT(num_moved, 0u);
  EXPECT_LE(num_moved, 20u);
}

TEST(Learning, EveryActivationLearns) {
  const Dataset data = LearnableData(1000, 200, 1, kSeed);
  for (const Activation activation :
       {Activation::kRelu, Activation::kTanh, Activation::kLinear}) {
    std::vector<HiddenLayer> hidden = {32};
    hidden[0].activation = activation;
    EXPECT_GT(TrainedPrecision(data, NetFor(data, hidden), OneThread(8)), 0.9)
        << Name(activation);
  }
}

TEST(Learning, LearnsWithEverySchedule) {
  const Dataset data = LearnableData(1000, 200, 1, kSeed);
  for (const Schedule schedule :
       {Schedule::kConstant, Schedule::kLinear, Schedule::kCosine}) {
    TrainOptions options = OneThread(8);
    options.schedule = schedule;
    options.warmup_share = 0.1;
    EXPECT_GT(TrainedPrecision(data, NetFor(data), options), 0.9)
        << Name(schedule);
  }
}

TEST(Learning, LearnsWithNeighboursDropoutDecayAndClipping) {
  const Dataset data = LearnableData(1000, 200, 2, kSeed);
  const auto precision = [&](auto&& change) {
    TrainOptions options = OneThread(12);
    change(options);
    return TrainedPrecision(data, NetFor(data), options);
  };
  EXPECT_GT(precision([](auto& o) { o.sampling.max_neighbours = 20; }), 0.9);
  EXPECT_GT(precision([](auto& o) { o.input_dropout = 0.2; }), 0.9);
  EXPECT_GT(precision([](auto& o) { o.hidden_dropout = 0.2; }), 0.9);
  EXPECT_GT(precision([](auto& o) { o.weight_decay = 1e-3; }), 0.9);
  EXPECT_GT(precision([](auto& o) { o.clip_norm = 1.0; }), 0.9);
  EXPECT_GT(precision([](auto& o) { o.bias_rate = 0.1; }), 0.9);
  EXPECT_GT(precision([](auto& o) { o.layer_rates = {0.5, 1.0}; }), 0.9);
}

TEST(Learning, WeightDecayMakesWeightsSmaller) {
  const Dataset data = LearnableData(500, 100, 1, kSeed);
  const auto norm = [&](double decay) {
    Network network(NetFor(data), 1);
    TrainOptions options = OneThread(4);
    options.weight_decay = decay;
    Trainer(network, options).Fit(data);
    double square = 0.0;
    const auto rows =
        nn::NetworkAccess::Core(network).output().weights().rows();
    for (size_t n = 0; n < data.num_labels(); ++n) {
      for (size_t i = 0; i < rows.format.width; ++i) {
        square += std::pow(double{rows.weights<float>(n)[i]}, 2);
      }
    }
    return square;
  };
  EXPECT_LT(norm(0.1), 0.8 * norm(0.0));
}

TEST(Learning, HogwildOnOneThreadRepeatsItselfWithEveryOption) {
  const Dataset data = LearnableData(500, 300, 2, kSeed);
  std::vector<std::vector<std::byte>> weights;
  for (int run = 0; run < 2; ++run) {
    Network network(NetFor(data, {32, Hashed(100, 40)}), run + 1);
    TrainOptions options = OneThread(2);
    options.input_dropout = 0.1;
    options.hidden_dropout = 0.1;
    options.sampling.max_neighbours = 10;
    options.clip_norm = 1.0;
    Trainer(network, options).Fit(data);
    weights.push_back(AllWeights(network));
  }
  EXPECT_EQ(weights[0], weights[1]);
}

// The reported loss is that of the active neurons, the random negatives
// standing for the rest. At a rate that moves nothing it has to agree with the
// loss over all neurons; the logarithm of an estimate is a little less than the
// logarithm of what is estimated, so the band is one-sided but for noise.
TEST(Learning, TheReportedLossAgreesWithTheLossOverAllNeurons) {
  const Dataset data = LearnableData(400, 400, 2, kSeed);
  for (const Loss loss : {Loss::kSoftmax, Loss::kDecoupled, Loss::kSigmoid}) {
    SCOPED_TRACE(Name(loss));
    Network network(NetFor(data), 1);
    network.SetLabelPriors(data.LabelCounts(), data.size());
    TrainOptions options = OneThread(3);
    options.loss = loss;
    // The surer a net, the fewer neurons an estimate hangs on.
    options.layer_rates = {1.0, 1.0};
    Trainer(network, options).Fit(data);
    options.epochs = 20;
    options.learning_rate = 1e-12;
    const auto mean_loss = [&](double mix, int tail, Correction correction) {
      options.sampling.random_negatives = tail;
      options.sampling.frequency_share = mix;
      options.sampling.correction = correction;
      const TrainReport report = Trainer(network, options).Fit(data);
      double sum = 0.0;
      for (const EpochReport& epoch : report.epochs) sum += epoch.train_loss;
      return sum / static_cast<double>(report.epochs.size());
    };
    const double exact = mean_loss(0.0, 400, Correction::kLogQ);
    for (const double mix : {0.0, 0.5}) {
      const double estimate = mean_loss(mix, 60, Correction::kLogQ);
      EXPECT_NEAR(estimate, exact, 0.05 * exact) << mix;
    }
    EXPECT_LT(mean_loss(0.0, 60, Correction::kNone), 0.9 * exact);
  }
}

// A sample's random neurons are others in every epoch, others for an equal
// sample beside it, and the same whatever thread takes it: the losses of a
// network that does not move tell.
TEST(Learning, EveryEpochAndSampleDrawsAnew) {
  CsrArrays arrays;
  arrays.num_features = 2;
  arrays.num_labels = 1000;
  for (int i = 0; i < 2; ++i) {
    testing_support::AddSample(arrays, {0, 1}, {1.0f, 2.0f}, {7});
  }
  const Dataset twins(std::move(arrays));
  const auto losses = [&](int threads) {
    Network network(NetFor(twins), 1);
    TrainOptions options = OneThread(6);
    options.num_threads = threads;
    options.learning_rate = 1e-12;
    options.update = UpdateMode::kBatched;
    options.batch_size = 1;
    options.sampling.max_hashed = 0;
    options.sampling.random_negatives = 5;
    std::vector<double> seen;
    Trainer(network, options).Fit(twins, nullptr, [&](const Progress& p) {
      if (p.finished_epoch != nullptr) seen.push_back(p.loss);
      return true;
    });
    return seen;
  };
  const std::vector<double> one = losses(1);
  EXPECT_EQ(std::set<double>(one.begin(), one.end()).size(), 6u);
  EXPECT_EQ(losses(3), one);
  Network network(NetFor(twins), 1);
  TrainOptions options = OneThread(1);
  OnlineTrainer trainer(network, options, &twins);
  OnlineTrainer::Worker worker = trainer.MakeWorker();
  EXPECT_NE(worker.Train(twins[0], 1e-12, 0).loss,
            worker.Train(twins[1], 1e-12, 1).loss);
}

TEST(Learning, LabelPriorsAreTheLogOddsOfTheLabels) {
  const Dataset data = LearnableData(200, 40, 2, kSeed);
  Network network(NetFor(data), 1);
  const std::vector<uint64_t> counts = {0, 50, 199};
  network.SetLabelPriors(counts, 200);
  const auto bias = [&](size_t n) {
    return nn::NetworkAccess::Core(network).output().weights().rows().scalars(
        n)[kernels::kBias];
  };
  EXPECT_NEAR(bias(0), std::log(0.5 / 200.5), 1e-5);
  EXPECT_NEAR(bias(1), std::log(50.5 / 150.5), 1e-5);
  EXPECT_NEAR(bias(2), std::log(199.5 / 1.5), 1e-5);
  EXPECT_NEAR(bias(39), std::log(0.5 / 200.5), 1e-5);
  EXPECT_THROW(network.SetLabelPriors(std::vector<uint64_t>(41), 1), DataError);
  EXPECT_THROW(network.SetLabelPriors(counts, 198), DataError);
}

TEST(Learning, LayerRatesHaveToBeOneALayer) {
  const Dataset data = LearnableData(20, 20, 1, kSeed);
  Network network(NetFor(data), 1);
  TrainOptions options = OneThread(1);
  options.layer_rates = {1.0, 1.0, 1.0};
  EXPECT_THAT([&] { Trainer(network, options); },
              testing::ThrowsMessage<OptionsError>(testing::HasSubstr(
                  "layer_rates: got 3 values, expected one for each of the "
                  "network's 2 layers")));
}

}  // namespace
}  // namespace slide::learning_test
