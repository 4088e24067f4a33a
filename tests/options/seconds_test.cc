#include "options/seconds.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "options/values.h"
#include "slide/error.h"
#include "slide/options/train.h"

namespace slide::options::seconds_test {
namespace {

Seconds Read(std::string_view text) {
  Seconds value{};
  Parse(text, {}, value);
  return value;
}

TEST(Seconds, IsANumberWithAUnit) {
  EXPECT_EQ(Read("30s").count(), 30.0);
  EXPECT_EQ(Read("10m").count(), 600.0);
  EXPECT_EQ(Read("1.5h").count(), 5400.0);
  EXPECT_EQ(Read("0s").count(), 0.0);
  EXPECT_EQ(Read("1e9s").count(), kMaxSeconds);
}

TEST(Seconds, AnythingElseIsRefused) {
  for (const std::string_view text : {"", "10", "s", "-1s", "nans", "1 h", "1d",
                                      "10ms", "2epochs", "1.1e9s", "1e6h"}) {
    Seconds value(7.0);
    try {
      Parse(text, {}, value);
      ADD_FAILURE() << text;
    } catch (const OptionsError& error) {
      EXPECT_EQ(error.what(), "got '" + std::string(text) +
                                  "', expected a time such as 30s, 10m or 1h");
    }
    EXPECT_EQ(value.count(), 7.0);
  }
}

TEST(Seconds, IsWrittenWithItsLargestWholeUnit) {
  for (const std::string_view text :
       {"0s", "1s", "90s", "10m", "90m", "2h", "0.25s", "0.1s"}) {
    EXPECT_EQ(Format(Read(text)), text);
  }
  EXPECT_EQ(Format(Seconds(3600.0)), "1h");
  EXPECT_EQ(Read(Format(Seconds(1.0 / 3.0))).count(), 1.0 / 3.0);
}

TEST(Seconds, AnOptionThatCannotBeIsFound) {
  TrainOptions options;
  options.Validate();
  options.time_limit = Seconds(-1.0);
  EXPECT_THROW(options.Validate(), OptionsError);
  options.time_limit = std::chrono::minutes(10);
  options.Validate();
}

}  // namespace
}  // namespace slide::options::seconds_test
