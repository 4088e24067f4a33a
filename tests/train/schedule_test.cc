#include "train/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

namespace slide::train {
namespace {

TEST(LinearDecay, FallsFromTheRateToItsShareInEqualSteps) {
  const LinearDecay decay(0.5, 0.1, 10);
  EXPECT_DOUBLE_EQ(decay.at(0), 0.5);
  EXPECT_DOUBLE_EQ(decay.at(5), 0.275);
  EXPECT_NEAR(decay.at(10), 0.05, 1e-15);
  const LinearDecay constant(0.5, 1.0, 10);
  EXPECT_DOUBLE_EQ(constant.at(7), 0.5);
}

TEST(RebuildSchedule, IntervalsGrowByTheDecay) {
  RebuildSchedule schedule({.every = 100, .decay = std::log(2.0)});
  EXPECT_EQ(schedule.next(), 100u);  // 100 * 2^0 behind the first build
  schedule.Advance();
  EXPECT_EQ(schedule.next(), 300u);  // + 100 * 2^1
  schedule.Advance();
  EXPECT_EQ(schedule.next(), 700u);  // + 100 * 2^2
  EXPECT_EQ(schedule.num_rebuilds(), 2u);
}

TEST(RebuildSchedule, WithoutDecayIntervalsAreEven) {
  RebuildSchedule schedule({.every = 7, .decay = 0.0});
  for (uint64_t i = 1; i < 50; ++i) {
    EXPECT_EQ(schedule.next(), 7 * i);
    schedule.Advance();
  }
}

TEST(RebuildSchedule, AnIntervalBeyondAllNumbersIsNever) {
  RebuildSchedule schedule({.every = 1'000'000, .decay = 100.0});
  for (int i = 0; i < 100; ++i) {
    const uint64_t before = schedule.next();
    schedule.Advance();
    EXPECT_GE(schedule.next(), before);
  }
  EXPECT_GT(schedule.next(), uint64_t{1} << 60);
}

}  // namespace
}  // namespace slide::train
