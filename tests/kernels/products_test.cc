// Products of every instruction set against three loops.
#include "kernels/products.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "kernels/kernel_test.h"
#include "kernels/native_bf16.h"

namespace slide::kernels::products_test {
namespace {

using Products = KernelTest;
INSTANTIATE_TEST_SUITE_P(, Products, EachTarget(), NameOfTarget);

// A matrix with guards between its rows.
struct Stored {
  Stored(size_t num_rows, size_t num_cols, size_t margin, Rng& rng)
      : rows(num_rows),
        cols(num_cols),
        stride(num_cols + margin),
        values(num_rows * stride, kGuardValue) {
    for (size_t i = 0; i < rows; ++i) {
      for (size_t j = 0; j < cols; ++j) values[i * stride + j] = rng.Normal();
    }
  }
  ConstMatrix View(bool is_transposed) const {
    return is_transposed ? ConstMatrix{values.data(), cols, rows, stride, true}
                         : ConstMatrix{values.data(), rows, cols, stride};
  }

  // Not a number: a product that reads one is none.
  static constexpr float kGuardValue = std::numeric_limits<float>::quiet_NaN();
  size_t rows, cols, stride;
  std::vector<float> values;
};

float At(const ConstMatrix& m, size_t i, size_t j) {
  return m.is_transposed ? m.data[j * m.stride + i] : m.data[i * m.stride + j];
}

// c: what the product is written to or added to.
void ExpectThatOfThreeLoops(const ConstMatrix& a, const ConstMatrix& b,
                            bool adds, Stored c, Precision precision) {
  const size_t num_terms = a.cols;
  const std::vector<float> before = c.values;
  Multiply(a, b, adds, {c.values.data(), c.rows, c.cols, c.stride}, precision);
  // Each of the additions rounds a sum of no more than all terms, and each
  // factor of a term may be rounded by 2^-9 of it.
  const double additions = static_cast<double>(num_terms + 1) * 0x1p-23;
  const double factors = precision == Precision::kBf16 ? 0x1.02p-8 : 0.0;
  for (size_t i = 0; i < c.rows; ++i) {
    for (size_t j = 0; j < c.stride; ++j) {
      const float got = c.values[i * c.stride + j];
      if (j >= c.cols) {
        EXPECT_TRUE(std::isnan(got)) << i << " " << j;
        continue;
      }
      double sum = adds ? double{before[i * c.stride + j]} : 0.0;
      double size = std::abs(sum);
      for (size_t l = 0; l < num_terms; ++l) {
        const double term = double{At(a, i, l)} * double{At(b, l, j)};
        sum += term;
        size += std::abs(term);
      }
      ASSERT_NEAR(double{got}, sum, (additions + factors) * size)
          << i << " " << j;
    }
  }
}

TEST_P(Products, AreThoseOfThreeLoops) {
  struct Shape {
    size_t m, n, k;
  };
  for (const auto [m, n, k] :
       {Shape{1, 1, 1}, Shape{1, 17, 9}, Shape{5, 1, 33}, Shape{16, 16, 16},
        Shape{7, 50, 128}, Shape{64, 130, 31}, Shape{65, 33, 300}}) {
    // Which of a and b are transposed, whether it adds, in bf16.
    for (unsigned bits = 0; bits < 16; ++bits) {
      SCOPED_TRACE(fmt::format("{} x {} x {}, {:04b}", m, k, n, bits));
      const bool a_transposed = (bits & 1) != 0, b_transposed = (bits & 2) != 0;
      const Stored a(a_transposed ? k : m, a_transposed ? m : k, 3, rng_);
      const Stored b(b_transposed ? n : k, b_transposed ? k : n, 5, rng_);
      ExpectThatOfThreeLoops(
          a.View(a_transposed), b.View(b_transposed), (bits & 4) != 0,
          Stored(m, n, 2, rng_),
          (bits & 8) != 0 ? Precision::kBf16 : Precision::kFp32);
    }
  }
}

// 1 + 2^-12 is 1 in bf16.
TEST_P(Products, RoundsFactorsWhereTheLibraryIsFasterByIt) {
  const float a = 1.0f + 0x1p-12f, one = 1.0f;
  const auto product = [&](Precision precision) {
    float c = 0.0f;
    Multiply({&a, 1, 1, 1}, {&one, 1, 1, 1}, false, {&c, 1, 1, 1}, precision);
    return c;
  };
  EXPECT_EQ(product(Precision::kFp32), a);
  const bool rounds = ProductsName() == "oneDNN" && UsesNativeBf16();
  EXPECT_EQ(product(Precision::kBf16), rounds ? one : a);
}

}  // namespace
}  // namespace slide::kernels::products_test
