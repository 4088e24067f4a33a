#include "options/values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "slide/error.h"

namespace slide::options::values_test {
namespace {

template <typename T>
T Read(std::string_view text, const Range& range = {}) {
  T value{};
  Parse(text, range, value);
  return value;
}

template <typename T>
std::string Refusal(std::string_view text, const Range& range = {}) {
  try {
    Read<T>(text, range);
  } catch (const OptionsError& error) {
    return error.what();
  }
  return "taken";
}

TEST(Values, NumbersAreReadWhole) {
  EXPECT_EQ(Read<int>("-12"), -12);
  EXPECT_EQ(Read<uint64_t>("18446744073709551615"),
            std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(Read<double>("1e-3"), 0.001);
  EXPECT_EQ(Refusal<int>("12x"), "got '12x', expected a whole number");
  EXPECT_EQ(Refusal<int>("1.5"), "got '1.5', expected a whole number");
  EXPECT_EQ(Refusal<int>(" 1"), "got ' 1', expected a whole number");
  EXPECT_EQ(Refusal<int>("99999999999"),
            "got '99999999999', expected a whole number");
  EXPECT_EQ(Refusal<uint32_t>("-1", AtLeast(0)),
            "got '-1', expected a whole number, 0 or more");
  EXPECT_EQ(Refusal<double>("nan"), "got 'nan', expected a number");
  EXPECT_EQ(Refusal<double>("inf"), "got 'inf', expected a number");
}

TEST(Values, RangesHoldTheirEndsUnlessTheySayOtherwise) {
  const Range between = Between(1, 32);
  EXPECT_EQ(Read<int>("1", between), 1);
  EXPECT_EQ(Read<int>("32", between), 32);
  EXPECT_EQ(Refusal<int>("0", between), "got 0, expected 1 to 32");
  EXPECT_EQ(Refusal<int>("33", between), "got 33, expected 1 to 32");
  EXPECT_EQ(Refusal<double>("0", Above(0)), "got 0, expected above 0");
  EXPECT_EQ(Read<double>("5e-324", Above(0)), 5e-324);
  EXPECT_EQ(Read<double>("1", kShare), 1.0);
  EXPECT_EQ(Refusal<double>("1", kShareBelow1), "got 1, expected 0 to below 1");
  EXPECT_EQ(Read<double>("0", kShareBelow1), 0.0);
}

TEST(Values, WordsAreReadAndRefusedWithAllThatThereAre) {
  EXPECT_EQ(Read<Loss>("decoupled"), Loss::kDecoupled);
  EXPECT_EQ(Refusal<Loss>("hinge"),
            "got 'hinge', expected softmax|decoupled|sigmoid");
  EXPECT_EQ(Read<bool>("true"), true);
  EXPECT_EQ(Refusal<bool>("yes"), "got 'yes', expected false|true");
}

TEST(Values, NumbersThatAreNoEnumeratorAreShownAndRefused) {
  const auto beyond = static_cast<Loss>(7);
  EXPECT_EQ(Format(beyond), "7");
  EXPECT_EQ(Refusal<Loss>(Format(beyond)),
            "got '7', expected softmax|decoupled|sigmoid");
}

TEST(Values, ListsHaveCommas) {
  EXPECT_THAT(Read<std::vector<int>>("1,3,5"), testing::ElementsAre(1, 3, 5));
  EXPECT_THAT(Read<std::vector<double>>("0.5"), testing::ElementsAre(0.5));
  EXPECT_EQ(Refusal<std::vector<int>>("1,,3"),
            "got '', expected a whole number");
  EXPECT_EQ(Refusal<std::vector<int>>("1,0", AtLeast(1)),
            "got 0, expected 1 or more");
}

TEST(Values, NumbersComeBackToTheLastBit) {
  for (const double value : {0.1, 1.0 / 3.0, 1e300, 5e-324, 0x1p40, -2.5}) {
    EXPECT_EQ(Read<double>(Format(value)), value);
  }
  EXPECT_EQ(Format(0.02), "0.02");
  EXPECT_EQ(Format(1024.0), "1024");
  EXPECT_EQ(Format(1'000'000.0), "1000000");
  EXPECT_EQ(Format(std::vector<double>{1.0, 0.25}), "1,0.25");
  EXPECT_EQ(Format(std::optional<int>()), "");
}

}  // namespace
}  // namespace slide::options::values_test
