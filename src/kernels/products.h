// Products of dense matrices, on the calling thread: those of another library,
// Eigen's, or OpenBLAS' in a build with SLIDE_OPENBLAS. Eigen chooses no
// instruction set at run time, so that its code is compiled once for each that
// matters (eigen_products-inl.h) and chosen here as the kernels are.
#pragma once

#include <string_view>

#include "kernels/matrix.h"

namespace slide::kernels {

// c = a b, or c += a b if it adds. Requires: shapes that fit, none of them
// empty; c overlaps neither. The same arguments give the same bits on the same
// machine. Threads: any number at once.
void Multiply(const ConstMatrix& a, const ConstMatrix& b, bool adds,
              const Matrix& c);

// Whose products they are: "Eigen" or "OpenBLAS".
std::string_view ProductsName() noexcept;

}  // namespace slide::kernels
