// Eigen's product (products.h), compiled for several instruction sets.
#pragma once

#include "kernels/matrix.h"

namespace slide::kernels {

// For every CPU that the library runs on.
void MultiplyBaseline(const ConstMatrix& a, const ConstMatrix& b, bool adds,
                      const Matrix& c);
// With AVX2 and FMA, and with AVX-512; where the library is not built for
// x86-64, as MultiplyBaseline.
void MultiplyAvx2(const ConstMatrix& a, const ConstMatrix& b, bool adds,
                  const Matrix& c);
void MultiplyAvx512(const ConstMatrix& a, const ConstMatrix& b, bool adds,
                    const Matrix& c);

}  // namespace slide::kernels
