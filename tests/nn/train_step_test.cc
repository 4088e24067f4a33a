// The whole step of one sample against a dense network computed with Eigen in
// double precision: gradients, losses, and the weights after many steps.
#include "nn/train_step.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "support/dense_net.h"
#include "support/make_data.h"

namespace slide::nn {
namespace {

using testing_support::DenseNet;

constexpr uint64_t kSeed = 3;
constexpr uint32_t kFeatures = 40;
constexpr uint32_t kLabels = 30;

NetworkOptions SmallNet(std::vector<int> hidden) {
  NetworkOptions options;
  options.num_features = kFeatures;
  options.num_labels = kLabels;
  options.hidden = std::move(hidden);
  options.seed = kSeed;
  return options;
}

// No hashing and a tail of everybody: the active set is all neurons.
SamplingOptions AllActive() {
  SamplingOptions options;
  options.max_hashed = 0;
  options.num_tail = static_cast<int>(kLabels);
  return options;
}

StepOptions Step(Loss loss, float learning_rate, float floor = 0.0f) {
  StepOptions options;
  options.loss = loss;
  options.gradient_floor = floor;
  options.row.learning_rate = learning_rate;
  return options;
}

struct Param {
  std::vector<int> hidden;
  Loss loss;
};

class TrainStepTest : public testing::TestWithParam<Param> {
 protected:
  TrainStepTest()
      : core_(MakeCore(Optimizer::kRowAdagrad)),
        selector_(AllActive(), std::vector<uint64_t>(kLabels, 1)),
        data_(
            testing_support::RandomData(20, kFeatures, kLabels, 6, 3, kSeed)) {}

  // With biases, which start at 0, drawn as well.
  static NetworkCore MakeCore(Optimizer optimizer) {
    NetworkOptions options = SmallNet(GetParam().hidden);
    options.optimizer = optimizer;
    NetworkCore core(options);
    core.DrawWeights(util::ThreadTeam(1));
    util::Rng rng(kSeed);
    float* bias = core.input().bias().rows().weights<float>(0);
    for (size_t i = 0; i < core.input().num_neurons(); ++i) {
      bias[i] = 0.1f * rng.Normal();
    }
    RandomBias(core.output().weights(), rng);
    for (NeuronMajorLayer& middle : core.middle()) {
      RandomBias(middle.weights(), rng);
    }
    return core;
  }

  static void RandomBias(RowStore& store, util::Rng& rng) {
    for (size_t r = 0; r < store.num_rows(); ++r) {
      store.rows().scalars(r)[kernels::kBias] = 0.1f * rng.Normal();
    }
  }

  double Train(size_t i, float learning_rate, Workspace& workspace) {
    util::Rng rng(kSeed);
    return TrainSample(core_, selector_, Step(GetParam().loss, learning_rate),
                       data_[i], {}, rng, workspace)
        .loss;
  }

  // 100 steps of the library's network and of the dense one side by side.
  void FollowTheDenseNetwork(Optimizer optimizer) {
    NetworkCore core = MakeCore(optimizer);
    DenseNet net(core);
    Workspace workspace(core, selector_, 3);
    const Loss loss = GetParam().loss;
    const StepOptions options =
        Step(loss, static_cast<float>(0.5 * DefaultLearningRate(optimizer)));
    for (int step = 0; step < 100; ++step) {
      const size_t i = static_cast<size_t>(step) % data_.size();
      const auto g = net.Backward(data_[i], loss);
      net.Step(g, optimizer, options.row);
      util::Rng rng(kSeed);
      const StepResult result =
          TrainSample(core, selector_, options, data_[i], {}, rng, workspace);
      // Rounding to float grows with the steps, a neuron switched the other way
      // by it would show at once.
      ASSERT_NEAR(result.loss, g.loss, 1e-3 * (1.0 + g.loss)) << step;
    }
    const Sample sample = data_[0];
    const Eigen::VectorXd expected = net.Logits(sample);
    DenseNet trained(core);
    EXPECT_LE((trained.Logits(sample) - expected).lpNorm<Eigen::Infinity>(),
              1e-2);
  }

  NetworkCore core_;
  Selector selector_;
  Dataset data_;
};

INSTANTIATE_TEST_SUITE_P(Nets, TrainStepTest,
                         testing::Values(Param{{16}, Loss::kSoftmax},
                                         Param{{16}, Loss::kDecoupled},
                                         Param{{9, 17}, Loss::kSoftmax},
                                         Param{{9, 17, 12}, Loss::kDecoupled}));

// The reference's own gradients by central differences of its loss, so that
// what the library is compared with is right.
TEST_P(TrainStepTest, ReferenceGradientsAreCentralDifferences) {
  DenseNet net(core_);
  const Sample sample = data_[0];
  const auto g = net.Backward(sample, GetParam().loss);
  constexpr double kStep = 1e-5;
  size_t checked = 0;
  for (size_t l = 0; l < net.layers().size(); ++l) {
    auto& weights = net.layers()[l].weights;
    for (Eigen::Index i = 0; i < weights.size(); i += 7) {
      double& w = weights.data()[i];
      const double old = w;
      w = old + kStep;
      const double up = net.Backward(sample, GetParam().loss).loss;
      w = old - kStep;
      const double down = net.Backward(sample, GetParam().loss).loss;
      w = old;
      EXPECT_NEAR(g.weights[l].data()[i], (up - down) / (2.0 * kStep), 1e-6);
      ++checked;
    }
    auto& bias = net.layers()[l].bias;
    for (Eigen::Index i = 0; i < bias.size(); ++i) {
      const double old = bias[i];
      bias[i] = old + kStep;
      const double up = net.Backward(sample, GetParam().loss).loss;
      bias[i] = old - kStep;
      const double down = net.Backward(sample, GetParam().loss).loss;
      bias[i] = old;
      EXPECT_NEAR(g.bias[l][i], (up - down) / (2.0 * kStep), 1e-6);
    }
  }
  EXPECT_GT(checked, 100u);
}

// From zero accumulators one step of rate 1 moves a row by -g / rms(g) and
// leaves mean(g^2) in the accumulator, so that g can be read back.
TEST_P(TrainStepTest, TheGradientOfEveryWeightIsTheDenseNetworks) {
  DenseNet before(core_);
  const auto g = before.Backward(data_[0], GetParam().loss);
  Workspace workspace(core_, selector_, 3);
  const double loss = Train(0, 1.0f, workspace);
  EXPECT_NEAR(loss, g.loss, 1e-5);
  DenseNet after(core_);

  std::vector<const RowStore*> stores = {&core_.input().weights()};
  for (const auto& middle : core_.middle()) stores.push_back(&middle.weights());
  stores.push_back(&core_.output().weights());
  for (size_t l = 0; l < stores.size(); ++l) {
    const RowStore& store = *stores[l];
    for (size_t r = 0; r < store.num_rows(); ++r) {
      const float* scalars = store.rows().scalars(r);
      const double rms = std::sqrt(scalars[kernels::kAccumulator]);
      const auto row = static_cast<Eigen::Index>(r);
      const Eigen::VectorXd moved = before.layers()[l].weights.row(row) -
                                    after.layers()[l].weights.row(row);
      const Eigen::VectorXd gradient = g.weights[l].row(row);
      EXPECT_LE((moved * rms - gradient).lpNorm<Eigen::Infinity>(), 1e-5)
          << "layer " << l << " row " << r;
      if (l == 0) continue;
      const double bias_gradient =
          (before.layers()[l].bias[row] - after.layers()[l].bias[row]) *
          std::sqrt(scalars[kernels::kBiasAccumulator]);
      EXPECT_NEAR(bias_gradient, g.bias[l][row], 1e-5);
    }
  }
  const float* squares = core_.input().bias().rows().state(0, 0);
  for (size_t i = 0; i < core_.input().num_neurons(); ++i) {
    const auto n = static_cast<Eigen::Index>(i);
    const double moved = before.layers()[0].bias[n] - after.layers()[0].bias[n];
    EXPECT_NEAR(moved * std::sqrt(squares[i]), g.bias[0][n], 1e-5);
  }
}

TEST_P(TrainStepTest, FollowsTheDenseNetworkStepByStep) {
  for (const Optimizer optimizer : {Optimizer::kRowAdagrad, Optimizer::kAdam,
                                    Optimizer::kAdagrad, Optimizer::kSgd}) {
    SCOPED_TRACE(Name(optimizer));
    FollowTheDenseNetwork(optimizer);
  }
}

TEST_P(TrainStepTest, ASampleWithoutFeaturesTrainsTheBiases) {
  CsrArrays arrays;
  arrays.num_features = kFeatures;
  arrays.num_labels = kLabels;
  testing_support::AddSample(arrays, {}, {}, {2, 5});
  const Dataset empty(std::move(arrays));
  DenseNet net(core_);
  Workspace workspace(core_, selector_, 2);
  util::Rng rng(kSeed);
  const StepResult result =
      TrainSample(core_, selector_, Step(GetParam().loss, 0.1f), empty[0], {},
                  rng, workspace);
  EXPECT_NEAR(result.loss, net.Backward(empty[0], GetParam().loss).loss, 1e-5);
  EXPECT_EQ(result.num_active, kLabels);
}

TEST(TrainStep, RowsThatAreNotActiveDoNotMove) {
  NetworkOptions options = SmallNet({8});
  NetworkCore core(options);
  core.DrawWeights(util::ThreadTeam(1));
  SamplingOptions sampling;
  sampling.max_hashed = 4;
  sampling.num_tail = 3;
  const Selector selector(sampling, std::vector<uint64_t>(kLabels, 1));
  core.BuildIndex(util::ThreadTeam(1));
  const Dataset data =
      testing_support::RandomData(1, kFeatures, kLabels, 5, 2, kSeed);
  const auto copy = [](const RowStore& store) {
    return std::vector(store.records().begin(), store.records().end());
  };
  const auto input = copy(core.input().weights());
  const auto output = copy(core.output().weights());
  Workspace workspace(core, selector, 2);
  util::Rng rng(kSeed);
  const StepResult result = TrainSample(
      core, selector, Step(Loss::kSoftmax, 0.1f), data[0], {}, rng, workspace);
  EXPECT_GT(result.num_active, 2u);
  EXPECT_LE(result.num_active, 9u);
  const auto moved = [](std::span<const std::byte> before,
                        const RowStore& after, size_t row) {
    const size_t stride = after.format().stride;
    return !std::ranges::equal(before.subspan(row * stride, stride),
                               after.records().subspan(row * stride, stride));
  };
  for (uint32_t n = 0; n < kLabels; ++n) {
    EXPECT_EQ(moved(output, core.output().weights(), n),
              workspace.active.ids.Contains(n))
        << n;
  }
  const auto ids = data[0].features.ids;
  for (uint32_t i = 0; i < kFeatures; ++i) {
    EXPECT_EQ(moved(input, core.input().weights(), i),
              std::find(ids.begin(), ids.end(), i) != ids.end())
        << i;
  }
}

// With the accumulators at zero an output row's first step is -rate x h /
// rms(h) times the sign of its gradient, and its bias's accumulator holds the
// square of the gradient, so the rounded gradients can be read back. Over many
// streams each neuron's mean must be the gradient without a floor.
TEST(TrainStep, AGradientFloorKeepsTheMeanOfEveryGradient) {
  constexpr float kFloor = 0.06f;
  constexpr int kRounds = 4000;
  SamplingOptions sampling;
  sampling.max_hashed = 0;
  sampling.num_tail = static_cast<int>(kLabels);
  const Selector selector(sampling, std::vector<uint64_t>(kLabels, 1));
  const Dataset data =
      testing_support::RandomData(1, kFeatures, kLabels, 5, 2, kSeed);
  NetworkCore core(SmallNet({8}));
  core.DrawWeights(util::ThreadTeam(1));
  Workspace workspace(core, selector, 2);
  const auto step = [&](float floor, uint64_t stream) {
    util::Rng rng(stream);
    // A rate of zero: nothing moves but the accumulators.
    TrainSample(core, selector, Step(Loss::kSoftmax, 0.0f, floor), data[0], {},
                rng, workspace);
  };
  const auto accumulator = [&](uint32_t n) -> float& {
    return core.output().weights().rows().scalars(n)[kernels::kBiasAccumulator];
  };
  step(0.0f, 0);
  std::vector<double> exact(kLabels);
  for (uint32_t n = 0; n < kLabels; ++n) exact[n] = std::sqrt(accumulator(n));
  std::vector<double> sums(kLabels);
  std::vector<int> touched(kLabels);
  for (int round = 0; round < kRounds; ++round) {
    for (uint32_t n = 0; n < kLabels; ++n) accumulator(n) = 0.0f;
    step(kFloor, 1 + static_cast<uint64_t>(round));
    for (uint32_t n = 0; n < kLabels; ++n) {
      sums[n] += std::sqrt(accumulator(n));
      touched[n] += accumulator(n) > 0.0f ? 1 : 0;
    }
  }
  size_t small = 0;
  for (uint32_t n = 0; n < kLabels; ++n) {
    const double p = std::min(1.0, exact[n] / kFloor);
    const double sigma = kFloor * std::sqrt(p * (1.0 - p) / kRounds);
    EXPECT_NEAR(sums[n] / kRounds, exact[n], 5.0 * sigma + 1e-6) << n;
    EXPECT_EQ(touched[n] == kRounds, p == 1.0) << n;
    small += p < 1.0 ? 1 : 0;
  }
  EXPECT_GT(small, 5u);
  EXPECT_LT(small, kLabels);
}

}  // namespace
}  // namespace slide::nn
