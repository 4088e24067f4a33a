// Products of dense matrices, on the calling thread: those of another library,
// Eigen's, or oneDNN's in a build with SLIDE_ONEDNN. Eigen chooses no
// instruction set at run time, so that its code is compiled once for each that
// matters (eigen_products-inl.h) and chosen here as the kernels are.
#pragma once

#include <string_view>

#include "kernels/matrix.h"
#include "slide/options/weights.h"

namespace slide::kernels {

// c = a b, or c += a b if it adds. precision: with kBf16, a and b may be
// rounded to it; they are where that is faster, by oneDNN on a CPU that
// multiplies bf16 by itself. Requires: shapes that fit, none of them empty; c
// overlaps neither. The same arguments give the same bits on the same machine.
// Threads: any number at once. Throws: OutOfMemoryError; Error for another
// failure of the library.
void Multiply(const ConstMatrix& a, const ConstMatrix& b, bool adds,
              const Matrix& c, Precision precision = Precision::kFp32);

// Whose products they are: "Eigen" or "oneDNN".
std::string_view ProductsName() noexcept;

}  // namespace slide::kernels
