#include "train/checkpoint_schedule.h"

#include <gtest/gtest.h>

namespace slide::train::checkpoint_schedule_test {
namespace {

TEST(CheckpointSchedule, IsDueAfterItsTime) {
  CheckpointSchedule schedule({.seconds = 60.0}, 1000.0, 0);
  EXPECT_FALSE(schedule.is_due(1000.0, 0));
  EXPECT_FALSE(schedule.is_due(1059.0, 5));
  EXPECT_TRUE(schedule.is_due(1060.0, 0));
  schedule.Plan(1070.0, 2.0, 0);
  EXPECT_FALSE(schedule.is_due(1129.0, 0));
  EXPECT_TRUE(schedule.is_due(1130.0, 0));
}

TEST(CheckpointSchedule, IsDueAfterItsEpochs) {
  CheckpointSchedule schedule({.epochs = 2}, 1000.0, 3);
  EXPECT_FALSE(schedule.is_due(99'000.0, 4));
  EXPECT_TRUE(schedule.is_due(1000.0, 5));
  schedule.Plan(1000.0, 0.0, 5);
  EXPECT_FALSE(schedule.is_due(99'000.0, 6));
  EXPECT_TRUE(schedule.is_due(1000.0, 7));
}

// 3 s of writing in 60 s are a twentieth.
TEST(CheckpointSchedule, WritingTakesATwentiethOfTheTimeAtMost) {
  CheckpointSchedule by_time({.seconds = 10.0}, 0.0, 0);
  by_time.Plan(13.0, 3.0, 0);
  EXPECT_FALSE(by_time.is_due(69.0, 0));
  EXPECT_TRUE(by_time.is_due(70.0, 0));
  CheckpointSchedule by_epochs({.epochs = 1}, 0.0, 0);
  by_epochs.Plan(13.0, 3.0, 1);
  EXPECT_FALSE(by_epochs.is_due(69.0, 9));
  EXPECT_TRUE(by_epochs.is_due(70.0, 9));
  EXPECT_FALSE(by_epochs.is_due(70.0, 1));
}

}  // namespace
}  // namespace slide::train::checkpoint_schedule_test
