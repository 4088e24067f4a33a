// The signs of Walsh-Hadamard projections, vectorised by Highway: one source,
// compiled once for each instruction set and chosen at run time. The contract
// is in kernels.h. A stage that pairs places less than a vector apart stays
// inside the vectors; the others add and subtract whole vectors, three stages
// at a time in registers.
#include "kernels/kernels.h"

#include <algorithm>
#include <bit>

#include "util/check.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/hadamard.cc"
#include <hwy/foreach_target.h>
// These come behind foreach_target.h, which sets the target they compile for.
#include <hwy/highway.h>

#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace slide::kernels::HWY_NAMESPACE {

// One stage of the transform inside a vector: lane i pairs with lane i ^ half,
// `partner` holds those; the lower gets the sum, the upper the difference.
HWY_INLINE V Butterfly(V v, V partner, size_t half) {
  const D d;
  const hn::RebindToUnsigned<D> du;
  const auto upper = hn::RebindMask(
      d,
      hn::TestBit(hn::Iota(du, 0), hn::Set(du, static_cast<uint32_t>(half))));
  return hn::Add(hn::IfThenElse(upper, hn::Neg(v), v), partner);
}

// All stages of the transform that stay inside a vector.
HWY_INLINE V TransformLanes(V v) {
  const D d;
  const size_t lanes = hn::Lanes(d);
  if (lanes >= 2) v = Butterfly(v, hn::Reverse2(d, v), 1);
  if (lanes >= 4) v = Butterfly(v, hn::Reverse2(d, hn::Reverse4(d, v)), 2);
  if (lanes >= 8) v = Butterfly(v, hn::Reverse4(d, hn::Reverse8(d, v)), 4);
  if (lanes < 16) return v;
  // Reverse turns the whole vector, and so pairs eights in one of 16 lanes; SVE
  // has longer ones.
  if (lanes == 16) return Butterfly(v, hn::Reverse8(d, hn::Reverse(d, v)), 8);
  for (size_t half = 8; half < lanes; half *= 2) {
    const hn::RebindToUnsigned<D> du;
    const auto places =
        hn::Xor(hn::Iota(du, 0), hn::Set(du, static_cast<uint32_t>(half)));
    v = Butterfly(v, hn::TableLookupLanes(v, hn::IndicesFromVec(d, places)),
                  half);
  }
  return v;
}

// The stage that pairs blocks of `half` floats, half >= a vector.
HWY_INLINE void TransformPairs(float* y, size_t size, size_t half) {
  const D d;
  const size_t lanes = hn::Lanes(d);
  for (size_t block = 0; block < size; block += 2 * half) {
    for (size_t i = block; i < block + half; i += lanes) {
      const V a = hn::LoadU(d, y + i), b = hn::LoadU(d, y + i + half);
      hn::StoreU(hn::Add(a, b), d, y + i);
      hn::StoreU(hn::Sub(a, b), d, y + i + half);
    }
  }
}

// The three stages with half, 2 half and 4 half at once, in registers.
HWY_INLINE void TransformEights(float* y, size_t size, size_t half) {
  const D d;
  const size_t lanes = hn::Lanes(d);
  for (size_t block = 0; block < size; block += 8 * half) {
    for (size_t i = block; i < block + half; i += lanes) {
      float* p = y + i;
      const V a0 = hn::LoadU(d, p), a1 = hn::LoadU(d, p + half);
      const V a2 = hn::LoadU(d, p + 2 * half), a3 = hn::LoadU(d, p + 3 * half);
      const V a4 = hn::LoadU(d, p + 4 * half), a5 = hn::LoadU(d, p + 5 * half);
      const V a6 = hn::LoadU(d, p + 6 * half), a7 = hn::LoadU(d, p + 7 * half);
      const V b0 = hn::Add(a0, a1), b1 = hn::Sub(a0, a1);
      const V b2 = hn::Add(a2, a3), b3 = hn::Sub(a2, a3);
      const V b4 = hn::Add(a4, a5), b5 = hn::Sub(a4, a5);
      const V b6 = hn::Add(a6, a7), b7 = hn::Sub(a6, a7);
      const V c0 = hn::Add(b0, b2), c1 = hn::Add(b1, b3);
      const V c2 = hn::Sub(b0, b2), c3 = hn::Sub(b1, b3);
      const V c4 = hn::Add(b4, b6), c5 = hn::Add(b5, b7);
      const V c6 = hn::Sub(b4, b6), c7 = hn::Sub(b5, b7);
      hn::StoreU(hn::Add(c0, c4), d, p);
      hn::StoreU(hn::Add(c1, c5), d, p + half);
      hn::StoreU(hn::Add(c2, c6), d, p + 2 * half);
      hn::StoreU(hn::Add(c3, c7), d, p + 3 * half);
      hn::StoreU(hn::Sub(c0, c4), d, p + 4 * half);
      hn::StoreU(hn::Sub(c1, c5), d, p + 5 * half);
      hn::StoreU(hn::Sub(c2, c6), d, p + 6 * half);
      hn::StoreU(hn::Sub(c3, c7), d, p + 7 * half);
    }
  }
}

// The stages from `half` on, up to the whole of y.
HWY_INLINE void TransformBlocks(std::span<float> y, size_t half) {
  for (; half * 8 <= y.size(); half *= 8) {
    TransformEights(y.data(), y.size(), half);
  }
  for (; half < y.size(); half *= 2) TransformPairs(y.data(), y.size(), half);
}

void HadamardSigns(std::span<const float> x, std::span<const float> signs,
                   std::span<float> scratch, std::span<uint8_t> bits) {
  const D d;
  const size_t lanes = hn::Lanes(d);
  const size_t size = scratch.size();
  SLIDE_DCHECK(x.size() <= size && signs.size() == 2 * size);
  SLIDE_DCHECK(bits.size() * 8 == size && std::has_single_bit(size));
  SLIDE_DCHECK(size >= 64 && lanes <= 64);
  float* HWY_RESTRICT y = scratch.data();
  size_t i = 0;
  for (; i + lanes <= x.size(); i += lanes) {
    const V v = hn::Mul(hn::LoadU(d, &x[i]), hn::LoadU(d, &signs[i]));
    hn::StoreU(TransformLanes(v), d, y + i);
  }
  const size_t end = i;  // of the whole vectors of x
  for (size_t k = end; k < size; ++k) {
    y[k] = k < x.size() ? x[k] * signs[k] : 0.0f;
  }
  for (; i < std::min(size, end + lanes); i += lanes) {
    hn::StoreU(TransformLanes(hn::LoadU(d, y + i)), d, y + i);
  }
  TransformBlocks(scratch, lanes);
  for (i = 0; i < size; i += lanes) {
    const V v = hn::Mul(hn::LoadU(d, y + i), hn::LoadU(d, &signs[size + i]));
    hn::StoreU(TransformLanes(v), d, y + i);
  }
  TransformBlocks(scratch, lanes);
  // Eight signs a byte: fewer lanes than that share one.
  uint8_t part[8] = {};
  for (i = 0; i < size; i += lanes) {
    const auto negative = hn::Lt(hn::LoadU(d, y + i), hn::Zero(d));
    hn::StoreMaskBits(d, negative, part);
    if (lanes >= 8) {
      for (size_t b = 0; b < lanes / 8; ++b) bits[i / 8 + b] = part[b];
    } else {
      const auto shifted = static_cast<uint8_t>(part[0] << (i % 8));
      bits[i / 8] =
          i % 8 == 0 ? shifted : static_cast<uint8_t>(bits[i / 8] | shifted);
    }
  }
}

}  // namespace slide::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace slide::kernels {

HWY_EXPORT(HadamardSigns);

void HadamardSigns(std::span<const float> x, std::span<const float> signs,
                   std::span<float> scratch, std::span<uint8_t> bits) noexcept {
  HWY_DYNAMIC_DISPATCH(HadamardSigns)(x, signs, scratch, bits);
}

}  // namespace slide::kernels
#endif  // HWY_ONCE
