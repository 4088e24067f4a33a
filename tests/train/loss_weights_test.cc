// Training with weights: HOGWILD and batched, with and without a sparse part.
#include "slide/loss_weights.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "nn/network_access.h"
#include "slide/error.h"
#include "slide/network.h"
#include "slide/online_trainer.h"
#include "slide/trainer.h"
#include "support/dense_net.h"
#include "support/make_data.h"
#include "util/rng.h"

namespace slide::loss_weights_test {
namespace {

constexpr uint64_t kSeed = 17;
constexpr uint32_t kFeatures = 40, kLabels = 12;

NetworkOptions Net(Optimizer optimizer = Optimizer::kRowAdagrad) {
  NetworkOptions options;
  options.num_features = kFeatures;
  options.num_labels = kLabels;
  options.hidden = {8};
  options.optimizer = optimizer;
  options.seed = kSeed;
  return options;
}

TrainOptions OneThread(int epochs) {
  TrainOptions options;
  options.epochs = epochs;
  options.num_threads = 1;
  return options;
}

// A step of plain gradient descent is linear in the gradient, so that a sample
// of weight 3 is the sample three times: with all labels active, nothing drawn,
// one batch an epoch. Only the order of the sum differs: some 100 gradients of
// up to 1, rounded to 2^-24 each.
TEST(LossWeights, WholeSampleWeightsAreRepeatedSamples) {
  const Dataset data =
      testing_support::RandomData(30, kFeatures, kLabels, 6, 2, kSeed);
  LossWeights weights;
  CsrArrays repeated;
  repeated.num_features = kFeatures;
  repeated.num_labels = kLabels;
  for (size_t i = 0; i < data.size(); ++i) {
    weights.samples.push_back(static_cast<float>(i % 4));
    for (size_t r = 0; r < i % 4; ++r) {
      const Sample sample = data[i];
      repeated.feature_ids.insert(repeated.feature_ids.end(),
                                  sample.features.ids.begin(),
                                  sample.features.ids.end());
      repeated.feature_values.insert(repeated.feature_values.end(),
                                     sample.features.values.begin(),
                                     sample.features.values.end());
      repeated.label_ids.insert(repeated.label_ids.end(), sample.labels.begin(),
                                sample.labels.end());
      repeated.feature_offsets.push_back(repeated.feature_ids.size());
      repeated.label_offsets.push_back(repeated.label_ids.size());
    }
  }
  const Dataset many(std::move(repeated));
  for (const Loss loss : {Loss::kSoftmax, Loss::kDecoupled, Loss::kSigmoid}) {
    TrainOptions options = OneThread(3);
    options.loss = loss;
    options.bias_init = BiasInit::kZero;  // counts are not weighted
    options.update = UpdateMode::kBatched;
    options.batch_size = 64;
    options.learning_rate = 0.05;
    options.momentum = 0.0;
    options.warmup_share = 0.0;  // counts samples
    options.gradient_floor = 0.0;
    options.sampling.max_hashed = 0;
    options.sampling.random_negatives = kLabels;
    options.sparse_part.mode = SparsePartMode::kOff;
    Network one(Net(Optimizer::kSgd), 1), other(Net(Optimizer::kSgd), 1);
    const testing_support::DenseNet start(nn::NetworkAccess::Core(one));
    Trainer(one, options, weights).Fit(data);
    Trainer(other, options).Fit(many);
    testing_support::DenseNet weighted(nn::NetworkAccess::Core(one));
    testing_support::DenseNet twice(nn::NetworkAccess::Core(other));
    testing_support::DenseNet before = start;
    for (size_t l = 0; l < 2; ++l) {
      const auto& w = weighted.layers()[l].weights;
      EXPECT_LE((w - twice.layers()[l].weights).lpNorm<Eigen::Infinity>(), 1e-5)
          << Name(loss) << l;
      EXPECT_GE((w - before.layers()[l].weights).lpNorm<Eigen::Infinity>(), 0.1)
          << Name(loss) << l;
    }
  }
}

// Half of the samples say that feature 0 means label 0, the others label 1.
Dataset Contradiction() {
  CsrArrays arrays;
  arrays.num_features = kFeatures;
  arrays.num_labels = kLabels;
  for (uint32_t i = 0; i < 200; ++i) {
    testing_support::AddSample(arrays, {0, 1 + i % 5}, {1.0f, 0.5f}, {i % 2});
  }
  return Dataset(std::move(arrays));
}

TEST(LossWeights, DecideBetweenSamplesThatContradictEachOther) {
  const Dataset data = Contradiction();
  const std::vector<uint32_t> ids = {0};
  const std::vector<float> values = {1.0f};
  for (const UpdateMode update :
       {UpdateMode::kHogwild, UpdateMode::kBatched, UpdateMode::kDense}) {
    for (const SparsePartMode sparse :
         {SparsePartMode::kOff, SparsePartMode::kOn}) {
      for (const Loss loss :
           {Loss::kSoftmax, Loss::kDecoupled, Loss::kSigmoid}) {
        for (const uint32_t heavy : {0u, 1u}) {
          TrainOptions options = OneThread(20);
          options.num_threads = 2;
          options.update = update;
          options.loss = loss;
          options.sparse_part.mode = sparse;
          LossWeights by_sample, by_label;
          for (uint32_t i = 0; i < data.size(); ++i) {
            by_sample.samples.push_back(i % 2 == heavy ? 2.0f : 0.25f);
          }
          by_label.labels.assign(kLabels, 1.0f);
          by_label.labels[heavy] = 2.0f;
          by_label.labels[1 - heavy] = 0.25f;
          for (const LossWeights& weights : {by_sample, by_label}) {
            Network network(Net(), 1);
            Trainer(network, options, weights).Fit(data);
            EXPECT_EQ(network.Predict({ids, values}, 1)[0].label, heavy)
                << Name(update) << " " << Name(loss) << " "
                << weights.samples.size() << " sparse "
                << (sparse == SparsePartMode::kOn);
          }
        }
      }
    }
  }
}

// Weights scale the loss that is reported, whose mean is over the samples.
TEST(LossWeights, ScaleTheReportedLoss) {
  const Dataset data =
      testing_support::RandomData(60, kFeatures, kLabels, 6, 2, kSeed);
  TrainOptions options = OneThread(1);
  options.freeze = Freeze::kOutput;
  options.learning_rate = 1e-12;  // the same network all the time
  const auto loss = [&](const LossWeights& weights) {
    Network network(Net(), 1);
    return Trainer(network, options, weights).Fit(data).epochs[0].train_loss;
  };
  const double plain = loss({});
  EXPECT_NEAR(loss({.samples = std::vector<float>(60, 2.0f), .labels = {}}),
              2.0 * plain, 1e-5 * plain);
  EXPECT_NEAR(
      loss({.samples = {}, .labels = std::vector<float>(kLabels, 0.5f)}),
      0.5 * plain, 1e-5 * plain);
}

TEST(LossWeights, ThatDoNotFitAreRefused) {
  const Dataset data =
      testing_support::RandomData(10, kFeatures, kLabels, 6, 2, kSeed);
  Network network(Net(), 1);
  EXPECT_THROW(Trainer(network, OneThread(1), {.samples = {1.0f}, .labels = {}})
                   .Fit(data),
               DataError);
  EXPECT_THROW(Trainer(network, OneThread(1), {.samples = {}, .labels = {1.0f}})
                   .Fit(data),
               DataError);
}

TEST(LossWeights, OfOneSampleAreTakenByTheOnlineTrainer) {
  const Dataset data =
      testing_support::RandomData(1, kFeatures, kLabels, 6, 2, kSeed);
  Network network(Net(), 1);
  OnlineTrainer trainer(network, OneThread(1));
  auto worker = trainer.MakeWorker();
  Sample sample = data[0];
  const double once = worker.Train(sample, 1e-12, 1).loss;
  sample.weight = 3.0f;
  EXPECT_NEAR(worker.Train(sample, 1e-12, 1).loss, 3.0 * once, 1e-5);
  sample.weight = -1.0f;
  EXPECT_THROW(worker.Train(sample, 1e-12, 1), DataError);
}

}  // namespace
}  // namespace slide::loss_weights_test
