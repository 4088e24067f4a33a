#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "kernels/kernel_test.h"

namespace slide::kernels::targets_test {
namespace {

TEST(Targets, AreDifferentAndTheFirstIsTheDefault) {
  const std::vector<int64_t> targets = SupportedTargets();
  ASSERT_FALSE(targets.empty());
  EXPECT_EQ(TargetNameOf(targets.front()), TargetName());
  std::set<std::string> names;
  for (const int64_t target : targets) names.insert(TargetNameOf(target));
  EXPECT_EQ(names.size(), targets.size());
  EXPECT_EQ(SupportedTargets(), targets) << "forcing was not taken back";
}

// A kernel that was used already must switch too.
TEST(Targets, AreSwitchedForAllKernels) {
  const std::vector<float> x(100, 1.0f);
  const std::vector<int64_t> targets = SupportedTargets();
  const std::vector<std::string> names = SupportedTargetNames();
  ASSERT_EQ(names.size(), targets.size());
  for (size_t i = 0; i < targets.size(); ++i) {
    ForceTarget(targets[i]);
    EXPECT_EQ(Dot(x, x), 100.0f);
    EXPECT_EQ(TargetName(), names[i]);
    ForceTarget(0);
  }
}

}  // namespace
}  // namespace slide::kernels::targets_test
