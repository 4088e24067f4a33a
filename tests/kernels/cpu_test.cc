#include "slide/cpu.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kernels/kernel_test.h"

namespace slide {
namespace {

TEST(Cpu, NamesAllTargetsBestFirstWithTheOneInUse) {
  std::vector<std::string> expected;
  for (const int64_t target : kernels::SupportedTargets()) {
    expected.push_back(kernels::TargetNameOf(target));
  }
  EXPECT_EQ(SupportedSimdTargets(), expected);
  EXPECT_EQ(SimdTarget(), expected.front());
}

}  // namespace
}  // namespace slide
