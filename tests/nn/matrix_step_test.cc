// A step by matrix products against a dense network computed with Eigen, sample
// by sample in double precision; against the batched step, which has no
// products, with all neurons active; and against itself with other numbers of
// threads.
#include "nn/matrix_step.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "nn/sparse_pairs.h"
#include "support/dense_net.h"
#include "support/make_data.h"
#include "support/small_net.h"

namespace slide::nn::matrix_step_test {
namespace {

using testing_support::DenseNet;
using testing_support::EveryKindOfNet;
using testing_support::kNetFeatures;
using testing_support::kNetLabels;
using testing_support::MakeNet;
using testing_support::NetParam;
using testing_support::Stepper;

constexpr uint64_t kSeed = testing_support::kNetSeed;
constexpr size_t kBatch = 8;

Dataset MakeData() {
  return testing_support::RandomData(24, kNetFeatures, kNetLabels, 6, 3, kSeed);
}

SamplingOptions Negatives(int num, double frequency_share = 0.0) {
  SamplingOptions options = testing_support::AllLabelsActive();
  options.random_negatives = num;
  options.frequency_share = frequency_share;
  return options;
}

// Matrix steps of a network.
class Matrices {
 public:
  Matrices(NetworkCore& core, const SamplingOptions& negatives,
           const StepOptions& options, int threads, size_t capacity = kBatch)
      : negatives_(sampling::MakeSelector(
            negatives, {.num_neurons = core.num_labels(), .data = Dataset()})),
        stepper_(core, Negatives(1), options),
        team_(threads),
        batch_(stepper_.step(), negatives_, capacity, threads) {}

  // Brings samples [first, first + num) forward. Returns the sum of the losses.
  double Forward(const Dataset& data, size_t first, size_t num) {
    batch_.Clear(num);
    for (size_t slot = 0; slot < num; ++slot) {
      util::Rng rng(kSeed + first + slot);
      batch_.Enter(slot, data[(first + slot) % data.size()], rng,
                   stepper_.scratch());
    }
    util::Rng rng(kSeed + first);
    batch_.ComputeLogits(num, rng, team_);
    double loss = 0.0;
    for (size_t slot = 0; slot < num; ++slot) {
      const StepResult result = batch_.ComputeLoss(slot, 0);
      loss += result.loss;
      num_active_ = result.num_active;
    }
    return loss;
  }
  void Apply(float rate, size_t num, uint64_t key) {
    batch_.Apply(rate, num, key, team_);
  }
  MatrixStep& batch() { return batch_; }
  size_t num_active() const { return num_active_; }

 private:
  sampling::Selector negatives_;
  Stepper stepper_;
  util::ThreadTeam team_;
  MatrixStep batch_;
  size_t num_active_ = 0;
};

void ExpectNear(const DenseNet& a, const DenseNet& b, double tolerance) {
  auto& x = const_cast<DenseNet&>(a).layers();
  auto& y = const_cast<DenseNet&>(b).layers();
  for (size_t l = 0; l < x.size(); ++l) {
    EXPECT_LE((x[l].weights - y[l].weights).lpNorm<Eigen::Infinity>(),
              tolerance)
        << l;
    EXPECT_LE((x[l].bias - y[l].bias).lpNorm<Eigen::Infinity>(), tolerance)
        << l;
  }
}

std::vector<std::byte> BitsOf(const NetworkCore& core) {
  std::vector<std::byte> all;
  for (const Layer& layer : core.layers()) {
    const auto records = layer.weights().records();
    all.insert(all.end(), records.begin(), records.end());
  }
  if (core.sparse_part() != nullptr) {
    core.sparse_part()->ForEachTrained([&](std::span<const std::byte> bytes) {
      all.insert(all.end(), bytes.begin(), bytes.end());
    });
  }
  return all;
}

void AddSparsePart(const Dataset& data, NetworkCore& core) {
  SparsePartOptions options;
  options.mode = SparsePartMode::kOn;
  options.min_samples = 1;
  const util::ThreadTeam team(1);
  core.SetSparsePart(
      SparsePart(SparsePairs(data, options, team), kNetFeatures, kNetLabels));
}

std::vector<NetParam> NetsWithADenseLastLayer() {
  std::vector<NetParam> nets = EveryKindOfNet();
  std::erase_if(
      nets, [](const NetParam& net) { return net.hidden.back().is_hashed(); });
  return nets;
}

class MatrixStepTest : public testing::TestWithParam<NetParam> {};

INSTANTIATE_TEST_SUITE_P(Nets, MatrixStepTest,
                         testing::ValuesIn(NetsWithADenseLastLayer()));

// drawn: negatives of a batch.
void FollowDenseNet(const NetParam& param, int drawn, Optimizer optimizer) {
  SCOPED_TRACE(Name(optimizer));
  const Dataset data = MakeData();
  NetworkCore core = MakeNet(param.hidden, optimizer);
  DenseNet net(core);
  StepOptions options;
  options.loss = param.loss;
  options.row.weight_decay = 0.01f;
  Matrices matrices(core, Negatives(drawn), options, 2);
  kernels::RowStep row = options.row;
  row.learning_rate = static_cast<float>(0.2 * DefaultLearningRate(optimizer));
  for (size_t step = 0; step < 20; ++step) {
    const size_t num = step == 19 ? 3 : kBatch;
    const double loss = matrices.Forward(data, step * kBatch, num);
    const BatchColumns& columns = matrices.batch().columns();
    DenseNet::Gradients sum;
    for (size_t slot = 0; slot < num; ++slot) {
      const Sample sample = data[(step * kBatch + slot) % data.size()];
      DenseNet::Active active = net.Of(sample, matrices.batch().state(slot));
      // The drawn negatives, raised, and the sample's labels, which are not.
      active.masks.back().setZero();
      active.corrections.setZero();
      for (int c = 0; c < drawn; ++c) {
        const auto n =
            static_cast<Eigen::Index>(columns.ids()[static_cast<size_t>(c)]);
        active.masks.back()[n] = 1.0;
        active.corrections[n] = std::log(double{kNetLabels} / drawn);
      }
      for (const uint32_t label : sample.labels) {
        active.masks.back()[label] = 1.0;
        active.corrections[label] = 0.0;
      }
      const auto g = net.Backward(sample, options.loss, active);
      if (slot == 0) {
        sum = g;
      } else {
        sum.Add(g);
      }
    }
    ASSERT_NEAR(loss, sum.loss, 1e-3 * (1.0 + sum.loss)) << step;
    matrices.Apply(row.learning_rate, num, step);
    net.Step(sum, optimizer, row);
  }
  ExpectNear(DenseNet(core), net, 1e-3);
}

constexpr Optimizer kOptimizers[] = {Optimizer::kRowAdagrad, Optimizer::kAdam,
                                     Optimizer::kAdagrad, Optimizer::kSgd};

TEST_P(MatrixStepTest, FollowsTheDenseNetworkBatchByBatch) {
  for (const Optimizer optimizer : kOptimizers) {
    FollowDenseNet(GetParam(), static_cast<int>(kNetLabels), optimizer);
  }
}

TEST_P(MatrixStepTest, FollowsTheDenseNetworkWithSharedNegatives) {
  for (const Optimizer optimizer : kOptimizers) {
    FollowDenseNet(GetParam(), 12, optimizer);
  }
}

// All that a step has beside: dropout, a limit of gradients, layers that stay,
// a sparse part.
TEST_P(MatrixStepTest, IsTheBatchedStepWithAllNeuronsActive) {
  const Dataset data = MakeData();
  for (int variant = 0; variant < 6; ++variant) {
    SCOPED_TRACE(variant);
    StepOptions options;
    options.loss = GetParam().loss;
    if (variant == 1) options.input_dropout = options.hidden_dropout = 0.2f;
    if (variant == 2) options.clip_norm = 0.4f;
    if (variant == 3) options.freeze = Freeze::kInput;
    if (variant == 4) options.freeze = Freeze::kOutput;
    NetworkCore core = MakeNet(GetParam().hidden, Optimizer::kAdagrad);
    NetworkCore other = MakeNet(GetParam().hidden, Optimizer::kAdagrad);
    if (variant == 2 || variant == 5) {
      options.sparse_rate = 0.5f;
      AddSparsePart(data, core);
      AddSparsePart(data, other);
    }
    Matrices matrices(core, Negatives(kNetLabels), options, 2);
    Stepper stepper(other, Negatives(kNetLabels), options);
    const util::ThreadTeam team(1);
    BatchStep batch(stepper.step(), kBatch, 1);
    for (size_t step = 0; step < 10; ++step) {
      double loss = 0.0;
      for (size_t slot = 0; slot < kBatch; ++slot) {
        const size_t i = step * kBatch + slot;
        util::Rng rng(kSeed + i);
        loss +=
            batch.Record(slot, data[i % data.size()], rng, stepper.scratch())
                .loss;
      }
      batch.Apply(0.05f, kBatch, step, team);
      ASSERT_NEAR(matrices.Forward(data, step * kBatch, kBatch), loss,
                  1e-4 * (1.0 + loss));
      EXPECT_EQ(matrices.num_active(), kNetLabels);
      matrices.Apply(0.05f, kBatch, step);
    }
    ExpectNear(DenseNet(core), DenseNet(other), 1e-4);
    if (core.sparse_part() == nullptr) continue;
    const auto words = core.sparse_part()->arrays().words;
    const auto others = other.sparse_part()->arrays().words;
    for (size_t f = 0; f < kNetFeatures; ++f) {
      const kernels::PairList& list =
          core.sparse_part()->ListOf(static_cast<uint32_t>(f));
      const float* a = core.sparse_part()->pairs().weights(list);
      const float* b = other.sparse_part()->pairs().weights(list);
      for (uint32_t i = 0; i < list.num; ++i) ASSERT_NEAR(a[i], b[i], 1e-4);
    }
    EXPECT_EQ(words.size(), others.size());
  }
}

TEST_P(MatrixStepTest, IsTheSameBitForBitForAnyNumberOfThreads) {
  const Dataset data = MakeData();
  for (const Precision precision : {Precision::kFp32, Precision::kBf16}) {
    for (const int drawn : {static_cast<int>(kNetLabels), 12}) {
      std::vector<std::vector<std::byte>> bits;
      for (const int threads : {1, 2, 4}) {
        NetworkCore core =
            MakeNet(GetParam().hidden, Optimizer::kRowAdagrad, precision);
        AddSparsePart(data, core);
        StepOptions options;
        options.loss = GetParam().loss;
        options.sparse_rate = 0.5f;
        Matrices matrices(core, Negatives(drawn, 0.5), options, threads);
        for (size_t step = 0; step < 6; ++step) {
          matrices.Forward(data, step * kBatch, kBatch);
          matrices.Apply(0.05f, kBatch, step);
        }
        bits.push_back(BitsOf(core));
      }
      EXPECT_EQ(bits[0], bits[1]) << Name(precision) << " " << drawn;
      EXPECT_EQ(bits[0], bits[2]) << Name(precision) << " " << drawn;
    }
  }
}

// Several blocks of neurons, the last one not full, and several parts of the
// input's gradient; rows of bf16 weights are copied.
TEST(MatrixStep, BlocksTogetherAreTheWholeLayer) {
  constexpr uint32_t kLabels = 1500;
  const Dataset data =
      testing_support::RandomData(24, kNetFeatures, kLabels, 6, 3, kSeed);
  for (const Precision precision : {Precision::kFp32, Precision::kBf16}) {
    NetworkOptions network;
    network.num_features = kNetFeatures;
    network.num_labels = kLabels;
    network.hidden = {512};  // blocks of 128 rows
    network.optimizer = Optimizer::kSgd;
    network.precision = precision;
    SamplingOptions all = Negatives(kLabels);
    StepOptions options;
    options.row.rounding = Rounding::kNearest;
    std::vector<std::unique_ptr<NetworkCore>> cores;
    for (int i = 0; i < 2; ++i) {
      cores.push_back(std::make_unique<NetworkCore>(network));
      cores.back()->DrawWeights(util::ThreadTeam(1));
    }
    const DenseNet before(*cores[0]);
    Matrices matrices(*cores[0], all, options, 2);
    const double loss = matrices.Forward(data, 0, kBatch);
    matrices.Apply(1.0f, kBatch, 0);
    Stepper stepper(*cores[1], all, options);
    BatchStep batch(stepper.step(), kBatch, 1);
    double expected = 0.0;
    for (size_t slot = 0; slot < kBatch; ++slot) {
      util::Rng rng(kSeed + slot);
      expected += batch.Record(slot, data[slot], rng, stepper.scratch()).loss;
    }
    batch.Apply(1.0f, kBatch, 0, util::ThreadTeam(1));
    EXPECT_NEAR(loss, expected, 1e-4 * expected);
    // Bf16 weights next to a boundary may be rounded to either side.
    const double tolerance = precision == Precision::kFp32 ? 1e-4 : 0.02;
    ExpectNear(DenseNet(*cores[0]), DenseNet(*cores[1]), tolerance);
    auto& moved = const_cast<DenseNet&>(before).layers().back().weights;
    EXPECT_GT((DenseNet(*cores[0]).layers().back().weights - moved)
                  .rowwise()
                  .lpNorm<Eigen::Infinity>()
                  .minCoeff(),
              0.0);
  }
}

}  // namespace
}  // namespace slide::nn::matrix_step_test
