// The products of products.h by OpenBLAS, which chooses its own instruction
// set: takes the place of products.cc in a build with SLIDE_OPENBLAS.
#include <cblas.h>

#include "kernels/products.h"
#include "util/check.h"

namespace slide::kernels {
namespace {

// Threads are the caller's: OpenBLAS shall start none, for as long as the
// process lives.
void StayOnThisThread() {
  [[maybe_unused]] static const bool is_set =
      (openblas_set_num_threads(1), true);
}

CBLAS_TRANSPOSE OrderOf(const ConstMatrix& m) {
  return m.is_transposed ? CblasTrans : CblasNoTrans;
}

}  // namespace

void Multiply(const ConstMatrix& a, const ConstMatrix& b, bool adds,
              const Matrix& c) {
  SLIDE_DCHECK(a.rows == c.rows && b.cols == c.cols && a.cols == b.rows);
  StayOnThisThread();
  const auto size = [](size_t i) { return static_cast<blasint>(i); };
  cblas_sgemm(CblasRowMajor, OrderOf(a), OrderOf(b), size(c.rows), size(c.cols),
              size(a.cols), 1.0f, a.data, size(a.stride), b.data,
              size(b.stride), adds ? 1.0f : 0.0f, c.data, size(c.stride));
}

std::string_view ProductsName() noexcept { return "OpenBLAS"; }

}  // namespace slide::kernels
