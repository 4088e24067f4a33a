#include "train/workers.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "support/small_net.h"

namespace slide::train::workers_test {
namespace {

constexpr nn::SampleLimits kLimits = {.max_labels = 3, .max_features = 6};

class WorkersTest : public testing::Test {
 protected:
  WorkersTest()
      : core_(testing_support::MakeNet({16}, Optimizer::kAdagrad)),
        stepper_(core_, testing_support::AllLabelsActive(), options_),
        workers_(2, stepper_.step(), kLimits) {}

  // As worker i would after a sample with so many active neurons.
  void Count(int i, size_t num_active, uint64_t place = 0, double loss = 1.0,
             uint64_t step = 0) {
    workers_[i].epoch_loss += loss;
    workers_[i].Count({.loss = loss, .num_active = num_active}, place, step);
  }

  nn::NetworkCore core_;
  const nn::StepOptions options_;
  testing_support::Stepper stepper_;
  Workers workers_;
};

TEST_F(WorkersTest, AreEmptyBeforeTheFirstSample) {
  EXPECT_EQ(workers_.EpochLoss(), 0.0);
  EXPECT_EQ(workers_.NumActive(), 0u);
  EXPECT_EQ(workers_.ActivePercentile(0.5), 0u);
  EXPECT_FALSE(workers_.FirstDiverged());
  PhaseSeconds phases;
  workers_.ShareOut(10.0, phases);
  EXPECT_EQ(phases.forward, 0.0);
  EXPECT_EQ(phases.select, 0.0);
  EXPECT_EQ(phases.backward, 0.0);
}

TEST_F(WorkersTest, LossIsOfTheEpochAndActiveNeuronsOfTheRun) {
  Count(0, 5, 0, 2.0);
  Count(1, 7, 1, 4.0);
  EXPECT_EQ(workers_.EpochLoss(), 6.0);
  EXPECT_EQ(workers_.NumActive(), 12u);
  workers_.StartEpoch();
  EXPECT_EQ(workers_.EpochLoss(), 0.0);
  EXPECT_EQ(workers_.NumActive(), 12u);
}

TEST_F(WorkersTest, TheFirstLossIsOfTheRunsFirstThousandSteps) {
  EXPECT_EQ(workers_.FirstLoss(), 0.0);
  Count(0, 5, 0, 2.0, 0);
  Count(1, 5, 1, 4.0, 999);
  Count(1, 5, 2, 100.0, 1000);
  EXPECT_EQ(workers_.FirstLoss(), 3.0);
}

// 1000 is more than the selection of a worker has room for.
TEST_F(WorkersTest, PercentilesAreOverTheSamplesOfAllWorkers) {
  Count(0, 5);
  Count(1, 7);
  Count(0, 7);
  Count(1, 1000);
  EXPECT_EQ(workers_.ActivePercentile(0.0), 5u);
  EXPECT_EQ(workers_.ActivePercentile(0.25), 5u);
  EXPECT_EQ(workers_.ActivePercentile(0.5), 7u);
  EXPECT_EQ(workers_.ActivePercentile(0.75), 7u);
  EXPECT_EQ(workers_.ActivePercentile(1.0), 1000u);
}

TEST_F(WorkersTest, TheFirstDivergedSampleIsTheFirstInOrder) {
  Count(0, 5, 3);
  Count(1, 5, 9, std::numeric_limits<double>::quiet_NaN());
  Count(1, 5, 4, std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(workers_.FirstDiverged(), 9u);  // each worker's places ascend
  Count(0, 5, 6, std::numeric_limits<double>::infinity());
  EXPECT_EQ(workers_.FirstDiverged(), 6u);
  workers_.ForgetDiverged();
  EXPECT_FALSE(workers_.FirstDiverged());
}

TEST_F(WorkersTest, StepTimeIsSharedOutAsTheTimedStepsWere) {
  using Clock = nn::StepClock;
  for (int i = 0; i < 2; ++i) {
    Clock& clock = workers_[i].scratch.clock;
    clock.Start(true);
    clock.Mark(Clock::kForward);
    clock.Mark(Clock::kSelect);
    clock.Mark(Clock::kBackward);
  }
  PhaseSeconds phases;
  workers_.ShareOut(10.0, phases);
  // Three products of one quotient, each rounded twice.
  EXPECT_NEAR(phases.forward + phases.select + phases.backward, 10.0, 1e-13);
  const auto seconds = [&](Clock::Part part) {
    return workers_[0].scratch.clock.seconds(part) +
           workers_[1].scratch.clock.seconds(part);
  };
  EXPECT_NEAR(phases.forward * seconds(Clock::kSelect),
              phases.select * seconds(Clock::kForward), 1e-13 * phases.forward);
}

TEST_F(WorkersTest, OthersGoOnFromTheTotals) {
  Count(0, 5, 0, 2.0, 0);
  Count(1, 7, 1, 4.0, 999);
  Count(1, 90, 2, 1.0, 1000);
  workers_[0].scratch.clock.AddSeconds(nn::StepClock::kForward, 3.0);
  workers_[1].scratch.clock.AddSeconds(nn::StepClock::kForward, 1.0);
  workers_[1].scratch.clock.AddSeconds(nn::StepClock::kSelect, 4.0);
  Workers others(3, stepper_.step(), kLimits);
  others.Restore(workers_.Totals());
  EXPECT_EQ(others.EpochLoss(), 7.0);
  EXPECT_EQ(others.FirstLoss(), 3.0);
  EXPECT_EQ(others.NumActive(), 102u);
  for (const double share : {0.3, 0.6, 1.0}) {
    EXPECT_EQ(others.ActivePercentile(share), workers_.ActivePercentile(share));
  }
  PhaseSeconds phases;
  others.ShareOut(16.0, phases);
  EXPECT_EQ(phases.forward, 8.0);
  EXPECT_EQ(phases.select, 8.0);
  // They count on.
  others[2].Count({.loss = 1.0, .num_active = 5}, 0, 5);
  EXPECT_EQ(others.NumActive(), 107u);
}

}  // namespace
}  // namespace slide::train::workers_test
