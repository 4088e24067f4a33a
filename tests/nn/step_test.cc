// The whole step of one sample against a dense network computed with Eigen in
// double precision: gradients, losses, and the weights after many steps, for
// every kind of layer, activation, loss and optimizer, with the active neurons
// that the step chose.
#include "nn/step.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "support/dense_net.h"
#include "support/make_data.h"
#include "support/small_net.h"

namespace slide::nn::step_test {
namespace {

using testing_support::AllLabelsActive;
using testing_support::DenseNet;
using testing_support::EveryKindOfNet;
using testing_support::MakeNet;
using testing_support::NetParam;
using testing_support::Stepper;

constexpr uint64_t kSeed = testing_support::kNetSeed;
constexpr uint32_t kFeatures = testing_support::kNetFeatures;
constexpr uint32_t kLabels = testing_support::kNetLabels;
constexpr Optimizer kOptimizers[] = {Optimizer::kRowAdagrad, Optimizer::kAdam,
                                     Optimizer::kAdagrad, Optimizer::kSgd};

Dataset MakeData() {
  return testing_support::RandomData(20, kFeatures, kLabels, 6, 3, kSeed);
}

// Some of a sample's labels do not count at all, others more than once.
const std::vector<float> kLabelWeights = [] {
  std::vector<float> weights;
  for (uint32_t y = 0; y < kLabels; ++y) {
    weights.push_back(0.75f * static_cast<float>(y % 4));
  }
  return weights;
}();

Sample Weighted(Sample sample) {
  sample.weight = 1.5f;
  return sample;
}

// Gradients as they are.
StepOptions Plain(Loss loss) {
  StepOptions options;
  options.loss = loss;
  return options;
}

// Some labels active, with corrections.
SamplingOptions SomeLabelsActive() {
  SamplingOptions options;
  options.max_hashed = 5;
  options.random_negatives = 6;
  return options;
}

class StepTest : public testing::TestWithParam<NetParam> {
 protected:
  // One step along the plain gradient, at rate 1 and without a memory, against
  // minus the reference's gradient.
  void CompareGradients(const SamplingOptions& sampling,
                        const StepOptions& options) {
    const Dataset data = MakeData();
    std::vector<double> norms(GetParam().hidden.size() + 1);
    for (size_t i = 0; i < 5; ++i) {
      NetworkCore core = MakeNet(GetParam().hidden, Optimizer::kSgd);
      DenseNet before(core);
      before.label_weights = {options.label_weights.begin(),
                              options.label_weights.end()};
      const Sample sample =
          options.label_weights.empty() ? data[i] : Weighted(data[i]);
      Stepper stepper(core, sampling, options);
      util::Rng rng(kSeed + i);
      const StepResult result = stepper.Train(sample, 1.0f, rng);
      auto g = before.Backward(sample, options.loss,
                               before.Of(sample, stepper.state()));
      EXPECT_NEAR(result.loss, g.loss, 1e-5 * (1.0 + g.loss));
      EXPECT_EQ(result.num_active, stepper.state().output().size());
      ExpectMoved(before, core, g);
      for (size_t l = 0; l < norms.size(); ++l) norms[l] += g.weights[l].norm();
    }
    // Little of a small net may be left for a single sample.
    for (const double norm : norms) EXPECT_GT(norm, 0.0);
  }

  static void ExpectMoved(DenseNet& before, const NetworkCore& core,
                          const DenseNet::Gradients& g) {
    DenseNet after(core);
    for (size_t l = 0; l < g.weights.size(); ++l) {
      const auto moved = before.layers()[l].weights - after.layers()[l].weights;
      EXPECT_LE((moved - g.weights[l]).lpNorm<Eigen::Infinity>(), 1e-5) << l;
      const auto bias = before.layers()[l].bias - after.layers()[l].bias;
      EXPECT_LE((bias - g.bias[l]).lpNorm<Eigen::Infinity>(), 1e-5) << l;
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Nets, StepTest, testing::ValuesIn(EveryKindOfNet()));

// The reference's own gradients by central differences of its loss, the active
// neurons held fixed, so that what the library is compared with is right.
TEST_P(StepTest, ReferenceGradientsAreCentralDifferences) {
  const Dataset data = MakeData();
  NetworkCore core = MakeNet(GetParam().hidden, Optimizer::kSgd);
  const StepOptions options = Plain(GetParam().loss);
  Stepper stepper(core, SomeLabelsActive(), options);
  util::Rng rng(kSeed);
  const Sample sample = Weighted(data[0]);
  stepper.Forward(sample, rng);
  DenseNet net(core);
  net.label_weights = {kLabelWeights.begin(), kLabelWeights.end()};
  const auto active = net.Of(sample, stepper.state());
  const auto g = net.Backward(sample, GetParam().loss, active);
  constexpr double kStep = 1e-5;
  size_t num_checked = 0, num_not_zero = 0;
  const auto check = [&](double& w, double slope) {
    const double old = w;
    w = old + kStep;
    const double up = net.Backward(sample, GetParam().loss, active).loss;
    w = old - kStep;
    const double down = net.Backward(sample, GetParam().loss, active).loss;
    w = old;
    // The third derivative times kStep^2 / 6, and rounding of the loss over
    // kStep, both times the largest weights.
    EXPECT_NEAR(slope, (up - down) / (2.0 * kStep), 1.5 * 2.25 * 1e-6);
    ++num_checked;
    num_not_zero += slope != 0.0 ? 1 : 0;
  };
  for (size_t l = 0; l < net.layers().size(); ++l) {
    auto& weights = net.layers()[l].weights;
    for (Eigen::Index i = 0; i < weights.size(); i += 5) {
      check(weights.data()[i], g.weights[l].data()[i]);
    }
    auto& bias = net.layers()[l].bias;
    for (Eigen::Index i = 0; i < bias.size(); ++i) check(bias[i], g.bias[l][i]);
  }
  EXPECT_GT(num_checked, 100u);
  EXPECT_GT(num_not_zero, 30u);
}

TEST_P(StepTest, GradientsAreTheDenseNetworksWhenAllLabelsAreActive) {
  CompareGradients(AllLabelsActive(), Plain(GetParam().loss));
}

TEST_P(StepTest, GradientsAreTheDenseNetworksOverTheActiveLabels) {
  CompareGradients(SomeLabelsActive(), Plain(GetParam().loss));
}

TEST_P(StepTest, GradientsAreTheDenseNetworksOfWeightedLosses) {
  StepOptions options = Plain(GetParam().loss);
  options.label_weights = kLabelWeights;
  CompareGradients(SomeLabelsActive(), options);
}

TEST_P(StepTest, GradientsAreTheDenseNetworksUnderDropout) {
  StepOptions options = Plain(GetParam().loss);
  options.input_dropout = 0.3f;
  options.hidden_dropout = 0.4f;
  CompareGradients(SomeLabelsActive(), options);
}

// 100 steps of the library's network and of the dense one side by side.
TEST_P(StepTest, FollowsTheDenseNetworkStepByStep) {
  const Dataset data = MakeData();
  for (const Optimizer optimizer : kOptimizers) {
    for (const float decay : {0.0f, 0.1f}) {
      SCOPED_TRACE(std::string(Name(optimizer)) + " decay " +
                   std::to_string(decay));
      NetworkCore core = MakeNet(GetParam().hidden, optimizer);
      DenseNet net(core);
      StepOptions options = Plain(GetParam().loss);
      options.row.weight_decay = decay;
      options.row.bias_rate = decay == 0.0f ? 1.0f : 0.5f;
      Stepper stepper(core, AllLabelsActive(), options);
      const auto rate =
          static_cast<float>(0.5 * DefaultLearningRate(optimizer));
      kernels::RowStep row = options.row;
      row.learning_rate = rate;
      for (uint64_t step = 0; step < 100; ++step) {
        const Sample sample = data[step % data.size()];
        util::Rng rng(kSeed + step);
        const StepResult result = stepper.Train(sample, rate, rng);
        const auto g = net.Backward(sample, GetParam().loss,
                                    net.Of(sample, stepper.state()));
        net.Step(g, optimizer, row);
        // Rounding to float grows with the steps; a neuron switched the other
        // way by it would show at once.
        ASSERT_NEAR(result.loss, g.loss, 1e-3 * (1.0 + g.loss)) << step;
      }
      DenseNet trained(core);
      EXPECT_LE((trained.Logits(data[0]) - net.Logits(data[0]))
                    .lpNorm<Eigen::Infinity>(),
                1e-2 * (1.0 + net.Logits(data[0]).lpNorm<Eigen::Infinity>()));
    }
  }
}

TEST_P(StepTest, ClipsTheGradientOfAllWeightsAndBiases) {
  const Dataset data = MakeData();
  for (const float share : {0.25f, 4.0f}) {
    NetworkCore core = MakeNet(GetParam().hidden, Optimizer::kSgd);
    DenseNet before(core);
    StepOptions options = Plain(GetParam().loss);
    Stepper stepper(core, SomeLabelsActive(), options);
    const auto rng = [] { return util::Rng(kSeed); };
    util::Rng draws = rng();
    stepper.Forward(data[0], draws);
    auto g = before.Backward(data[0], options.loss,
                             before.Of(data[0], stepper.state()));
    const double norm = g.Norm();
    options.clip_norm = share * static_cast<float>(norm);
    draws = rng();
    stepper.Train(data[0], 1.0f, draws);
    g.Scale(std::min(1.0, options.clip_norm / norm));
    ExpectMoved(before, core, g);
  }
}

TEST_P(StepTest, EachLayerHasARateOfItsOwn) {
  const Dataset data = MakeData();
  StepOptions options = Plain(GetParam().loss);
  const size_t num_layers = GetParam().hidden.size() + 1;
  for (size_t l = 0; l < num_layers; ++l) {
    options.layer_rates.push_back(0.5f * static_cast<float>(l));
  }
  NetworkCore core = MakeNet(GetParam().hidden, Optimizer::kSgd);
  DenseNet before(core);
  Stepper stepper(core, SomeLabelsActive(), options);
  util::Rng rng(kSeed);
  stepper.Train(data[0], 1.0f, rng);
  const auto g = before.Backward(data[0], options.loss,
                                 before.Of(data[0], stepper.state()));
  DenseNet after(core);
  for (size_t l = 0; l < num_layers; ++l) {
    const auto moved = before.layers()[l].weights - after.layers()[l].weights;
    EXPECT_LE((moved - 0.5 * static_cast<double>(l) * g.weights[l])
                  .lpNorm<Eigen::Infinity>(),
              1e-5);
  }
}

TEST_P(StepTest, ASampleWithoutFeaturesTrainsTheBiases) {
  CsrArrays arrays;
  arrays.num_features = kFeatures;
  arrays.num_labels = kLabels;
  testing_support::AddSample(arrays, {}, {}, {2, 5});
  const Dataset empty(std::move(arrays));
  NetworkCore core = MakeNet(GetParam().hidden, Optimizer::kSgd);
  DenseNet before(core);
  const StepOptions options = Plain(GetParam().loss);
  Stepper stepper(core, AllLabelsActive(), options);
  util::Rng rng(kSeed);
  const StepResult result = stepper.Train(empty[0], 0.1f, rng);
  const auto g = before.Backward(empty[0], options.loss,
                                 before.Of(empty[0], stepper.state()));
  EXPECT_NEAR(result.loss, g.loss, 1e-5 * (1.0 + g.loss));
  EXPECT_EQ(result.num_active, kLabels);
  DenseNet after(core);
  const auto moved = before.layers().back().bias - after.layers().back().bias;
  EXPECT_LE((moved - 0.1 * g.bias.back()).lpNorm<Eigen::Infinity>(), 1e-5);
}

TEST(Step, RowsThatAreNotActiveDoNotMove) {
  NetworkCore core = MakeNet({8}, Optimizer::kRowAdagrad);
  SamplingOptions sampling;
  sampling.max_hashed = 4;
  sampling.random_negatives = 3;
  const Dataset data =
      testing_support::RandomData(1, kFeatures, kLabels, 5, 2, kSeed);
  const auto copy = [](const RowStore& store) {
    return std::vector(store.records().begin(), store.records().end());
  };
  const auto input = copy(core.layers()[0].weights());
  const auto output = copy(core.output().weights());
  const StepOptions options = Plain(Loss::kSoftmax);
  Stepper stepper(core, sampling, options);
  util::Rng rng(kSeed);
  const StepResult result = stepper.Train(data[0], 0.1f, rng);
  EXPECT_GT(result.num_active, 2u);
  EXPECT_LE(result.num_active, 9u);
  const auto moved = [](std::span<const std::byte> before,
                        const RowStore& after, size_t row) {
    const size_t stride = after.format().stride;
    return !std::ranges::equal(before.subspan(row * stride, stride),
                               after.records().subspan(row * stride, stride));
  };
  const auto active = stepper.state().output().ids();
  for (uint32_t n = 0; n < kLabels; ++n) {
    EXPECT_EQ(moved(output, core.output().weights(), n),
              std::ranges::find(active, n) != active.end())
        << n;
  }
  const auto ids = data[0].features.ids;
  for (uint32_t i = 0; i < kFeatures; ++i) {
    EXPECT_EQ(moved(input, core.layers()[0].weights(), i),
              std::find(ids.begin(), ids.end(), i) != ids.end())
        << i;
  }
}

// With the accumulators at zero an output row's first step is -rate x h /
// rms(h) times the sign of its gradient, and its bias's accumulator holds the
// square of the gradient, so the rounded gradients can be read back. Over many
// streams each neuron's mean must be the gradient without a floor.
TEST(Step, AGradientFloorKeepsTheMeanOfEveryGradient) {
  constexpr float kFloor = 0.06f;
  constexpr int kRounds = 4000;
  const Dataset data =
      testing_support::RandomData(1, kFeatures, kLabels, 5, 2, kSeed);
  NetworkCore core = MakeNet({8}, Optimizer::kRowAdagrad);
  StepOptions options = Plain(Loss::kSoftmax);
  Stepper stepper(core, AllLabelsActive(), options);
  const auto step = [&](float floor, uint64_t stream) {
    util::Rng rng(stream);
    options.gradient_floor = floor;
    // A rate of zero: nothing moves but the accumulators.
    stepper.Train(data[0], 0.0f, rng);
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
}  // namespace slide::nn::step_test
