#include "data/read_log.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace slide::data::read_log_test {
namespace {

TEST(ReadLog, KnowsOfNoneUntilOneIsNoted) {
  const ReadLog log("FILE", false);
  EXPECT_EQ(log.name(), "FILE");
  EXPECT_EQ(log.first_damaged(), ReadLog::kNone);
}

TEST(ReadLog, KeepsTheFirstInOrderNotInTime) {
  ReadLog log("FILE", false);
  log.Note(7);
  log.Note(9);
  EXPECT_EQ(log.first_damaged(), 7u);
  log.Note(0);
  log.Note(7);
  EXPECT_EQ(log.first_damaged(), 0u);
}

// Thread t notes its samples falling, the last of them t.
TEST(ReadLog, KeepsTheFirstOfAllThreads) {
  ReadLog log("FILE", false);
  std::vector<std::thread> threads;
  for (size_t t = 3; t < 7; ++t) {
    threads.emplace_back([&log, t] {
      for (size_t i = 1000; i-- > 0;) log.Note(4 * i + t);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(log.first_damaged(), 3u);
}

}  // namespace
}  // namespace slide::data::read_log_test
