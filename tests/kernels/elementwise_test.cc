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

namespace slide::kernels {
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
    // Of what was written, not of the exact values.
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

}  // namespace
}  // namespace slide::kernels
