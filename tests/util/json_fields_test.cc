#include "util/json_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slide::util::json_fields_test {

struct Inner {
  int whole = 0;
  std::optional<double> maybe;
};

struct Outer {
  uint64_t large = 0;
  double number = 0.0;
  bool flag = false;
  std::vector<Inner> list;
  Inner inner;
};

template <typename Fields>
void Describe(Fields& f, Inner& inner) {
  f("whole", inner.whole);
  f("maybe", inner.maybe);
}

template <typename Fields>
void Describe(Fields& f, Outer& outer) {
  f("large", outer.large);
  f("number", outer.number);
  f("flag", outer.flag);
  f("list", outer.list);
  f("inner", outer.inner);
}

namespace {

std::string Refusal(std::string_view text) {
  Outer outer;
  try {
    LoadJson(Json::Parse(text), outer);
  } catch (const Error& error) {
    return error.what();
  }
  return "taken";
}

TEST(JsonFields, AStructIsAnObjectWithItsMembers) {
  Outer outer = {.large = ~uint64_t{0},
                 .number = 0.1,
                 .flag = true,
                 .list = {{-1, 2.5}, {}},
                 .inner = {7, {}}};
  const std::string text = SaveJson(outer).Dump();
  EXPECT_EQ(text,
            R"({"large":18446744073709551615,"number":0.1,"flag":true,)"
            R"("list":[{"whole":-1,"maybe":2.5},{"whole":0,"maybe":null}],)"
            R"("inner":{"whole":7,"maybe":null}})");
  Outer loaded = {.list = std::vector<Inner>(5), .inner = {0, 1.0}};
  LoadJson(Json::Parse(text), loaded);
  EXPECT_EQ(SaveJson(loaded).Dump(), text);
  EXPECT_EQ(loaded.list.size(), 2u);
  EXPECT_FALSE(loaded.inner.maybe);
}

TEST(JsonFields, NumbersComeBackToTheLastBit) {
  using Limits = std::numeric_limits<double>;
  for (double number : {0.1, -1.0 / 3.0, 1e300, 12345678901234567890.0,
                        Limits::denorm_min(), Limits::max(), Limits::infinity(),
                        -Limits::infinity(), Limits::quiet_NaN()}) {
    double loaded = 0.0;
    LoadJson(Json::Parse(SaveJson(number).Dump()), loaded);
    EXPECT_EQ(std::bit_cast<uint64_t>(loaded), std::bit_cast<uint64_t>(number))
        << number;
  }
}

TEST(JsonFields, RefusalsNameTheKeysAndTheValue) {
  EXPECT_EQ(Refusal("[]"), "got [], expected an object");
  EXPECT_EQ(Refusal("{}"), "large: is missing");
  EXPECT_EQ(Refusal(R"({"large":-1})"),
            "large: got -1, expected a whole number from 0 to "
            "18446744073709551615");
  EXPECT_EQ(Refusal(R"({"large":"1"})"),
            R"(large: got "1", expected a whole number from 0 to )"
            "18446744073709551615");
  EXPECT_EQ(Refusal(R"({"large":1,"number":true})"),
            "number: got true, expected a number");
  EXPECT_EQ(Refusal(R"({"large":1,"number":1,"flag":0})"),
            "flag: got 0, expected true or false");
  EXPECT_EQ(Refusal(R"({"large":1,"number":1,"flag":true,"list":{}})"),
            "list: got {}, expected a list");
  EXPECT_EQ(
      Refusal(R"({"large":1,"number":1,"flag":true,"list":[{"whole":2.5}]})"),
      "list: whole: got 2.5, expected a whole number from -2147483648 to "
      "2147483647");
}

}  // namespace
}  // namespace slide::util::json_fields_test
