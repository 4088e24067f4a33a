#include "util/at_place.h"

#include <gtest/gtest.h>

#include "support/error_of.h"

namespace slide::util::at_place_test {
namespace {

using testing_support::ErrorOf;

TEST(AtPlace, ReturnsWhatTheFunctionReturns) {
  EXPECT_EQ(AtPlace<Error>("here", [] { return 42; }), 42);
  int sum = 1;
  AtPlace<Error>("here", [&] { sum += 2; });
  EXPECT_EQ(sum, 3);
}

TEST(AtPlace, StandsInFrontOfTheErrors) {
  const auto damaged = [] { throw DataError("got none"); };
  EXPECT_EQ(ErrorOf([&] { AtPlace<DataError>("a.txt", damaged); }),
            "a.txt: got none");
  EXPECT_EQ(
      ErrorOf([&] { AtPlace<Error, ModelFileError>("a.slide", damaged); }),
      "a.slide: got none");
}

TEST(AtPlace, LeavesOtherErrorsAsTheyAre) {
  EXPECT_EQ(ErrorOf([] {
              AtPlace<OptionsError>("here",
                                    [] { throw DataError("got none"); });
            }),
            "got none");
  EXPECT_EQ(ErrorOf([] {
              AtPlace<Error>("here", [] { throw OutOfMemoryError("too big"); });
            }),
            "too big");
}

}  // namespace
}  // namespace slide::util::at_place_test
