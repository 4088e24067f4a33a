#include "text/string_table.h"

#include "gtest/gtest.h"

namespace slide::text::string_table_test {
namespace {

TEST(StringTable, NumbersStringsInTheOrderInWhichTheyCome) {
  StringTable table;
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(table.Find("b"), StringTable::kNone);
  EXPECT_EQ(table.Add("b"), 0u);
  EXPECT_EQ(table.Add(""), 1u);
  EXPECT_EQ(table.Add("b"), 0u);
  EXPECT_EQ(table.size(), 2u);
  EXPECT_EQ(table[0], "b");
  EXPECT_EQ(table[1], "");
}

TEST(StringTable, FindsAllAfterGrowing) {
  constexpr uint32_t kNum = 50'000;
  const auto name = [](uint32_t i) { return std::to_string(i * 7919u); };
  StringTable table;
  for (uint32_t i = 0; i < kNum; ++i) ASSERT_EQ(table.Add(name(i)), i);
  for (uint32_t i = 0; i < kNum; ++i) {
    ASSERT_EQ(table.Find(name(i)), i);
    ASSERT_EQ(table[i], name(i));
  }
  EXPECT_EQ(table.Find("no number"), StringTable::kNone);
}

}  // namespace
}  // namespace slide::text::string_table_test
