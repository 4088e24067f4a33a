// Views of row-major matrices for products.h. Nothing but plain data: files
// that are compiled for one instruction set include this, and inline functions
// of theirs could end up elsewhere.
#pragma once

#include <cstddef>

namespace slide::kernels {

// Element (i, j) is data[i * stride + j], of a transposed one
// data[j * stride + i].
struct ConstMatrix {
  const float* data = nullptr;
  size_t rows = 0;
  size_t cols = 0;
  size_t stride = 0;
  bool is_transposed = false;
};

struct Matrix {
  float* data = nullptr;
  size_t rows = 0;
  size_t cols = 0;
  size_t stride = 0;
};

}  // namespace slide::kernels
