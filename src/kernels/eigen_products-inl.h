// The body of each file eigen_products_*.cc, which is compiled for its own
// instruction set and has set SLIDE_EIGEN, the name of Eigen's namespace there,
// and SLIDE_MULTIPLY, the function's. Under its own name no function of Eigen's
// that the linker keeps can serve code for a lesser CPU, ours or a user's.
#define Eigen SLIDE_EIGEN
#define EIGEN_DONT_PARALLELIZE
#define EIGEN_NO_DEBUG
#define EIGEN_NO_IO
#define EIGEN_MPL2_ONLY

#include <Eigen/Core>

#include "kernels/eigen_products.h"

namespace slide::kernels {
namespace {

using Stride = Eigen::OuterStride<>;
template <int kOrder>
using Dense = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, kOrder>;
template <int kOrder>
using ConstMap = Eigen::Map<const Dense<kOrder>, Eigen::Unaligned, Stride>;

Eigen::Index Index(size_t i) { return static_cast<Eigen::Index>(i); }

// Calls f(map): a transposed matrix is one in the order of columns.
template <typename F>
void WithMap(const ConstMatrix& m, F&& f) {
  const Stride stride(Index(m.stride));
  if (m.is_transposed) {
    f(ConstMap<Eigen::ColMajor>(m.data, Index(m.rows), Index(m.cols), stride));
  } else {
    f(ConstMap<Eigen::RowMajor>(m.data, Index(m.rows), Index(m.cols), stride));
  }
}

}  // namespace

void SLIDE_MULTIPLY(const ConstMatrix& a, const ConstMatrix& b, bool adds,
                    const Matrix& c) {
  Eigen::Map<Dense<Eigen::RowMajor>, Eigen::Unaligned, Stride> out(
      c.data, Index(c.rows), Index(c.cols), Stride(Index(c.stride)));
  WithMap(a, [&](const auto& left) {
    WithMap(b, [&](const auto& right) {
      if (adds) {
        out.noalias() += left * right;
      } else {
        out.noalias() = left * right;
      }
    });
  });
}

}  // namespace slide::kernels
