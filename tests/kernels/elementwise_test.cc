// Every instruction set against the reference: the kernels on single vectors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "kernels/kernel_test.h"

namespace slide::kernels::elementwise_test {
namespace {

using ::testing::Each;

using ElementwiseKernels = KernelTest;
INSTANTIATE_TEST_SUITE_P(, ElementwiseKernels, EachTarget(), NameOfTarget);

TEST_P(ElementwiseKernels, DotIsTheReferenceUpToRounding) {
  std::vector<size_t> lengths(kMaxLength + 1);
  std::iota(lengths.begin(), lengths.end(), size_t{0});
  lengths.insert(lengths.end(), std::begin(kWidths), std::end(kWidths));
  for (const size_t n : lengths) {
    for (const size_t offset : {0, 1, 2, 3}) {
      SCOPED_TRACE(n);
      const Floats a(n, offset & 1, rng_), b(n, offset / 2, rng_);
      EXPECT_NEAR(Dot(a, b), Reference::Dot(a, b),
                  SumRounding(n, SumOfMagnitudes(a, b)));
    }
  }
}

TEST_P(ElementwiseKernels, DotOfSmallIntegersIsExact) {
  for (const size_t n : {1, 5, 16, 33, 67, 1000}) {
    const Floats a(n, 1), b(n, 0);
    int64_t sum = 0;
    for (size_t i = 0; i < n; ++i) {
      const auto x = static_cast<int64_t>(rng_.UniformInt(21)) - 10;
      const auto y = static_cast<int64_t>(rng_.UniformInt(21)) - 10;
      a[i] = static_cast<float>(x);
      b[i] = static_cast<float>(y);
      sum += x * y;
    }
    EXPECT_EQ(Dot(a, b), static_cast<float>(sum)) << n;
  }
}

TEST_P(ElementwiseKernels, AxpyIsTheReferenceUpToRoundingAndStaysInside) {
  for (size_t n = 0; n <= kMaxLength; ++n) {
    for (const size_t offset : {0, 1, 2, 3}) {
      SCOPED_TRACE(n);
      const Floats x(n, offset & 1, rng_), y(n, offset / 2, rng_);
      const float alpha = rng_.Normal();
      const std::vector<float> before = y.Copy();
      std::vector<float> expected = before;
      Reference::Axpy(alpha, x, expected);
      Axpy(alpha, x, y.span());
      for (size_t i = 0; i < n; ++i) {
        EXPECT_NEAR(
            y[i], expected[i],
            SumRounding(2, std::abs(alpha * x[i]) + std::abs(before[i])));
      }
      EXPECT_TRUE(y.guards_intact());
    }
  }
}

TEST_P(ElementwiseKernels, AxpyOfSmallIntegersIsExact) {
  for (size_t n = 0; n <= kMaxLength; ++n) {
    const Floats x(n, 1), y(n, 0);
    for (size_t i = 0; i < n; ++i) {
      x[i] = static_cast<float>(i) - 20.0f;
      y[i] = static_cast<float>(3 * i);
    }
    Axpy(-3.0f, x, y.span());
    EXPECT_THAT(y.span(), Each(60.0f)) << n;
  }
}

TEST_P(ElementwiseKernels, ReluKeepsWhatIsPositiveAndWhatIsNotANumber) {
  for (size_t n = 0; n <= kMaxLength; ++n) {
    SCOPED_TRACE(n);
    const Floats x(n, n % 2, rng_);
    for (size_t i = 0; i < n; i += 5) {
      const float special[] = {
          0.0f,       -0.0f, kInfinity,
          -kInfinity, kNan,  std::numeric_limits<float>::denorm_min()};
      x[i] = special[rng_.UniformInt(std::size(special))];
    }
    const std::vector<float> before = x.Copy();
    Relu(x.span());
    for (size_t i = 0; i < n; ++i) {
      if (std::isnan(before[i])) {
        EXPECT_TRUE(std::isnan(x[i])) << i;
      } else {
        EXPECT_EQ(x[i], before[i] > 0.0f ? before[i] : 0.0f) << i;
      }
    }
    EXPECT_TRUE(x.guards_intact());
  }
}

TEST_P(ElementwiseKernels, ReluGradientIsZeroWhereTheActivationIs) {
  for (size_t n = 0; n <= kMaxLength; ++n) {
    SCOPED_TRACE(n);
    const Floats activations(n, n % 2, rng_), gradient(n, (n + 1) % 2, rng_);
    for (size_t i = 0; i < n; ++i) {
      if (rng_.UniformInt(3) == 0) activations[i] = 0.0f;
      if (rng_.UniformInt(9) == 0) activations[i] = -0.0f;
      if (rng_.UniformInt(9) == 0) gradient[i] = kNan;
      if (rng_.UniformInt(9) == 0) gradient[i] = -kInfinity;
    }
    const std::vector<float> before = gradient.Copy();
    ReluGradient(activations, gradient.span());
    for (size_t i = 0; i < n; ++i) {
      const float expected = activations[i] == 0.0f ? 0.0f : before[i];
      EXPECT_TRUE(SameBits({&gradient[i], 1}, {&expected, 1})) << i;
    }
    EXPECT_TRUE(gradient.guards_intact());
  }
}

TEST_P(ElementwiseKernels, MaxFindsTheLargestAnywhere) {
  EXPECT_EQ(Max({}), -kInfinity);
  for (size_t n = 1; n <= kMaxLength; ++n) {
    for (size_t place = 0; place < n; ++place) {
      SCOPED_TRACE(std::to_string(place) + " of " + std::to_string(n));
      const Floats x(n, place % 2, rng_);
      for (float& value : x.span()) value = -10.0f - std::abs(value);
      EXPECT_EQ(Max(x), *std::max_element(x.span().begin(), x.span().end()));
      x[place] = -9.0f;
      EXPECT_EQ(Max(x), -9.0f);
      std::fill(x.span().begin(), x.span().end(), -kInfinity);
      EXPECT_EQ(Max(x), -kInfinity);
      x[place] = kInfinity;
      EXPECT_EQ(Max(x), kInfinity);
    }
  }
}

TEST_P(ElementwiseKernels, ContentOfSeesOneElementAnywhere) {
  EXPECT_EQ(ContentOf({}), Content::kZeros);
  for (size_t n = 1; n <= kMaxLength; ++n) {
    const Floats x(n, n % 2);
    for (size_t i = 0; i < n; ++i) x[i] = i % 2 == 0 ? 0.0f : -0.0f;
    EXPECT_EQ(ContentOf(x), Content::kZeros) << n;
    for (size_t place = 0; place < n; ++place) {
      SCOPED_TRACE(std::to_string(place) + " of " + std::to_string(n));
      const float before = x[place];
      using Limits = std::numeric_limits<float>;
      for (const float number :
           {1.0f, Limits::denorm_min(), Limits::lowest(), Limits::max()}) {
        x[place] = number;
        EXPECT_EQ(ContentOf(x), Content::kNumbers) << number;
      }
      for (const float other : {kNan, -kNan, kInfinity, -kInfinity}) {
        x[place] = other;
        EXPECT_EQ(ContentOf(x), Content::kNotFinite) << other;
      }
      x[place] = before;
    }
  }
}

TEST_P(ElementwiseKernels, FindAboveFindsTheFirstFromBegin) {
  for (size_t n = 0; n <= kMaxLength; ++n) {
    const Floats x(n, n % 2, rng_);
    for (size_t i = 0; i < n; ++i) {
      if (rng_.UniformInt(2) == 0) x[i] = kNan;
    }
    for (const float threshold :
         {-kInfinity, -1.0f, 1.5f, 2.5f, kInfinity, kNan}) {
      for (size_t begin = 0; begin <= n; ++begin) {
        ASSERT_EQ(FindAbove(x, begin, threshold),
                  Reference::FindAbove(x, begin, threshold))
            << begin << " of " << n << ", threshold " << threshold;
      }
    }
  }
}

TEST_P(ElementwiseKernels, FindAboveTakesNeitherEqualsNorNaN) {
  for (size_t n = 1; n <= kMaxLength; ++n) {
    const Floats x(n, 1);
    for (size_t i = 0; i < n; ++i) x[i] = i % 3 == 0 ? kNan : 2.0f;
    EXPECT_EQ(FindAbove(x, 0, 2.0f), n);
    EXPECT_EQ(FindAbove(x, n, 2.0f), n);
    for (size_t place = 0; place < n; ++place) {
      const float before = x[place];
      x[place] = std::nextafter(2.0f, 3.0f);
      EXPECT_EQ(FindAbove(x, 0, 2.0f), place);
      EXPECT_EQ(FindAbove(x, place, 2.0f), place);
      EXPECT_EQ(FindAbove(x, place + 1, 2.0f), n);
      x[place] = before;
    }
  }
}

// Highway promises 1 unit in the last place, the standard library's exp keeps
// to it; two at 1 unit each differ by 2.
constexpr double kExpUlps = 1.0;

TEST_P(ElementwiseKernels, ExpIsAccurateOverItsWholeRange) {
  std::vector<float> x;
  for (int i = 0; i <= 160'000; ++i) {
    x.push_back(-0.0007f * static_cast<float>(i));  // down to -112
  }
  for (int i = 0; i < 130; ++i) x.push_back(-std::ldexp(1.3f, -i));
  std::vector<float> out(x.size());
  ExpSum(x, 0.0f, out);
  double worst = 0.0;
  float worst_x = 0.0f;
  for (size_t i = 0; i < x.size(); ++i) {
    const double exact = std::exp(static_cast<double>(x[i]));
    // Below the smallest normal number all steps are equal.
    const int exponent = std::max(std::ilogb(exact), -126);
    const double ulp = std::ldexp(1.0, exponent - 23);
    const double error = std::abs(static_cast<double>(out[i]) - exact) / ulp;
    if (!(error <= worst)) {
      worst = error;
      worst_x = x[i];
    }
  }
  EXPECT_LE(worst, kExpUlps) << "at " << worst_x;
  EXPECT_EQ(out[0], 1.0f);
}

TEST_P(ElementwiseKernels, ExpSumIsTheReferenceUpToRounding) {
  for (size_t n = 0; n <= kMaxLength; ++n) {
    SCOPED_TRACE(n);
    const Floats x(n, n % 2, rng_), out(n, (n / 2) % 2);
    for (float& value : x.span()) value *= 5.0f;
    const float shift = n == 0 ? 0.0f : Reference::Max(x);
    std::vector<float> expected(n);
    Reference::ExpSum(x, shift, expected);
    const float sum = ExpSum(x, shift, out.span());
    double magnitudes = 0.0;
    for (size_t i = 0; i < n; ++i) {
      EXPECT_NEAR(out[i], expected[i], 2.0 * kExpUlps * kEpsilon * expected[i]);
      magnitudes += static_cast<double>(out[i]);
    }
    // The sum is that of the written values, not of the exact ones.
    EXPECT_NEAR(sum, magnitudes, SumRounding(n, magnitudes));
    EXPECT_TRUE(out.guards_intact());
    // In place.
    EXPECT_EQ(ExpSum(x, shift, x.span()), sum);
    EXPECT_TRUE(SameBits(x, out));
    EXPECT_TRUE(x.guards_intact());
  }
}

TEST_P(ElementwiseKernels, ExpOfAValueDoesNotDependOnItsPlace) {
  for (const float value : {-0.1f, -1.7f, -30.0f, -90.0f}) {
    const Floats x(kMaxLength, 0), out(kMaxLength, 1);
    std::fill(x.span().begin(), x.span().end(), value);
    ExpSum(x, 0.25f, out.span());
    EXPECT_THAT(out.span(), Each(out[0]));
  }
}

TEST_P(ElementwiseKernels, ExpOfVeryNegativeValuesIsZero) {
  constexpr float kLowest = std::numeric_limits<float>::lowest();
  for (const float value :
       {-104.5f, -200.0f, -1e4f, -1e10f, -1e30f, kLowest, -kInfinity}) {
    SCOPED_TRACE(value);
    const Floats x(kMaxLength, 1), out(kMaxLength, 0);
    std::fill(x.span().begin(), x.span().end(), value);
    x[40] = 0.0f;
    EXPECT_EQ(ExpSum(x, 0.0f, out.span()), 1.0f);
    for (size_t i = 0; i < x.size(); ++i) {
      EXPECT_EQ(out[i], i == 40 ? 1.0f : 0.0f) << i;
    }
  }
}

// A logit that is not a number must not turn into a share of zero: training
// would go on as if nothing had happened.
TEST_P(ElementwiseKernels, ExpSumKeepsWhatIsNotANumber) {
  for (size_t n = 1; n <= kMaxLength; ++n) {
    for (const size_t place : {size_t{0}, n / 2, n - 1}) {
      SCOPED_TRACE(std::to_string(place) + " of " + std::to_string(n));
      const Floats x(n, 0), out(n, 1);
      std::fill(x.span().begin(), x.span().end(), -1.0f);
      x[place] = kNan;
      EXPECT_TRUE(std::isnan(ExpSum(x, 0.0f, out.span())));
      for (size_t i = 0; i < n; ++i) {
        EXPECT_EQ(std::isnan(out[i]), i == place) << i;
      }
    }
  }
}

// A unit in the last place of the float nearest to x; below the smallest normal
// number all steps are equal.
double UlpOf(double x) {
  return std::ldexp(1.0, std::max(std::ilogb(x), -126) - 23);
}

// Highway promises this bound.
constexpr double kTanhUlps = 4.0;

TEST_P(ElementwiseKernels, TanhIsAccurateOverItsWholeRange) {
  std::vector<float> x = {0.0f,
                          -0.0f,
                          1e4f,
                          -1e10f,
                          1e30f,
                          kInfinity,
                          -kInfinity,
                          std::numeric_limits<float>::max(),
                          std::numeric_limits<float>::denorm_min()};
  for (int i = -40'000; i <= 40'000; ++i) {
    x.push_back(0.0005f * static_cast<float>(i));  // from -20 to 20
  }
  for (int i = 0; i < 140; ++i) x.push_back(-std::ldexp(1.3f, -i));
  std::vector<float> out = x;
  Tanh(out);
  for (size_t i = 0; i < x.size(); ++i) {
    const double exact = std::tanh(static_cast<double>(x[i]));
    ASSERT_NEAR(out[i], exact, exact == 0.0 ? 0.0 : kTanhUlps * UlpOf(exact))
        << x[i];
    ASSERT_EQ(std::signbit(out[i]), std::signbit(x[i])) << x[i];
    if (std::abs(x[i]) > 20.0f) {
      ASSERT_EQ(std::abs(out[i]), 1.0f) << x[i];
    }
  }
}

// The standard library's is off by a unit or two, so by no more than Highway's.
TEST_P(ElementwiseKernels, TanhIsTheReferenceAtEveryPlaceOfEveryLength) {
  for (size_t n = 0; n <= kMaxLength; ++n) {
    SCOPED_TRACE(n);
    const Floats x(n, n % 2, rng_);
    for (size_t i = 0; i < n; i += 7) x[i] = kNan;
    std::vector<float> expected = x.Copy();
    Reference::Tanh(expected);
    Tanh(x.span());
    for (size_t i = 0; i < n; ++i) {
      if (i % 7 == 0) {
        EXPECT_TRUE(std::isnan(x[i]) && std::isnan(expected[i])) << i;
      } else {
        EXPECT_NEAR(x[i], expected[i], 2.0 * kTanhUlps * UlpOf(expected[i]));
      }
    }
    EXPECT_TRUE(x.guards_intact());
    std::fill(x.span().begin(), x.span().end(), 0.7f);
    Tanh(x.span());
    if (n == 0) continue;
    EXPECT_THAT(x.span(), Each(x[0]));
  }
}

// 1 - a, 1 + a and two products round once each.
TEST_P(ElementwiseKernels, TanhGradientIsTheDerivativeUpToRounding) {
  for (size_t n = 0; n <= kMaxLength; ++n) {
    SCOPED_TRACE(n);
    const Floats activations(n, n % 2, rng_), gradient(n, (n + 1) % 2, rng_);
    for (float& a : activations.span()) {
      a = rng_.UniformInt(4) == 0 ? 1.0f - std::ldexp(1.0f, -20)
                                  : 2.0f * rng_.Uniform() - 1.0f;
    }
    if (n > 0) activations[n / 2] = -1.0f;
    if (n > 1) activations[n / 3] = kNan;
    const std::vector<float> before = gradient.Copy();
    std::vector<float> expected = before;
    Reference::TanhGradient(activations, expected);
    TanhGradient(activations, gradient.span());
    for (size_t i = 0; i < n; ++i) {
      const auto a = static_cast<double>(activations[i]);
      const double exact = static_cast<double>(before[i]) * (1.0 - a * a);
      EXPECT_EQ(std::isnan(gradient[i]), std::isnan(a)) << i;
      EXPECT_EQ(std::isnan(expected[i]), std::isnan(a)) << i;
      if (std::isnan(a)) continue;
      EXPECT_NEAR(gradient[i], exact, 2.0 * kEpsilon * std::abs(exact)) << i;
      EXPECT_NEAR(expected[i], exact, 2.0 * kEpsilon * std::abs(exact)) << i;
    }
    EXPECT_TRUE(gradient.guards_intact());
  }
}

// Relative to its number, exp is off by eps, log1p by 2 eps (Highway's promise)
// and by what exp is at most, and each operation by eps / 2: 3.5 eps for a
// term, as much for a slope with its weight. What is below the smallest normal
// number is off by a few of its steps.
constexpr double kSoftplusRounding = 3.5 * kEpsilon;
constexpr double kTiny = 4.0 * 0x1p-149;

using SoftplusSumKernel = float (*)(std::span<const float>,
                                    std::span<const float>, std::span<float>);

void ExpectSoftplusSum(SoftplusSumKernel kernel, std::span<const float> x,
                       std::span<const float> weights, std::span<float> out) {
  const std::vector<float> input(x.begin(), x.end());
  const float sum = kernel(x, weights, out);
  double exact_sum = 0.0, magnitudes = 0.0, tiny = 0.0;
  for (size_t i = 0; i < input.size(); ++i) {
    const auto v = static_cast<double>(input[i]);
    const auto weight = static_cast<double>(weights[i]);
    const double term = std::max(v, 0.0) + std::log1p(std::exp(-std::abs(v)));
    exact_sum += weight * term;
    magnitudes += std::abs(weight * term);
    tiny += (1.0 + std::abs(weight)) * kTiny;
    const double slope = weight / (1.0 + std::exp(-v));
    EXPECT_NEAR(
        out[i], slope,
        kSoftplusRounding * std::abs(slope) + (1.0 + std::abs(weight)) * kTiny)
        << input[i];
  }
  EXPECT_NEAR(sum, exact_sum,
              SumRounding(input.size(), magnitudes) / 2 +
                  kSoftplusRounding * magnitudes + tiny);
}

void ExpectSoftplusSums(SoftplusSumKernel kernel, Rng& rng) {
  for (size_t n = 0; n <= kMaxLength; ++n) {
    for (const float scale : {1e-6f, 1.0f, 5.0f, 60.0f}) {
      SCOPED_TRACE(n);
      const Floats x(n, n % 2, rng), out(n, (n / 2) % 2);
      const Floats weights(n, 1, rng);
      for (float& value : x.span()) value *= scale;
      ExpectSoftplusSum(kernel, x, weights, out.span());
      EXPECT_TRUE(out.guards_intact());
      ExpectSoftplusSum(kernel, x, weights, x.span());  // in place
      EXPECT_TRUE(SameBits(x, out));
      EXPECT_TRUE(x.guards_intact());
    }
  }
  // One at a time, so that no other one hides its error.
  for (int i = -4000; i <= 4000; ++i) {
    const float x = 0.03f * static_cast<float>(i), weight = 1.0f;
    float out = 0.0f;
    ExpectSoftplusSum(kernel, {&x, 1}, {&weight, 1}, {&out, 1});
  }
  for (const float x : {0.0f, -0.0f, 1e-30f, 1e10f, 1e30f}) {
    for (const float sign : {1.0f, -1.0f}) {
      const std::vector<float> values(kMaxLength, sign * x);
      const Floats weights(kMaxLength, 0, rng), out(kMaxLength, 1);
      ExpectSoftplusSum(kernel, values, weights, out.span());
    }
  }
}

TEST_P(ElementwiseKernels, SoftplusSumIsItsDefinitionUpToRounding) {
  ExpectSoftplusSums(SoftplusSum, rng_);
}

TEST(ElementwiseReference, SoftplusSumIsItsDefinitionUpToRounding) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 1);
  ExpectSoftplusSums(Reference::SoftplusSum, rng);
}

TEST_P(ElementwiseKernels, SoftplusSumKeepsWhatIsNotANumber) {
  for (size_t n = 1; n <= kMaxLength; ++n) {
    for (const size_t place : {size_t{0}, n / 2, n - 1}) {
      for (const bool in_weight : {false, true}) {
        SCOPED_TRACE(std::to_string(place) + " of " + std::to_string(n));
        const Floats x(n, 0, rng_), weights(n, 1, rng_), out(n, 1);
        (in_weight ? weights : x)[place] = kNan;
        EXPECT_TRUE(std::isnan(SoftplusSum(x, weights, out.span())));
        for (size_t i = 0; i < n; ++i) {
          EXPECT_EQ(std::isnan(out[i]), i == place) << i;
        }
      }
    }
  }
}

}  // namespace
}  // namespace slide::kernels::elementwise_test
