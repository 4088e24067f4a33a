#include "sampling/selection.h"

#include <gtest/gtest.h>

#include <vector>

namespace slide::sampling::selection_test {
namespace {

std::vector<uint32_t> Ids(const Selection& selection) {
  const auto ids = selection.ids().ids();
  return {ids.begin(), ids.end()};
}
std::vector<float> Corrections(const Selection& selection) {
  const auto corrections = selection.corrections();
  return {corrections.begin(), corrections.end()};
}

TEST(Selection, IsEmptyAtFirst) {
  const Selection selection(10, 4);
  EXPECT_EQ(selection.size(), 0u);
  EXPECT_EQ(selection.capacity(), 4u);
  EXPECT_EQ(selection.num_neurons(), 10u);
  EXPECT_EQ(selection.num_others(), 10u);
  EXPECT_TRUE(selection.corrections().empty());
}

TEST(Selection, KeepsTheFirstCorrectionOfAnId) {
  Selection selection(10, 4);
  EXPECT_TRUE(selection.Insert(9, 2.0f));
  EXPECT_TRUE(selection.Insert(0));
  EXPECT_FALSE(selection.Insert(9, 5.0f));
  EXPECT_EQ(Ids(selection), (std::vector<uint32_t>{9, 0}));
  EXPECT_EQ(Corrections(selection), (std::vector<float>{2.0f, 0.0f}));
  EXPECT_EQ(selection.num_others(), 8u);
}

TEST(Selection, IdsOfAWholeListHaveNoCorrection) {
  Selection selection(10, 4);
  selection.Insert(1, 3.0f);
  selection.ids().Insert(2);
  EXPECT_EQ(selection.size(), 2u);
  EXPECT_EQ(Corrections(selection), (std::vector<float>{3.0f, 0.0f}));
}

// A list inserted afterwards must not get the corrections of before.
TEST(Selection, ClearForgetsIdsAndCorrections) {
  Selection selection(10, 4);
  for (uint32_t id = 0; id < 4; ++id) selection.Insert(id, 1.0f);
  selection.Clear();
  EXPECT_EQ(selection.size(), 0u);
  EXPECT_EQ(selection.num_others(), 10u);
  selection.ids().Insert(3);
  selection.ids().Insert(7);
  EXPECT_EQ(Ids(selection), (std::vector<uint32_t>{3, 7}));
  EXPECT_EQ(Corrections(selection), (std::vector<float>{0.0f, 0.0f}));
}

}  // namespace
}  // namespace slide::sampling::selection_test
