#include "data/normalize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace slide::data::normalize_test {
namespace {

std::vector<float> Normalized(std::vector<float> values) {
  Normalize(values);
  return values;
}

TEST(Normalize, DividesByTheEuclideanNorm) {
  EXPECT_EQ(Normalized({3.0f, -4.0f}), (std::vector<float>{0.6f, -0.8f}));
  EXPECT_EQ(Normalized({-7.0f}), (std::vector<float>{-1.0f}));
}

TEST(Normalize, LeavesZerosAndNothingAsTheyAre) {
  EXPECT_EQ(Normalized({0.0f, -0.0f}), (std::vector<float>{0.0f, -0.0f}));
  EXPECT_TRUE(Normalized({}).empty());
}

// The squares of neither are floats.
TEST(Normalize, SquaresLeaveNoRange) {
  const float half_root = std::sqrt(0.5f);
  for (const float value : {std::numeric_limits<float>::max(),
                            std::numeric_limits<float>::denorm_min()}) {
    for (const float scaled : Normalized({value, value})) {
      EXPECT_FLOAT_EQ(scaled, half_root);
    }
  }
}

}  // namespace
}  // namespace slide::data::normalize_test
