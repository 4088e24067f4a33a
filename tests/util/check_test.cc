#include "util/check.h"

#include <gtest/gtest.h>

namespace slide::util::check_test {
namespace {

TEST(Check, IsOneStatementThatAPreconditionPasses) {
  int num_checks = 0;
  if (num_checks == 0)
    SLIDE_DCHECK(++num_checks == 1);
  else
    FAIL();
#ifdef SLIDE_ENABLE_DCHECKS
  EXPECT_EQ(num_checks, 1);
#else
  EXPECT_EQ(num_checks, 0);  // not even evaluated
#endif
}

#ifdef SLIDE_ENABLE_DCHECKS
TEST(CheckDeathTest, EndsTheProcessWithThePlace) {
  EXPECT_DEATH(SLIDE_DCHECK(1 + 1 == 3),
               "check_test.cc:[0-9]+: broken precondition: 1 \\+ 1 == 3");
}
#else
TEST(Check, CostsNothingWhereItIsOff) { SLIDE_DCHECK(1 + 1 == 3); }
#endif

}  // namespace
}  // namespace slide::util::check_test
