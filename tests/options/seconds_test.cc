// Times, and the intervals between checkpoints, as text.
#include "options/values.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "slide/error.h"
#include "slide/options/checkpoint.h"
#include "slide/options/train.h"

namespace slide::options::seconds_test {
namespace {

Seconds Read(std::string_view text) {
  Seconds value{};
  Parse(text, {}, value);
  return value;
}

CheckpointInterval ReadInterval(std::string_view text) {
  CheckpointInterval interval;
  Parse(text, {}, interval);
  return interval;
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

TEST(CheckpointInterval, IsATimeWithAUnit) {
  EXPECT_EQ(ReadInterval("30s").seconds, 30.0);
  EXPECT_EQ(ReadInterval("10m").seconds, 600.0);
  EXPECT_EQ(ReadInterval("1h").seconds, 3600.0);
  EXPECT_EQ(ReadInterval("0.5h").seconds, 1800.0);
  EXPECT_EQ(ReadInterval("1e-3s").seconds, 0.001);
  EXPECT_EQ(ReadInterval("30s").epochs, 0);
}

TEST(CheckpointInterval, IsANumberOfEpochs) {
  EXPECT_EQ(ReadInterval("1epoch").epochs, 1);
  EXPECT_EQ(ReadInterval("2epochs").epochs, 2);
  EXPECT_EQ(ReadInterval("1000000epochs").epochs, 1'000'000);
}

TEST(CheckpointInterval, AnythingElseIsRefused) {
  for (const std::string_view text :
       {"", "10", "s", "m", "epochs", "0s", "-1m", "nans", "infs", "1 h", "1d",
        "10ms", "0epochs", "-1epochs", "1.5epochs", "2000000epochs", "1e10s"}) {
    CheckpointInterval interval = {.seconds = 7.0, .epochs = 3};
    try {
      Parse(text, {}, interval);
      ADD_FAILURE() << text;
    } catch (const OptionsError& error) {
      EXPECT_EQ(error.what(),
                "got '" + std::string(text) +
                    "', expected a time or a number of epochs, such as 30s, "
                    "10m, 1h or 2epochs");
    }
    EXPECT_EQ(interval.seconds, 7.0);
    EXPECT_EQ(interval.epochs, 3);
  }
}

TEST(CheckpointInterval, IsWrittenWithItsLargestWholeUnit) {
  for (const std::string_view text :
       {"1s", "90s", "10m", "90m", "2h", "0.25s", "1epoch", "2epochs"}) {
    EXPECT_EQ(Format(ReadInterval(text)), text);
  }
  EXPECT_EQ(Format(ReadInterval("0.5h")), "30m");
  EXPECT_EQ(Format(CheckpointInterval()), "10m");
}

TEST(CheckpointInterval, OneThatCannotBeIsFound) {
  CheckpointOptions options;
  options.Validate();
  options.every.seconds = 0.0;
  EXPECT_THROW(options.Validate(), OptionsError);
  options = {.every = {.epochs = -1}};
  EXPECT_THROW(options.Validate(), OptionsError);
  options = {.keep = 0};
  EXPECT_THROW(options.Validate(), OptionsError);
}

}  // namespace
}  // namespace slide::options::seconds_test
