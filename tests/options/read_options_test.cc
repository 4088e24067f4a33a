#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "slide/dataset_io.h"
#include "slide/error.h"

namespace slide::read_options_test {
namespace {

using testing::StrEq;
using testing::ThrowsMessage;

TEST(ReadOptions, FirstNumbersAreZeroOrOne) {
  EXPECT_NO_THROW(
      (ReadOptions{.first_feature = 1, .first_label = 1}.Validate()));
  EXPECT_THAT((([] { ReadOptions{.first_feature = 2}.Validate(); })),
              ThrowsMessage<OptionsError>(
                  StrEq("first_feature: got 2, expected 0 to 1")));
  EXPECT_THAT((([] { ReadOptions{.first_label = 2}.Validate(); })),
              ThrowsMessage<OptionsError>(
                  StrEq("first_label: got 2, expected 0 to 1")));
}

TEST(ReadOptions, ThreadsOutOfRangeAreRefused) {
  for (const int num_threads : {-1, 1025}) {
    EXPECT_THAT(
        ([&] { ReadOptions{.num_threads = num_threads}.Validate(); }),
        ThrowsMessage<OptionsError>(testing::EndsWith("expected 0 to 1024")));
  }
}

}  // namespace
}  // namespace slide::read_options_test
