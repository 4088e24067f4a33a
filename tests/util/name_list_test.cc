#include "slide/name_list.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slide/error.h"

namespace slide::name_list_test {
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

// Names of all lengths around that of a block, empty ones in a row, and more
// than one block without a line end.
TEST(NameList, FindsEachOfManyNames) {
  std::vector<std::string> names;
  for (size_t i = 0; i < 3000; ++i) {
    const size_t size = i % 7 == 0 ? 0 : i * i % 300 + (i % 500 == 0 ? 900 : 0);
    names.push_back(std::string(size, 'a') + std::to_string(i % 9));
    if (i % 11 == 0) names.insert(names.end(), 300, "");
  }
  const NameList list(names);
  ASSERT_EQ(list.size(), names.size());
  for (size_t i = 0; i < names.size(); ++i) ASSERT_EQ(list[i], names[i]) << i;
}

TEST(NameList, ViewsATextAndKeepsItsOwner) {
  auto owner = std::make_shared<const std::string>("a\nbc\n");
  const std::weak_ptr<const std::string> is_there = owner;
  NameList list = NameList::FromLines(std::string_view(*owner), owner);
  EXPECT_EQ(list.lines().data(), owner->data());
  owner.reset();
  EXPECT_EQ(list[1], "bc");
  EXPECT_FALSE(is_there.expired());
  list = NameList();
  EXPECT_TRUE(is_there.expired());
}

TEST(NameList, CopiesATextWhoseLastLineLacksItsEnd) {
  const std::string text = "a\nbc";
  const NameList list = NameList::FromLines(std::string_view(text), nullptr);
  EXPECT_EQ(list.lines(), "a\nbc\n");
  EXPECT_EQ(list[1], "bc");
}

}  // namespace
}  // namespace slide::name_list_test
