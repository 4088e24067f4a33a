#include "nn/activation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace slide::nn::activation_test {
namespace {

std::vector<float> Activated(Activation activation, std::vector<float> sums) {
  Activate(activation, sums);
  return sums;
}

TEST(Activation, IsTheFunctionOfItsName) {
  const std::vector<float> sums = {-2.0f, 0.0f, 0.5f, 3.0f};
  EXPECT_EQ(Activated(Activation::kRelu, sums),
            (std::vector<float>{0.0f, 0.0f, 0.5f, 3.0f}));
  EXPECT_EQ(Activated(Activation::kLinear, sums), sums);
  const std::vector<float> tanh = Activated(Activation::kTanh, sums);
  for (size_t i = 0; i < sums.size(); ++i) {
    EXPECT_FLOAT_EQ(tanh[i], std::tanh(sums[i]));
  }
}

TEST(Activation, OfNothingIsNothing) {
  for (const Activation activation :
       {Activation::kRelu, Activation::kTanh, Activation::kLinear}) {
    EXPECT_TRUE(Activated(activation, {}).empty());
  }
}

// The error of a central difference is h^2 / 6 times the third derivative,
// which is at most 2 for tanh, and the rounding of two values below 2 over 2 h.
TEST(Activation, GradientIsTheCentralDifference) {
  constexpr float kStep = 0x1p-7f;
  constexpr double kError = 2.0 * kStep * kStep / 6.0 + 2.0 * 0x1p-23 / kStep;
  for (const Activation activation :
       {Activation::kRelu, Activation::kTanh, Activation::kLinear}) {
    for (const float sum : {-1.5f, -0.25f, 0.25f, 1.5f}) {
      const std::vector<float> values =
          Activated(activation, {sum - kStep, sum, sum + kStep});
      std::vector<float> gradient = {2.0f};
      ActivationGradient(activation, {&values[1], 1}, gradient);
      EXPECT_NEAR(gradient[0], 2.0f * (values[2] - values[0]) / (2.0f * kStep),
                  2.0 * kError);
    }
  }
}

}  // namespace
}  // namespace slide::nn::activation_test
