#include "slide/name_list.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slide/error.h"

namespace slide {
namespace {

using testing::StrEq;
using testing::ThrowsMessage;

TEST(NameList, ALineIsAName) {
  const NameList names = NameList::FromLines("one name\n\nthird");
  ASSERT_EQ(names.size(), 3u);
  EXPECT_EQ(names[0], "one name");
  EXPECT_EQ(names[1], "");
  EXPECT_EQ(names[2], "third");
  EXPECT_EQ(names.lines(), "one name\n\nthird\n");
  EXPECT_FALSE(names.empty());
}

TEST(NameList, NoNamesAreAnEmptyList) {
  EXPECT_TRUE(NameList().empty());
  EXPECT_TRUE(NameList::FromLines("").empty());
  EXPECT_EQ(NameList().lines(), "");
  EXPECT_EQ(NameList::FromLines("\n").size(), 1u);
}

TEST(NameList, StringsGiveTheSameListAsTheirLines) {
  const std::vector<std::string> two = {"a", "b c"};
  EXPECT_EQ(NameList(two), NameList::FromLines("a\nb c"));
  EXPECT_FALSE(NameList(two) == NameList::FromLines("a\nb"));
}

TEST(NameList, RefusesWhatWouldBeReadAsAnotherName) {
  EXPECT_THAT([] { NameList::FromLines("a\nb\tc\n"); },
              ThrowsMessage<DataError>(
                  StrEq("name 1: got a tab, expected any other text")));
  EXPECT_THAT([] { NameList(std::vector<std::string>{"a\nb"}); },
              ThrowsMessage<DataError>(
                  StrEq("name 0: got a line end, expected any other text")));
}

}  // namespace
}  // namespace slide
