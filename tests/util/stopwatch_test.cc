#include "util/stopwatch.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace slide::util::stopwatch_test {
namespace {

// A sleep lasts as long as asked for or longer, by the same clock.
TEST(Stopwatch, AddsTheTimeOfItsScopeToTheSum) {
  double seconds = 100.0;
  for (int i = 1; i <= 2; ++i) {
    {
      const Stopwatch watch(seconds);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_GE(seconds, 100.0 + 0.005 * i);
  }
}

TEST(Stopwatch, AddsNothingBeforeItsEnd) {
  double seconds = 0.0;
  const Stopwatch watch(seconds);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(seconds, 0.0);
}

}  // namespace
}  // namespace slide::util::stopwatch_test
