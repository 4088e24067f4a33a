#include "kernels/products.h"

#include "kernels/eigen_products.h"
#include "util/check.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/products.cc"
#include <hwy/foreach_target.h>
// This comes behind foreach_target.h, which sets the target it compiles for.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace slide::kernels::HWY_NAMESPACE {

// Each of Highway's targets has the best of Eigen's that it includes. A lower
// target is a better one of the same kind of CPU; those of ARM are above.
void MultiplyByEigen(const ConstMatrix& a, const ConstMatrix& b, bool adds,
                     const Matrix& c) {
  if constexpr (HWY_TARGET <= HWY_AVX3) {
    MultiplyAvx512(a, b, adds, c);
  } else if constexpr (HWY_TARGET <= HWY_AVX2) {
    MultiplyAvx2(a, b, adds, c);
  } else {
    MultiplyBaseline(a, b, adds, c);
  }
}

}  // namespace slide::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace slide::kernels {

HWY_EXPORT(MultiplyByEigen);

void Multiply(const ConstMatrix& a, const ConstMatrix& b, bool adds,
              const Matrix& c, Precision /*precision*/) {
  SLIDE_DCHECK(a.rows == c.rows && b.cols == c.cols && a.cols == b.rows);
  HWY_DYNAMIC_DISPATCH(MultiplyByEigen)(a, b, adds, c);
}

std::string_view ProductsName() noexcept { return "Eigen"; }

}  // namespace slide::kernels
#endif  // HWY_ONCE
