// Engines alone: which samples of a feed they train on, at which rates, and
// what they leave with the workers.
#include "train/engine.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <vector>

#include "sampling/sources.h"
#include "slide/error.h"
#include "support/make_data.h"
#include "support/small_net.h"

namespace slide::train::engine_test {
namespace {

using testing_support::kNetSeed;
using testing_support::MakeNet;

constexpr nn::SampleLimits kLimits = {.max_labels = 3, .max_features = 6};

// A data set in its order, at one rate.
class DataFeed final : public SampleFeed {
 public:
  explicit DataFeed(const Dataset& data) : data_(data) {}

  Sample SampleAt(uint64_t place) const noexcept override {
    return place == left_out ? Sample{} : data_[place];
  }
  util::Rng RngAt(uint64_t place) const noexcept override {
    return util::Rng(kNetSeed + place);
  }
  float RateAt(uint64_t /*place*/) const noexcept override { return 0.1f; }
  uint64_t StepAt(uint64_t place) const noexcept override { return place; }
  void ThrowIfDamaged() const override {
    if (is_damaged) throw DataError("damaged");
  }

  uint64_t left_out = std::numeric_limits<uint64_t>::max();
  bool is_damaged = false;

 private:
  const Dataset& data_;
};

class EngineTest : public testing::Test {
 protected:
  EngineTest()
      : data_(testing_support::RandomData(40, testing_support::kNetFeatures,
                                          testing_support::kNetLabels, 6, 3,
                                          kNetSeed)),
        core_(MakeNet({16}, Optimizer::kAdagrad)) {}

  struct Parts {
    Parts(nn::NetworkCore& core, UpdateMode update, int threads)
        : stepper(core, testing_support::AllLabelsActive(), options),
          negatives(sampling::MakeSelector(
              testing_support::AllLabelsActive(),
              {.num_neurons = core.num_labels(), .data = Dataset()})),
          team(threads),
          workers(threads, stepper.step(), kLimits) {
      if (update == UpdateMode::kHogwild) {
        engine = std::make_unique<HogwildEngine>(stepper.step(), kLimits, team,
                                                 workers);
      } else if (update == UpdateMode::kBatched) {
        engine = std::make_unique<BatchedEngine>(
            stepper.step(), 8, util::Rng(kNetSeed), team, workers);
      } else {
        engine = std::make_unique<MatrixEngine>(
            stepper.step(), negatives, 8, util::Rng(kNetSeed), team, workers);
      }
    }
    nn::StepOptions options;
    testing_support::Stepper stepper;
    sampling::Selector negatives;
    util::ThreadTeam team;
    Workers workers;
    std::unique_ptr<Engine> engine;
  };

  static std::vector<std::byte> Weights(nn::NetworkCore& core) {
    const auto records = core.output().weights().records();
    return {records.begin(), records.end()};
  }
  // Breaks a neuron that every step computes.
  void MakeNotFinite() {
    core_.output().weights().rows().scalars(0)[kernels::kBias] =
        std::numeric_limits<float>::quiet_NaN();
  }

  const Dataset data_;
  nn::NetworkCore core_;
};

TEST_F(EngineTest, HogwildOnOneThreadTakesTheStepsOneByOne) {
  nn::NetworkCore other = MakeNet({16}, Optimizer::kAdagrad);
  Parts parts(core_, UpdateMode::kHogwild, 1);
  parts.engine->Train(DataFeed(data_), 5, 37);
  const nn::StepOptions options;
  testing_support::Stepper stepper(other, testing_support::AllLabelsActive(),
                                   options);
  double loss = 0.0;
  for (uint64_t i = 5; i < 37; ++i) {
    loss += stepper.Train(data_[i], 0.1f, util::Rng(kNetSeed + i)).loss;
  }
  EXPECT_EQ(Weights(core_), Weights(other));
  EXPECT_EQ(parts.workers.EpochLoss(), loss);
  EXPECT_EQ(parts.workers.NumActive(), 32u * testing_support::kNetLabels);
  EXPECT_EQ(parts.workers.ActivePercentile(0.5), testing_support::kNetLabels);
}

TEST_F(EngineTest, BatchesAreTheSameForAnyNumberOfThreads) {
  for (const UpdateMode update : {UpdateMode::kBatched, UpdateMode::kDense}) {
    nn::NetworkCore core = MakeNet({16}, Optimizer::kAdagrad);
    Parts parts(core, update, 1);
    parts.engine->Train(DataFeed(data_), 0, 37);  // the last one is not full
    EXPECT_EQ(parts.workers.NumActive(), 37u * testing_support::kNetLabels);
    for (const int threads : {2, 3}) {
      nn::NetworkCore other = MakeNet({16}, Optimizer::kAdagrad);
      Parts others(other, update, threads);
      others.engine->Train(DataFeed(data_), 0, 37);
      EXPECT_EQ(Weights(core), Weights(other));
      EXPECT_EQ(parts.workers.EpochLoss(), others.workers.EpochLoss());
      EXPECT_EQ(parts.workers.NumActive(), others.workers.NumActive());
    }
    EXPECT_GT(parts.engine->apply_seconds(), 0.0);
  }
}

TEST_F(EngineTest, HogwildLeavesOutASampleWithoutLabels) {
  Parts parts(core_, UpdateMode::kHogwild, 2);
  DataFeed feed(data_);
  feed.left_out = 7;
  parts.engine->Train(feed, 0, 20);
  EXPECT_EQ(parts.workers.NumActive(), 19u * testing_support::kNetLabels);
}

TEST_F(EngineTest, ADamagedSampleEndsBatchesBeforeAnyWeightMoves) {
  const auto before = Weights(core_);
  for (const UpdateMode update : {UpdateMode::kBatched, UpdateMode::kDense}) {
    Parts parts(core_, update, 1);
    DataFeed feed(data_);
    feed.left_out = 3;
    feed.is_damaged = true;
    EXPECT_THROW(parts.engine->Train(feed, 0, 8), DataError);
    EXPECT_EQ(Weights(core_), before);
  }
}

TEST_F(EngineTest, ALossThatIsNotFiniteIsNotedAndEndsBatches) {
  MakeNotFinite();
  const auto before = Weights(core_);
  for (const UpdateMode update : {UpdateMode::kBatched, UpdateMode::kDense}) {
    Parts batched(core_, update, 2);
    batched.engine->Train(DataFeed(data_), 4, 20);
    EXPECT_EQ(batched.workers.FirstDiverged(), 4u);
    EXPECT_EQ(Weights(core_), before);
    batched.workers.ForgetDiverged();
    EXPECT_FALSE(batched.workers.FirstDiverged());
  }
  Parts hogwild(core_, UpdateMode::kHogwild, 1);
  hogwild.engine->Train(DataFeed(data_), 4, 6);
  EXPECT_EQ(hogwild.workers.FirstDiverged(), 4u);
}

}  // namespace
}  // namespace slide::train::engine_test
