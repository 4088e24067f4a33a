#include "util/memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>
#include <string>

#include "slide/error.h"
#include "support/sanitizers.h"

namespace slide::util::memory_test {
namespace {

TEST(Memory, ThereIsSomeAndNotWithoutEnd) {
  EXPECT_GT(AvailableMemory(), uint64_t{1} << 20);
#ifdef __linux__
  EXPECT_LT(AvailableMemory(), uint64_t{1} << 50);
#endif
}

TEST(Memory, MoreThanThereIsIsRefusedWithBothNumbers) {
  RequireMemory(uint64_t{1} << 26, "a little");
#ifdef __linux__
  EXPECT_THAT(
      [] { RequireMemory(uint64_t{1} << 60, "all of it"); },
      testing::ThrowsMessage<OutOfMemoryError>(testing::MatchesRegex(
          "out of memory: 1152921504606846976 bytes are needed for all of it, "
          "and [0-9]+ are left")));
#endif
}

TEST(Memory, LimitsOfTheProcessCount) {
  if (testing_support::kIsSanitized) {
    GTEST_SKIP() << "sanitizers take more addresses than any limit leaves";
  }
#ifdef __linux__
  const auto limited = [] {
    const rlimit limit = {.rlim_cur = rlim_t{1} << 30,
                          .rlim_max = RLIM_INFINITY};
    setrlimit(RLIMIT_AS, &limit);
    rlimit now = {};
    getrlimit(RLIMIT_AS, &now);
    // Emulators keep no such limit.
    if (now.rlim_cur != limit.rlim_cur) std::_Exit(0);
    std::_Exit(AvailableMemory() < (uint64_t{1} << 30) ? 0 : 1);
  };
  EXPECT_EXIT(limited(), testing::ExitedWithCode(0), "");
#endif
}

}  // namespace
}  // namespace slide::util::memory_test
