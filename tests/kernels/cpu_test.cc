#include "slide/cpu.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kernels/kernel_test.h"
#include "slide/error.h"

namespace slide::cpu_test {
namespace {

TEST(Cpu, NamesAllTargetsBestFirstWithTheOneInUse) {
  std::vector<std::string> expected;
  for (const int64_t target : kernels::SupportedTargets()) {
    expected.push_back(kernels::TargetNameOf(target));
  }
  EXPECT_EQ(SupportedSimdTargets(), expected);
  EXPECT_EQ(SimdTarget(), expected.front());
}

TEST(Cpu, ThreadsAreThoseAskedForOrOneForEachCore) {
  EXPECT_EQ(NumThreads(3), 3);
  EXPECT_GE(NumThreads(0), 1);
  EXPECT_THROW(NumThreads(-1), OptionsError);
  EXPECT_THROW(NumThreads(1025), OptionsError);
}

}  // namespace
}  // namespace slide::cpu_test
