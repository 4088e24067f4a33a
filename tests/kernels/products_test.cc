// Products of every instruction set against three loops.
#include "kernels/products.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "kernels/kernel_test.h"

namespace slide::kernels {
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

TEST_P(Products, AreThoseOfThreeLoops) {
  struct Shape {
    size_t m, n, k;
  };
  for (const auto [m, n, k] :
       {Shape{1, 1, 1}, Shape{1, 17, 9}, Shape{5, 1, 33}, Shape{16, 16, 16},
        Shape{7, 50, 128}, Shape{64, 130, 31}, Shape{65, 33, 300}}) {
    for (const bool a_transposed : {false, true}) {
      for (const bool b_transposed : {false, true}) {
        for (const bool adds : {false, true}) {
          SCOPED_TRACE(std::to_string(m) + " x " + std::to_string(k) + " x " +
                       std::to_string(n) + (a_transposed ? " T" : " N") +
                       (b_transposed ? "T" : "N") + (adds ? " +" : " ="));
          const Stored a(a_transposed ? k : m, a_transposed ? m : k, 3, rng_);
          const Stored b(b_transposed ? n : k, b_transposed ? k : n, 5, rng_);
          Stored c(m, n, 2, rng_);
          const std::vector<float> before = c.values;
          const ConstMatrix left = a.View(a_transposed);
          const ConstMatrix right = b.View(b_transposed);
          Multiply(left, right, adds, {c.values.data(), m, n, c.stride});
          for (size_t i = 0; i < m; ++i) {
            for (size_t j = 0; j < c.stride; ++j) {
              const float got = c.values[i * c.stride + j];
              if (j >= n) {
                EXPECT_TRUE(std::isnan(got)) << i << " " << j;
                continue;
              }
              double sum = adds ? double{before[i * c.stride + j]} : 0.0;
              double size = std::abs(sum);
              for (size_t l = 0; l < k; ++l) {
                const double term =
                    double{At(left, i, l)} * double{At(right, l, j)};
                sum += term;
                size += std::abs(term);
              }
              // Each of the k additions rounds a sum of no more than that.
              const double tolerance =
                  static_cast<double>(k + 1) * 0x1p-23 * size;
              ASSERT_NEAR(double{got}, sum, tolerance) << i << " " << j;
            }
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace slide::kernels
