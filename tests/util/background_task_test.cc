#include "util/background_task.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

namespace slide::util::background_task_test {
namespace {

// Waits for what another thread does; the test's time limit ends a failure.
template <typename F>
void Until(F&& condition) {
  while (!condition()) std::this_thread::yield();
}

TEST(BackgroundTask, RunsBesideTheCaller) {
  BackgroundTask task;
  EXPECT_FALSE(task.is_started());
  std::atomic<bool> may_end = false;
  int result = 0;
  const std::thread::id own = std::this_thread::get_id();
  std::thread::id its;
  task.Start([&] {
    Until([&] { return may_end.load(); });
    its = std::this_thread::get_id();
    result = 42;
  });
  EXPECT_TRUE(task.is_started());
  EXPECT_FALSE(task.is_done());
  may_end = true;
  task.Wait();
  EXPECT_FALSE(task.is_started());
  EXPECT_EQ(result, 42);
  EXPECT_NE(its, own);
}

TEST(BackgroundTask, SaysWhenItIsDone) {
  BackgroundTask task;
  task.Start([] {});
  Until([&] { return task.is_done(); });
  EXPECT_TRUE(task.is_started()) << "until Wait";
  task.Wait();
}

TEST(BackgroundTask, RunsAnyNumberOneAfterTheOther) {
  BackgroundTask task;
  int sum = 0;
  for (int i = 1; i <= 10; ++i) {
    task.Start([&sum, i] { sum += i; });
    task.Wait();
  }
  EXPECT_EQ(sum, 55);
}

TEST(BackgroundTask, WaitThrowsWhatTheFunctionThrewOnce) {
  BackgroundTask task;
  task.Start([] { throw std::runtime_error("thrown inside"); });
  try {
    task.Wait();
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()), "thrown inside");
  }
  EXPECT_FALSE(task.is_started());
  task.Start([] {});
  task.Wait();
}

TEST(BackgroundTask, EndsBeforeItsObjectDoes) {
  std::atomic<bool> is_over = false;
  {
    BackgroundTask task;
    task.Start([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      is_over = true;
    });
  }
  EXPECT_TRUE(is_over);
}

}  // namespace
}  // namespace slide::util::background_task_test
