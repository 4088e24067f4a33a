// A step of a batch against a dense network computed with Eigen, and against
// itself with other numbers of threads.
#include "nn/batch_step.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "support/dense_net.h"
#include "support/make_data.h"
#include "support/small_net.h"

namespace slide::nn::batch_step_test {
namespace {

using testing_support::DenseNet;
using testing_support::EveryKindOfNet;
using testing_support::MakeNet;
using testing_support::NetParam;
using testing_support::Stepper;

constexpr uint64_t kSeed = testing_support::kNetSeed;
constexpr size_t kBatch = 8;

Dataset MakeData() {
  return testing_support::RandomData(24, testing_support::kNetFeatures,
                                     testing_support::kNetLabels, 6, 3, kSeed);
}

SamplingOptions SomeActive() {
  SamplingOptions options;
  options.max_hashed = 5;
  options.random_negatives = 6;
  return options;
}

class BatchStepTest : public testing::TestWithParam<NetParam> {};

INSTANTIATE_TEST_SUITE_P(Nets, BatchStepTest,
                         testing::ValuesIn(EveryKindOfNet()));

// Batches of different samples that share rows, and a last one that is not
// full.
TEST_P(BatchStepTest, FollowsTheDenseNetworkBatchByBatch) {
  const Dataset data = MakeData();
  const util::ThreadTeam team(2);
  for (const Optimizer optimizer : {Optimizer::kRowAdagrad, Optimizer::kAdam,
                                    Optimizer::kAdagrad, Optimizer::kSgd}) {
    SCOPED_TRACE(Name(optimizer));
    NetworkCore core = MakeNet(GetParam().hidden, optimizer);
    DenseNet net(core);
    StepOptions options;
    options.loss = GetParam().loss;
    options.row.weight_decay = 0.01f;
    Stepper stepper(core, SomeActive(), options);
    BatchStep batch(stepper.step(), kBatch, team.size());
    kernels::RowStep row = options.row;
    row.learning_rate =
        static_cast<float>(0.2 * DefaultLearningRate(optimizer));
    for (size_t step = 0; step < 20; ++step) {
      const size_t num = step == 19 ? 3 : kBatch;
      DenseNet::Gradients sum;
      double loss = 0.0;
      for (size_t slot = 0; slot < num; ++slot) {
        const Sample sample = data[(step * kBatch + slot) % data.size()];
        util::Rng rng(kSeed + step * kBatch + slot);
        loss += batch.Record(slot, sample, rng, stepper.scratch()).loss;
        const auto g = net.Backward(sample, options.loss,
                                    net.Of(sample, batch.state(slot)));
        if (slot == 0) {
          sum = g;
        } else {
          sum.Add(g);
        }
      }
      ASSERT_NEAR(loss, sum.loss, 1e-3 * (1.0 + sum.loss)) << step;
      batch.Apply(row.learning_rate, num, step, team);
      net.Step(sum, optimizer, row);
    }
    DenseNet trained(core);
    for (size_t l = 0; l < net.layers().size(); ++l) {
      EXPECT_LE((trained.layers()[l].weights - net.layers()[l].weights)
                    .lpNorm<Eigen::Infinity>(),
                1e-3)
          << l;
      EXPECT_LE((trained.layers()[l].bias - net.layers()[l].bias)
                    .lpNorm<Eigen::Infinity>(),
                1e-3)
          << l;
    }
  }
}

TEST_P(BatchStepTest, IsTheSameBitForBitForAnyNumberOfThreads) {
  const Dataset data = MakeData();
  for (const Precision precision : {Precision::kFp32, Precision::kBf16}) {
    std::vector<std::vector<std::byte>> weights;
    for (const int threads : {1, 2, 4}) {
      NetworkCore core =
          MakeNet(GetParam().hidden, Optimizer::kRowAdagrad, precision);
      StepOptions options;
      options.loss = GetParam().loss;
      options.gradient_floor = 0.03f;
      Stepper stepper(core, SomeActive(), options);
      const util::ThreadTeam team(threads);
      BatchStep batch(stepper.step(), kBatch, team.size());
      for (size_t step = 0; step < 6; ++step) {
        for (size_t slot = 0; slot < kBatch; ++slot) {
          util::Rng rng(kSeed + step * kBatch + slot);
          batch.Record(slot, data[(step * kBatch + slot) % data.size()], rng,
                       stepper.scratch());
        }
        batch.Apply(0.05f, kBatch, step, team);
      }
      std::vector<std::byte>& all = weights.emplace_back();
      for (const Layer& layer : std::as_const(core).layers()) {
        const auto records = layer.weights().records();
        all.insert(all.end(), records.begin(), records.end());
      }
    }
    EXPECT_EQ(weights[0], weights[1]) << Name(precision);
    EXPECT_EQ(weights[0], weights[2]) << Name(precision);
  }
}

// With a row of one sample alone the sum is its gradient, so that a batch of
// one is a step.
TEST_P(BatchStepTest, ABatchOfOneIsTheStepOfASample) {
  const Dataset data = MakeData();
  const util::ThreadTeam team(1);
  NetworkCore one = MakeNet(GetParam().hidden, Optimizer::kAdagrad);
  NetworkCore other = MakeNet(GetParam().hidden, Optimizer::kAdagrad);
  StepOptions options;
  options.loss = GetParam().loss;
  Stepper stepper(one, SomeActive(), options);
  Stepper other_stepper(other, SomeActive(), options);
  BatchStep batch(other_stepper.step(), 1, 1);
  for (size_t i = 0; i < data.size(); ++i) {
    util::Rng rng(kSeed + i);
    const StepResult a = stepper.Train(data[i], 0.1f, rng);
    const StepResult b = batch.Record(0, data[i], rng, other_stepper.scratch());
    batch.Apply(0.1f, 1, i, team);
    ASSERT_NEAR(a.loss, b.loss, 1e-4 * (1.0 + a.loss)) << i;
  }
}

}  // namespace
}  // namespace slide::nn::batch_step_test
