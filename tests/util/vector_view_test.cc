#include "util/vector_view.h"

#include <gtest/gtest.h>

#include <vector>

namespace slide::util::vector_view_test {
namespace {

TEST(VectorView, OfNothingIsADenseVectorOfLengthZero) {
  const VectorView view;
  EXPECT_FALSE(view.is_sparse());
  EXPECT_TRUE(view.values().empty());
}

TEST(VectorView, OfNumbersIsDenseAndOwnsNothing) {
  std::vector<float> numbers = {1.0f, 0.0f};
  const VectorView view{std::span<const float>(numbers)};
  numbers[1] = 2.0f;
  EXPECT_FALSE(view.is_sparse());
  EXPECT_EQ(view.values().data(), numbers.data());
  EXPECT_EQ(view.values()[1], 2.0f);
}

TEST(VectorView, OfIdsIsSparseAlsoWithoutAny) {
  const std::vector<uint32_t> ids = {7, 3};
  const std::vector<float> values = {1.0f, 2.0f};
  const VectorView view(SparseView{ids, values});
  EXPECT_TRUE(view.is_sparse());
  EXPECT_EQ(view.ids().data(), ids.data());
  EXPECT_EQ(view.sparse().ids.size(), 2u);
  EXPECT_EQ(view.sparse().values.data(), values.data());
  EXPECT_TRUE(VectorView(SparseView{}).is_sparse());
}

}  // namespace
}  // namespace slide::util::vector_view_test
