// The kernels on single vectors, vectorised by Highway: one source, compiled
// once for each instruction set and chosen at run time. Contracts are in
// kernels.h.
#include "kernels/kernels.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "util/check.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementwise.cc"
#include <hwy/foreach_target.h>
// These come behind foreach_target.h, which sets the target they compile for.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace slide::kernels::HWY_NAMESPACE {

// Dot as exported: that of the other files is inlined there.
float DotKernel(std::span<const float> a, std::span<const float> b) {
  return Dot(a, b);
}

void Axpy(float alpha, std::span<const float> x, std::span<float> y) {
  SLIDE_DCHECK(x.size() == y.size());
  ForEachVector(x.size(), [&](auto d, size_t i) HWY_ATTR {
    const auto factor = hn::Set(d, alpha);
    hn::StoreU(hn::MulAdd(factor, hn::LoadU(d, &x[i]), hn::LoadU(d, &y[i])), d,
               &y[i]);
  });
}

void Relu(std::span<float> x) {
  ForEachVector(x.size(), [&](auto d, size_t i) HWY_ATTR {
    // Max will not do: some instruction sets make a number of it where x is
    // none.
    const auto v = hn::LoadU(d, &x[i]);
    hn::StoreU(hn::IfThenZeroElse(hn::Lt(v, hn::Zero(d)), v), d, &x[i]);
  });
}

void ReluGradient(std::span<const float> activations,
                  std::span<float> gradient) {
  SLIDE_DCHECK(activations.size() == gradient.size());
  ForEachVector(gradient.size(), [&](auto d, size_t i) HWY_ATTR {
    // Ne will not do: on some instruction sets it is false where an activation
    // is not a number.
    const auto inactive = hn::Eq(hn::LoadU(d, &activations[i]), hn::Zero(d));
    hn::StoreU(hn::IfThenZeroElse(inactive, hn::LoadU(d, &gradient[i])), d,
               &gradient[i]);
  });
}

// Gives Highway's functions what they can take: the emulated vectors, which are
// the last resort of a build by clang, convert only numbers to whole ones.
template <typename Tag>
HWY_INLINE hn::Vec<Tag> NumberOf(Tag, hn::Vec<Tag> v) {
#if HWY_TARGET == HWY_EMU128
  return hn::IfThenZeroElse(hn::IsNaN(v), v);
#else
  return v;
#endif
}

void Tanh(std::span<float> x) {
  ForEachVector(x.size(), [&](auto d, size_t i) HWY_ATTR {
    const auto v = hn::LoadU(d, &x[i]);
    // Highway promises nothing for what is not a number.
    hn::StoreU(hn::IfThenElse(hn::IsNaN(v), v, hn::Tanh(d, NumberOf(d, v))), d,
               &x[i]);
  });
}

void TanhGradient(std::span<const float> activations,
                  std::span<float> gradient) {
  SLIDE_DCHECK(activations.size() == gradient.size());
  ForEachVector(gradient.size(), [&](auto d, size_t i) HWY_ATTR {
    const auto a = hn::LoadU(d, &activations[i]);
    const auto one = hn::Set(d, 1.0f);
    // 1 - a^2 without cancellation.
    const auto slope = hn::Mul(hn::Sub(one, a), hn::Add(one, a));
    hn::StoreU(hn::Mul(hn::LoadU(d, &gradient[i]), slope), d, &gradient[i]);
  });
}

float Max(std::span<const float> x) {
  const D d;
  const size_t lanes = hn::Lanes(d);
  V max = hn::Set(d, -std::numeric_limits<float>::infinity());
  size_t i = 0;
  for (; i + lanes <= x.size(); i += lanes) {
    max = hn::Max(max, hn::LoadU(d, &x[i]));
  }
#if HWY_TARGET == HWY_EMU128  // whose own begins with the lowest finite number
  HWY_ALIGN float all[16 / sizeof(float)];
  hn::Store(max, d, all);
  float result = *std::max_element(all, all + lanes);
#else
  float result = hn::GetLane(hn::MaxOfLanes(d, max));
#endif
  for (; i < x.size(); ++i) result = std::max(result, x[i]);
  return result;
}

// exp(v). Highway's takes what is not a number for something below its range
// and gives zero.
template <typename Tag>
HWY_INLINE hn::Vec<Tag> ExpOrNan(Tag d, hn::Vec<Tag> v) {
  return hn::IfThenElse(hn::IsNaN(v), v, hn::Exp(d, NumberOf(d, v)));
}

float ExpSum(std::span<const float> x, float shift, std::span<float> out) {
  SLIDE_DCHECK(x.size() == out.size());
  const D d;
  const size_t lanes = hn::Lanes(d);
  const V vshift = hn::Set(d, shift);
  V vsum = hn::Zero(d);
  size_t i = 0;
  for (; i + lanes <= x.size(); i += lanes) {
    const V e = ExpOrNan(d, hn::Sub(hn::LoadU(d, &x[i]), vshift));
    hn::StoreU(e, d, &out[i]);
    vsum = hn::Add(vsum, e);
  }
  float sum = hn::GetLane(hn::SumOfLanes(d, vsum));
  for (; i < x.size(); ++i) {
    // This is the same exponential as in the lanes, so that a value does not
    // depend on its place.
    const hn::CappedTag<float, 1> d1;
    const float e = hn::GetLane(ExpOrNan(d1, hn::Set(d1, x[i] - shift)));
    out[i] = e;
    sum += e;
  }
  return sum;
}

// The formulas are those of scalar.h.
float SoftplusSum(std::span<const float> x, std::span<const float> weights,
                  std::span<float> out) {
  SLIDE_DCHECK(x.size() == out.size() && weights.size() == out.size());
  const auto add = [&](auto d, size_t i, auto& sum) HWY_ATTR {
    const auto v = hn::LoadU(d, &x[i]);
    const auto weight = hn::LoadU(d, &weights[i]);
    const auto one = hn::Set(d, 1.0f);
    const auto e = ExpOrNan(d, hn::Neg(hn::Abs(v)));
    const auto is_negative = hn::Lt(v, hn::Zero(d));
    const auto positive = hn::IfThenZeroElse(is_negative, v);
    sum = hn::MulAdd(weight, hn::Add(positive, hn::Log1p(d, e)), sum);
    const auto slope =
        hn::Div(hn::IfThenElse(is_negative, e, one), hn::Add(one, e));
    hn::StoreU(hn::Mul(weight, slope), d, &out[i]);
  };
  const D d;
  const size_t lanes = hn::Lanes(d);
  V vsum = hn::Zero(d);
  size_t i = 0;
  for (; i + lanes <= x.size(); i += lanes) add(d, i, vsum);
  const hn::CappedTag<float, 1> d1;
  auto rest = hn::Zero(d1);
  for (; i < x.size(); ++i) add(d1, i, rest);
  return hn::GetLane(hn::SumOfLanes(d, vsum)) + hn::GetLane(rest);
}

size_t FindAbove(std::span<const float> x, size_t begin, float threshold) {
  const D d;
  const size_t lanes = hn::Lanes(d);
  const V limit = hn::Set(d, threshold);
  size_t i = begin;
  for (; i + lanes <= x.size(); i += lanes) {
    const auto above = hn::Gt(hn::LoadU(d, &x[i]), limit);
    const intptr_t place = hn::FindFirstTrue(d, above);
    if (place >= 0) return i + static_cast<size_t>(place);
  }
  while (i < x.size() && !(x[i] > threshold)) ++i;
  return i;
}

// Looks at the bits of the largest magnitude: they are those of a number from 0
// to the largest float, those of infinity, or above that.
Content ContentOf(std::span<const float> x) {
  const D d;
  const hn::RebindToSigned<D> di;
  const size_t lanes = hn::Lanes(d);
  auto max = hn::Zero(di);
  size_t i = 0;
  for (; i + lanes <= x.size(); i += lanes) {
    max = hn::Max(max, hn::BitCast(di, hn::Abs(hn::LoadU(d, &x[i]))));
  }
  int32_t largest = hn::GetLane(hn::MaxOfLanes(di, max));
  for (; i < x.size(); ++i) {
    largest = std::max(largest, std::bit_cast<int32_t>(x[i]) & 0x7fffffff);
  }
  if (largest >= std::bit_cast<int32_t>(std::numeric_limits<float>::infinity()))
    return Content::kNotFinite;
  return largest == 0 ? Content::kZeros : Content::kNumbers;
}

}  // namespace slide::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace slide::kernels {

HWY_EXPORT(DotKernel);
HWY_EXPORT(Axpy);
HWY_EXPORT(Relu);
HWY_EXPORT(ReluGradient);
HWY_EXPORT(Tanh);
HWY_EXPORT(TanhGradient);
HWY_EXPORT(Max);
HWY_EXPORT(ExpSum);
HWY_EXPORT(SoftplusSum);
HWY_EXPORT(FindAbove);
HWY_EXPORT(ContentOf);

float Dot(std::span<const float> a, std::span<const float> b) noexcept {
  return HWY_DYNAMIC_DISPATCH(DotKernel)(a, b);
}

void Axpy(float alpha, std::span<const float> x, std::span<float> y) noexcept {
  HWY_DYNAMIC_DISPATCH(Axpy)(alpha, x, y);
}

void Relu(std::span<float> x) noexcept { HWY_DYNAMIC_DISPATCH(Relu)(x); }

void ReluGradient(std::span<const float> activations,
                  std::span<float> gradient) noexcept {
  HWY_DYNAMIC_DISPATCH(ReluGradient)(activations, gradient);
}

void Tanh(std::span<float> x) noexcept { HWY_DYNAMIC_DISPATCH(Tanh)(x); }

void TanhGradient(std::span<const float> activations,
                  std::span<float> gradient) noexcept {
  HWY_DYNAMIC_DISPATCH(TanhGradient)(activations, gradient);
}

float Max(std::span<const float> x) noexcept {
  return HWY_DYNAMIC_DISPATCH(Max)(x);
}

float ExpSum(std::span<const float> x, float shift,
             std::span<float> out) noexcept {
  return HWY_DYNAMIC_DISPATCH(ExpSum)(x, shift, out);
}

float SoftplusSum(std::span<const float> x, std::span<const float> weights,
                  std::span<float> out) noexcept {
  return HWY_DYNAMIC_DISPATCH(SoftplusSum)(x, weights, out);
}

size_t FindAbove(std::span<const float> x, size_t begin,
                 float threshold) noexcept {
  return HWY_DYNAMIC_DISPATCH(FindAbove)(x, begin, threshold);
}

Content ContentOf(std::span<const float> x) noexcept {
  return HWY_DYNAMIC_DISPATCH(ContentOf)(x);
}

}  // namespace slide::kernels
#endif  // HWY_ONCE
