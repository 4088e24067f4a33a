#include "util/thread_team.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "slide/error.h"
#include "support/sanitizers.h"

namespace slide::util::thread_team_test {
namespace {

TEST(ThreadTeam, RunsEachWorkerOnce) {
  for (const int size : {1, 2, 3, 8, 33}) {
    SCOPED_TRACE(size);
    const ThreadTeam team(size);
    ASSERT_EQ(team.size(), size);
    // Plain ints: a worker writes to its own, the caller reads after the join.
    std::vector<int> calls(static_cast<size_t>(size));
    std::atomic<int> wrong = 0;
    team.Run([&](int worker, int num_workers) {
      if (worker < 0 || worker >= size || num_workers != size) {
        ++wrong;
        return;
      }
      ++calls[static_cast<size_t>(worker)];
    });
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(calls, std::vector<int>(static_cast<size_t>(size), 1));
  }
}

TEST(ThreadTeam, RunsWorkerZeroOnTheCallingThread) {
  for (const int size : {1, 4}) {
    std::thread::id first;
    ThreadTeam(size).Run([&](int worker, int) {
      if (worker == 0) first = std::this_thread::get_id();
    });
    EXPECT_EQ(first, std::this_thread::get_id()) << size;
  }
}

TEST(ThreadTeam, SeesWhatTheCallerWroteAndTheOtherWayRound) {
  const ThreadTeam team(3);
  std::vector<uint64_t> sums(3);
  uint64_t input = 0;
  uint64_t expected = 0;
  for (uint64_t round = 1; round <= 200; ++round) {
    input = round;
    expected += round;
    team.Run(
        [&](int worker, int) { sums[static_cast<size_t>(worker)] += input; });
    ASSERT_EQ(sums, std::vector<uint64_t>(3, expected));
  }
}

TEST(ThreadTeam, MayBeUsedFromInsideAWorker) {
  const ThreadTeam outer(2), inner(3);
  std::atomic<int> calls = 0;
  outer.Run([&](int, int) { inner.Run([&](int, int) { ++calls; }); });
  EXPECT_EQ(calls, 6);
}

TEST(ThreadTeam, ThrowsAWorkersExceptionAfterTheOthersHaveFinished) {
  for (const int size : {1, 2, 5}) {
    for (int thrower = 0; thrower < size; ++thrower) {
      SCOPED_TRACE(std::to_string(thrower) + " of " + std::to_string(size));
      const ThreadTeam team(size);
      std::atomic<int> finished = 0;
      try {
        team.Run([&](int worker, int) {
          if (worker == thrower) throw DataError("row 7 is odd");
          std::this_thread::yield();
          ++finished;
        });
        ADD_FAILURE() << "nothing was thrown";
      } catch (const DataError& error) {
        EXPECT_STREQ(error.what(), "row 7 is odd");
      }
      EXPECT_EQ(finished, size - 1);
      // The team is as good as before.
      team.Run([&](int, int) { ++finished; });
      EXPECT_EQ(finished, 2 * size - 1);
    }
  }
}

TEST(ThreadTeam, ThrowsOneOfManyExceptions) {
  const ThreadTeam team(4);
  for (int round = 0; round < 50; ++round) {
    try {
      team.Run([](int worker, int) { throw worker; });
      ADD_FAILURE() << "nothing was thrown";
    } catch (int worker) {
      EXPECT_GE(worker, 0);
      EXPECT_LT(worker, 4);
    }
  }
}

TEST(ThreadTeam, SplitCoversEveryIndexOnce) {
  for (const int size : {1, 2, 3, 7, 16}) {
    const ThreadTeam team(size);
    for (const size_t n : {0, 1, 2, 3, 6, 7, 8, 15, 16, 17, 100, 1009}) {
      SCOPED_TRACE(std::to_string(n) + " over " + std::to_string(size));
      std::vector<int> seen(n);
      std::vector<size_t> lengths(static_cast<size_t>(size));
      std::atomic<int> empty = 0, outside = 0;
      team.Split(n, [&](size_t begin, size_t end, int worker) {
        if (begin >= end) ++empty;
        if (end > n) {
          ++outside;
          return;
        }
        lengths[static_cast<size_t>(worker)] = end - begin;
        for (size_t i = begin; i < end; ++i) ++seen[i];
      });
      EXPECT_EQ(empty, 0);
      EXPECT_EQ(outside, 0);
      EXPECT_EQ(seen, std::vector<int>(n, 1));
      for (const size_t length : lengths) {
        EXPECT_GE(length, n / static_cast<size_t>(size));
        EXPECT_LE(length, n / static_cast<size_t>(size) + 1);
      }
    }
  }
}

TEST(ThreadTeam, SplitDoesNotOverflow) {
  constexpr size_t kAll = std::numeric_limits<size_t>::max();
  const ThreadTeam team(3);
  std::vector<size_t> begins(3), ends(3);
  team.Split(kAll, [&](size_t begin, size_t end, int worker) {
    begins[static_cast<size_t>(worker)] = begin;
    ends[static_cast<size_t>(worker)] = end;
  });
  EXPECT_EQ(begins[0], 0u);
  EXPECT_EQ(begins[1], ends[0]);
  EXPECT_EQ(begins[2], ends[1]);
  EXPECT_EQ(ends[2], kAll);
}

TEST(ThreadTeam, ZeroIsAtLeastOneThread) {
  EXPECT_GE(ThreadTeam(0).size(), 1);
  EXPECT_LE(ThreadTeam(0).size(), ThreadTeam::kMaxThreads);
}

TEST(ThreadTeam, RefusesSizesThatMakeNoSense) {
  for (const int size :
       {-1, std::numeric_limits<int>::min(), ThreadTeam::kMaxThreads + 1,
        std::numeric_limits<int>::max()}) {
    try {
      const ThreadTeam team(size);
      ADD_FAILURE() << size << " was accepted";
    } catch (const OptionsError& error) {
      EXPECT_EQ(std::string(error.what()),
                "num_threads: got " + std::to_string(size) +
                    ", expected 0 (one for each core) to 1024");
    }
  }
  constexpr int kMost = ThreadTeam::kMaxThreads;
  EXPECT_EQ(ThreadTeam::SizeOf(kMost), kMost);  // without starting them
}

// libgomp, say, ends the process there.
TEST(ThreadTeam, RefusedThreadsAreAnError) {
  if (testing_support::kIsSanitized) {
    GTEST_SKIP() << "sanitizers need more addresses than the limit leaves";
  }
  const auto start_many = [] {
    const rlimit limit = {.rlim_cur = rlim_t{1} << 30,
                          .rlim_max = RLIM_INFINITY};
    setrlimit(RLIMIT_AS, &limit);  // stacks of 8 MiB: not a thousand of them
    rlimit now = {};
    getrlimit(RLIMIT_AS, &now);
    // Emulators keep no such limit.
    if (now.rlim_cur != limit.rlim_cur) std::_Exit(0);
    try {
      const ThreadTeam team(ThreadTeam::kMaxThreads);
      std::_Exit(1);
    } catch (const Error& error) {
      const std::string what = error.what();
      const bool says_all = what.starts_with("num_threads: got 1024, of which");
      // As many as there is room for are no trouble.
      std::atomic<int> calls = 0;
      ThreadTeam(8).Run([&](int, int) { ++calls; });
      std::_Exit(says_all && calls == 8 ? 0 : 2);
    }
  };
  EXPECT_EXIT(start_many(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace slide::util::thread_team_test
