// HadamardSigns of every instruction set against the product of matrices.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "kernels/kernel_test.h"

namespace slide::kernels::hadamard_test {
namespace {

using HadamardKernel = KernelTest;
INSTANTIATE_TEST_SUITE_P(, HadamardKernel, EachTarget(), NameOfTarget);

// H y with H[i, j] = (-1)^popcount(i & j), in d^2 steps.
std::vector<double> TimesHadamard(const std::vector<double>& y) {
  std::vector<double> out(y.size());
  for (size_t i = 0; i < y.size(); ++i) {
    for (size_t j = 0; j < y.size(); ++j) {
      out[i] += std::popcount(i & j) % 2 == 0 ? y[j] : -y[j];
    }
  }
  return out;
}

// The input of HadamardSigns and the output that it must give.
struct Transform {
  std::vector<float> signs;
  std::vector<double> y;  // H D2 H D1 x
  double rounding = 0.0;  // a bound of the error of each y in float
};

// A sum over a tree of log2(d) levels is off by at most log2(d) u times the sum
// of magnitudes; what the first transform is off by, the second adds up.
Transform DirectTransform(std::span<const float> x, size_t d, Rng& rng) {
  Transform t;
  std::vector<double> z(d);
  double sum_x = 0.0;
  for (size_t i = 0; i < 2 * d; ++i) {
    t.signs.push_back(rng.UniformInt(2) == 0 ? 1.0f : -1.0f);
  }
  for (size_t i = 0; i < x.size(); ++i) {
    z[i] = static_cast<double>(x[i] * t.signs[i]);
    sum_x += std::abs(z[i]);
  }
  z = TimesHadamard(z);
  double sum_z = 0.0;
  for (size_t i = 0; i < d; ++i) {
    z[i] *= static_cast<double>(t.signs[d + i]);
    sum_z += std::abs(z[i]);
  }
  t.y = TimesHadamard(z);
  const double u = kEpsilon / 2.0;
  const double tree = static_cast<double>(std::countr_zero(d)) * u;
  const double errors = static_cast<double>(d) * tree * sum_x;
  t.rounding = tree * (sum_z + errors) + errors;
  return t;
}

// Lengths of x for a transform of d, among them none, a part of a vector, and
// whole vectors.
std::vector<size_t> InputLengths(size_t d) {
  return {0, 1, 2, 3, 4, 5, 8, 15, 16, 17, 33, d / 2, d / 2 + 1, d - 1, d};
}

// Runs the kernel between guards and returns the d signs.
std::vector<bool> Signs(std::span<const float> x,
                        const std::vector<float>& signs, size_t offset) {
  const size_t d = signs.size() / 2;
  const Floats scratch(d, offset);
  const Floats misaligned_signs(2 * d, offset);
  std::copy(signs.begin(), signs.end(), misaligned_signs.span().begin());
  constexpr uint8_t kByteGuard = 0xa5;
  std::vector<uint8_t> bytes(offset + d / 8 + 8, kByteGuard);
  HadamardSigns(x, misaligned_signs, scratch.span(),
                std::span(bytes).subspan(offset, d / 8));
  EXPECT_TRUE(scratch.guards_intact());
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (offset <= i && i < offset + d / 8) continue;
    EXPECT_EQ(bytes[i], kByteGuard) << "byte " << i;
  }
  std::vector<bool> negative(d);
  for (size_t i = 0; i < d; ++i) {
    negative[i] = ((bytes[offset + i / 8] >> (i % 8)) & 1) != 0;
  }
  return negative;
}

TEST_P(HadamardKernel, HadamardSignsAreThoseOfTheMatrixProduct) {
  for (const size_t d : {64, 128, 256, 512, 1024, 2048}) {
    size_t num_signs = 0, num_unclear = 0;
    for (const size_t n : InputLengths(d)) {
      if (d > 512 && n < d / 2 && n > 3) continue;  // d^2 steps each
      SCOPED_TRACE(std::to_string(n) + " of " + std::to_string(d));
      const Floats x(n, n % 2, rng_);
      const Transform t = DirectTransform(x, d, rng_);
      const std::vector<bool> negative = Signs(x, t.signs, n % 2);
      for (size_t i = 0; i < d; ++i) {
        ++num_signs;
        // Next to zero the sign is the rounding's. Zeros have a test below.
        if (std::abs(t.y[i]) <= t.rounding) {
          ++num_unclear;
          continue;
        }
        ASSERT_EQ(negative[i], t.y[i] < 0.0) << i << ": " << t.y[i];
      }
    }
    // Nothing is clear where x is empty; short x cancel exactly at times.
    EXPECT_LT(num_unclear, num_signs / 5) << d;
  }
}

// Sums of small integers are exact, so zeros are too; their bit is not set.
TEST_P(HadamardKernel, HadamardSignsOfSmallIntegersAreExact) {
  size_t num_zeros = 0;
  for (const size_t d : {64, 128, 256, 512, 1024}) {
    for (const size_t n : InputLengths(d)) {
      if (d > 256 && n < d / 2 && n > 3) continue;
      SCOPED_TRACE(std::to_string(n) + " of " + std::to_string(d));
      const Floats x(n, n % 2);
      for (float& value : x.span()) {
        value = static_cast<float>(rng_.UniformInt(7)) - 3.0f;
      }
      const Transform t = DirectTransform(x, d, rng_);
      const std::vector<bool> negative = Signs(x, t.signs, n % 2);
      for (size_t i = 0; i < d; ++i) {
        num_zeros += n > 0 && t.y[i] == 0.0 ? 1 : 0;
        ASSERT_EQ(negative[i], t.y[i] < 0.0) << i << ": " << t.y[i];
      }
    }
  }
  EXPECT_GT(num_zeros, 100u);
}

}  // namespace
}  // namespace slide::kernels::hadamard_test
