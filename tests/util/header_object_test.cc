#include "util/header_object.h"

#include <functional>
#include <string>

#include "gtest/gtest.h"
#include "slide/error.h"

namespace slide::util::header_object_test {
namespace {

std::string ErrorOf(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(HeaderObject, GivesValuesOfTheirKinds) {
  const Json json = Json::Parse(
      R"({"text":"a","whole":7,"real":0.5,"flag":true,"sum":"00000000000000ff",)"
      R"("inside":{"whole":1}})");
  const HeaderObject object("FILE", "card", json);
  EXPECT_EQ(object.Text("text"), "a");
  EXPECT_EQ(object.Whole("whole", 7), 7u);
  EXPECT_EQ(object.Real("real"), 0.5);
  EXPECT_EQ(object.Real("whole"), 7.0);
  EXPECT_EQ(object.Flag("flag"), true);
  EXPECT_EQ(object.Sum("sum"), 255u);
  EXPECT_TRUE(object.Has("inside"));
  EXPECT_EQ(object.Inside("inside").Whole("whole", 1), 1u);
}

TEST(HeaderObject, MissingValuesAreNoError) {
  const Json json = Json::Object();
  const HeaderObject object("FILE", "card", json);
  EXPECT_FALSE(object.Has("a"));
  EXPECT_EQ(object.Text("a"), "");
  EXPECT_FALSE(object.Whole("a", 7));
  EXPECT_FALSE(object.Real("a"));
  EXPECT_FALSE(object.Flag("a"));
  EXPECT_FALSE(object.Sum("a"));
}

TEST(HeaderObject, RefusesValuesOfOtherKinds) {
  const Json json =
      Json::Parse(R"({"a":[1],"b":"x","n":8,"m":-1,"s":"00000000000000fg"})");
  const HeaderObject object("FILE", "card", json);
  const std::string start = "FILE: the header's 'card.";
  EXPECT_EQ(ErrorOf([&] { (void)object.Text("a"); }),
            start + "a': got [1], expected a text");
  EXPECT_EQ(ErrorOf([&] { (void)object.Whole("n", 7); }),
            start + "n': got 8, expected a whole number from 0 to 7");
  EXPECT_EQ(ErrorOf([&] { (void)object.Whole("m", 7); }),
            start + "m': got -1, expected a whole number from 0 to 7");
  EXPECT_EQ(ErrorOf([&] { (void)object.Whole("b", 7); }),
            start + "b': got \"x\", expected a whole number from 0 to 7");
  EXPECT_EQ(ErrorOf([&] { (void)object.Real("b"); }),
            start + "b': got \"x\", expected a number");
  EXPECT_EQ(ErrorOf([&] { (void)object.Flag("n"); }),
            start + "n': got 8, expected true or false");
  EXPECT_EQ(ErrorOf([&] { (void)object.Sum("s"); }),
            start +
                "s': got \"00000000000000fg\", expected 16 hexadecimal "
                "digits");
  EXPECT_EQ(ErrorOf([&] { (void)object.Sum("n"); }),
            start + "n': got 8, expected 16 hexadecimal digits");
  EXPECT_EQ(ErrorOf([&] { (void)object.Inside("b"); }),
            start + "b': got \"x\", expected an object");
  EXPECT_EQ(ErrorOf([&] {
              object.Require({"a", "c", "d"});
            }),
            "FILE: the header has no 'c'");
  object.Require({"a", "b"});
}

TEST(HeaderObject, TheHeaderItselfHasNoName) {
  const Json json = Json::Parse(R"({"n":8,"list":[1]})");
  const HeaderObject header("FILE", "", json);
  EXPECT_EQ(header.Whole("n"), 8u);
  EXPECT_EQ(ErrorOf([&] { (void)header.Whole("n", 7); }),
            "FILE: the header's 'n': got 8, expected a whole number from 0 to "
            "7");
  EXPECT_EQ(ErrorOf([&] { (void)header.Inside("list"); }),
            "FILE: the header's 'list': got [1], expected an object");
  EXPECT_EQ(
      ErrorOf([&] { (void)HeaderObject("FILE", "", *json.Find("list")); }),
      "FILE: the header: got [1], expected an object");
}

}  // namespace
}  // namespace slide::util::header_object_test
