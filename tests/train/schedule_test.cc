#include "train/schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace slide::train::schedule_test {
namespace {

TEST(RateSchedule, LinearFallsFromTheRateToItsShareInEqualSteps) {
  const RateSchedule rates({.final_rate_share = 0.1, .warmup_share = 0.0}, 0.5,
                           10);
  EXPECT_DOUBLE_EQ(rates.at(0), 0.5);
  EXPECT_DOUBLE_EQ(rates.at(5), 0.275);
  EXPECT_NEAR(rates.at(10), 0.05, 1e-15);
}

TEST(RateSchedule, ConstantStays) {
  const RateSchedule rates(
      {.schedule = Schedule::kConstant, .warmup_share = 0.0}, 0.5, 10);
  for (const uint64_t i : {0u, 5u, 9u}) EXPECT_DOUBLE_EQ(rates.at(i), 0.5);
}

// Half a period: steepest in the middle, where it has gone half the way.
TEST(RateSchedule, CosineFallsSlowlyAtBothEnds) {
  const RateSchedule rates({.schedule = Schedule::kCosine,
                            .final_rate_share = 0.2,
                            .warmup_share = 0.0},
                           1.0, 100);
  EXPECT_DOUBLE_EQ(rates.at(0), 1.0);
  EXPECT_NEAR(rates.at(50), 0.6, 1e-12);
  EXPECT_NEAR(rates.at(100), 0.2, 1e-12);
  // cos(pi / 4) = sqrt(1/2).
  EXPECT_NEAR(rates.at(25), 0.2 + 0.4 * (1.0 + std::sqrt(0.5)), 1e-12);
  EXPECT_LT(rates.at(0) - rates.at(10), rates.at(45) - rates.at(55));
}

TEST(RateSchedule, WarmUpRisesInEqualStepsAndTheScheduleStartsBehindIt) {
  const RateSchedule rates({.final_rate_share = 0.0, .warmup_share = 0.25}, 1.0,
                           16);
  for (const uint64_t i : {0u, 1u, 2u, 3u}) {
    EXPECT_DOUBLE_EQ(rates.at(i), (static_cast<double>(i) + 1.0) / 5.0);
  }
  EXPECT_DOUBLE_EQ(rates.at(4), 1.0);
  EXPECT_DOUBLE_EQ(rates.at(10), 0.5);
  EXPECT_NEAR(rates.at(16), 0.0, 1e-15);
}

TEST(RateSchedule, AllWarmUpIsFinite) {
  const RateSchedule rates({.warmup_share = 1.0}, 1.0, 4);
  for (uint64_t i = 0; i <= 4; ++i) EXPECT_TRUE(std::isfinite(rates.at(i)));
}

TEST(RebuildSchedule, IntervalsGrowByTheDecay) {
  RebuildState state;
  RebuildSchedule schedule({.every = 100, .decay = std::log(2.0)}, state);
  EXPECT_EQ(schedule.next(), 100u);  // 100 * 2^0 behind the first build
  EXPECT_EQ(schedule.next_event(), 100u);
  schedule.Advance(100);
  EXPECT_EQ(schedule.next(), 300u);  // + 100 * 2^1
  schedule.Advance(300);
  EXPECT_EQ(schedule.next(), 700u);  // + 100 * 2^2
  EXPECT_EQ(state.num_rebuilds, 2u);
}

TEST(RebuildSchedule, WithoutDecayIntervalsAreEven) {
  RebuildState state;
  RebuildSchedule schedule({.every = 7, .decay = 0.0}, state);
  for (uint64_t i = 1; i < 50; ++i) {
    EXPECT_EQ(schedule.next(), 7 * i);
    schedule.Advance(7 * i);
  }
}

TEST(RebuildSchedule, AnIntervalBeyondAllNumbersIsNever) {
  RebuildState state;
  RebuildSchedule schedule({.every = 1'000'000, .decay = 100.0}, state);
  for (int i = 0; i < 100; ++i) {
    const uint64_t before = schedule.next();
    schedule.Advance(before);
    EXPECT_GE(schedule.next(), before);
  }
  EXPECT_GT(schedule.next(), uint64_t{1} << 60);
}

TEST(RebuildSchedule, LooksAtTheDriftEightTimesBeforeTheNextRebuild) {
  RebuildState state;
  RebuildSchedule schedule({.every = 80, .decay = 0.0, .drift_limit = 0.25},
                           state);
  for (uint64_t check = 10; check < 80; check += 10) {
    EXPECT_EQ(schedule.next_event(), check);
    EXPECT_EQ(schedule.next(), 80u);
    schedule.AdvanceCheck(check);
  }
  EXPECT_EQ(schedule.next_event(), 80u);
  EXPECT_FALSE(schedule.is_too_far(0.25));
  EXPECT_TRUE(schedule.is_too_far(0.26));
  // A rebuild before its time starts an interval of its own.
  schedule.Advance(33);
  EXPECT_EQ(schedule.next(), 113u);
  EXPECT_EQ(schedule.next_event(), 43u);
  EXPECT_EQ(state.num_rebuilds, 1u);
}

TEST(RebuildSchedule, ShortIntervalsHaveAsManyLooksAsSamples) {
  RebuildState state;
  RebuildSchedule schedule({.every = 3, .decay = 0.0, .drift_limit = 0.0},
                           state);
  EXPECT_EQ(schedule.next_event(), 1u);
  schedule.AdvanceCheck(1);
  EXPECT_EQ(schedule.next_event(), 2u);
  schedule.AdvanceCheck(2);
  EXPECT_EQ(schedule.next_event(), 3u);
}

// Batches meet an event only at their ends, so steps pass several looks.
TEST(RebuildSchedule, TheNextEventIsBehindAStepThatHasPassedSeveral) {
  RebuildState state;
  RebuildSchedule schedule({.every = 80, .decay = 0.0, .drift_limit = 0.5},
                           state);
  schedule.AdvanceCheck(55);
  EXPECT_EQ(schedule.next_event(), 65u);
  schedule.Advance(100);
  EXPECT_EQ(schedule.next_event(), 110u);
}

TEST(RebuildSchedule, GoesOnFromItsState) {
  RebuildState state;
  const RebuildOptions options = {.every = 100, .decay = std::log(2.0)};
  RebuildSchedule(options, state).Advance(100);
  RebuildState copy = state;
  EXPECT_EQ(RebuildSchedule(options, copy).next(), 300u);
}

}  // namespace
}  // namespace slide::train::schedule_test
