// Helpers that the vectorised kernels share, compiled once for each instruction
// set. Include this behind hwy/foreach_target.h only. Highway includes it once
// for every target, hence the toggle in place of a guard.
#include <hwy/highway.h>

#include <cmath>
#include <cstddef>
#include <span>

#include "kernels/kernels.h"
#include "util/check.h"

#if defined(SLIDE_KERNELS_VECTOR_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef SLIDE_KERNELS_VECTOR_INL_H
#undef SLIDE_KERNELS_VECTOR_INL_H
#else
#define SLIDE_KERNELS_VECTOR_INL_H
#endif

HWY_BEFORE_NAMESPACE();
namespace slide::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

HWY_INLINE float Dot(std::span<const float> a, std::span<const float> b) {
  SLIDE_DCHECK(a.size() == b.size());
  const D d;
  const size_t lanes = hn::Lanes(d);
  V sum0 = hn::Zero(d), sum1 = hn::Zero(d);
  size_t i = 0;
  for (; i + 2 * lanes <= a.size(); i += 2 * lanes) {
    sum0 = hn::MulAdd(hn::LoadU(d, &a[i]), hn::LoadU(d, &b[i]), sum0);
    sum1 = hn::MulAdd(hn::LoadU(d, &a[i + lanes]), hn::LoadU(d, &b[i + lanes]),
                      sum1);
  }
  for (; i + lanes <= a.size(); i += lanes) {
    sum0 = hn::MulAdd(hn::LoadU(d, &a[i]), hn::LoadU(d, &b[i]), sum0);
  }
  float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(sum0, sum1)));
  for (; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// Calls f(d, i) for whole vectors, then for single floats: each value goes
// through the same function, so that it does not depend on its place.
template <typename F>
HWY_INLINE void ForEachVector(size_t num, const F& f) {
  const D d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= num; i += lanes) f(d, i);
  for (; i < num; ++i) f(hn::CappedTag<float, 1>(), i);
}

}  // namespace slide::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // toggle
