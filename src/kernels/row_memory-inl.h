// The vectorised kernels on rows prefetch rows, load weights of any precision
// as floats and store them back with this; compiled once for each instruction
// set, see vector-inl.h.
#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "kernels/row_format.h"
#include "kernels/vector-inl.h"

#if defined(SLIDE_KERNELS_ROW_MEMORY_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef SLIDE_KERNELS_ROW_MEMORY_INL_H
#undef SLIDE_KERNELS_ROW_MEMORY_INL_H
#else
#define SLIDE_KERNELS_ROW_MEMORY_INL_H
#endif

HWY_BEFORE_NAMESPACE();
namespace slide::kernels::HWY_NAMESPACE {

// One float at a time, for the rest that a vector's length leaves over.
using D1 = hn::CappedTag<float, 1>;

// Rows fetched together, before the first of them is read. A run of prefetches
// into the second-level cache goes at the memory's full rate; prefetches (and
// more so loads) mixed with the use of other rows keep far fewer lines in
// flight. Flat from 64 to 256 where it was measured (docs/performance.md).
constexpr size_t kBurst = 64;

// Fetches bytes [begin, end) of each record.
HWY_INLINE void PrefetchRows(ConstRowsView rows, std::span<const uint32_t> ids,
                             size_t begin, size_t end) {
  for (const uint32_t id : ids) {
    const std::byte* record = rows.record(id);
    for (size_t i = begin; i < end; i += kLineBytes) {
      __builtin_prefetch(record + i, 0, 2);
    }
  }
}

// Calls f(first, last) for parts of `ids`, each prefetched.
template <typename F>
HWY_INLINE void ForEachBurst(ConstRowsView rows, std::span<const uint32_t> ids,
                             const F& f) {
  for (size_t first = 0; first < ids.size(); first += kBurst) {
    const size_t last = std::min(ids.size(), first + kBurst);
    PrefetchRows(rows, ids.subspan(first, last - first), 0,
                 rows.format.head_bytes);
    f(first, last);
  }
}

// Calls f(Weight()) for the type that weights of this precision have.
template <class F>
HWY_INLINE void WithWeight(Precision precision, const F& f) {
  switch (precision) {
    case Precision::kFp32:
      return f(float());
    case Precision::kBf16:
      return f(BFloat16());
    case Precision::kInt8:
      return f(int8_t());
  }
}

// Multiplies a sum over the weights of a row by what it lacks: the scale, if
// the row has one.
template <typename Weight>
HWY_INLINE float Scaled(ConstRowsView rows, size_t id, float sum) {
  if constexpr (std::is_same_v<Weight, int8_t>) {
    return rows.scalars(id)[kScale] * sum;
  } else {
    return sum;
  }
}

template <class Tag>
HWY_INLINE hn::Vec<Tag> LoadWeights(Tag d, const float* p) {
  return hn::LoadU(d, p);
}

template <class Tag>
HWY_INLINE hn::Vec<Tag> LoadWeights(Tag d, const BFloat16* p) {
  const hn::Rebind<uint16_t, Tag> d16;
  const hn::RebindToUnsigned<Tag> d32;
  const auto bits = hn::LoadU(d16, reinterpret_cast<const uint16_t*>(p));
  return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(d32, bits)));
}

// Without the scale of their row.
template <class Tag>
HWY_INLINE hn::Vec<Tag> LoadWeights(Tag d, const int8_t* p) {
  const hn::Rebind<int8_t, Tag> d8;
  const hn::RebindToSigned<Tag> d32;
  return hn::ConvertTo(d, hn::PromoteTo(d32, hn::LoadU(d8, p)));
}

// addend: what rounds, in each lane below 2^16; floats need none.
template <class Tag>
HWY_INLINE void StoreWeights(Tag d, hn::Vec<Tag> v,
                             hn::Vec<hn::RebindToUnsigned<Tag>> /*addend*/,
                             float* p) {
  hn::StoreU(v, d, p);
}

template <class Tag>
HWY_INLINE void StoreWeights(Tag, hn::Vec<Tag> v,
                             hn::Vec<hn::RebindToUnsigned<Tag>> addend,
                             BFloat16* p) {
  const hn::Rebind<uint16_t, Tag> d16;
  const hn::RebindToUnsigned<Tag> d32;
  const auto bits = hn::ShiftRight<16>(hn::Add(hn::BitCast(d32, v), addend));
  hn::StoreU(hn::TruncateTo(d16, bits), d16, reinterpret_cast<uint16_t*>(p));
}

// Two vectors that follow each other.
template <class Tag>
HWY_INLINE void StoreTwoWeights(Tag d, hn::Vec<Tag> v0, hn::Vec<Tag> v1,
                                hn::Vec<hn::RebindToUnsigned<Tag>> /*addend0*/,
                                hn::Vec<hn::RebindToUnsigned<Tag>> /*addend1*/,
                                float* p) {
  hn::StoreU(v0, d, p);
  hn::StoreU(v1, d, p + hn::Lanes(d));
}

template <class Tag>
HWY_INLINE void StoreTwoWeights([[maybe_unused]] Tag d, hn::Vec<Tag> v0,
                                hn::Vec<Tag> v1,
                                hn::Vec<hn::RebindToUnsigned<Tag>> addend0,
                                hn::Vec<hn::RebindToUnsigned<Tag>> addend1,
                                BFloat16* p) {
#if HWY_TARGET == HWY_SCALAR  // has no vectors to take halves of
  StoreWeights(d, v0, addend0, p);
  StoreWeights(d, v1, addend1, p + hn::Lanes(d));
#else
  const hn::RebindToUnsigned<Tag> d32;
  const hn::Repartition<uint16_t, Tag> d16;
  const auto bits0 = hn::BitCast(d16, hn::Add(hn::BitCast(d32, v0), addend0));
  const auto bits1 = hn::BitCast(d16, hn::Add(hn::BitCast(d32, v1), addend1));
  // The upper halves.
  hn::StoreU(hn::ConcatOdd(d16, bits1, bits0), d16,
             reinterpret_cast<uint16_t*>(p));
#endif
}

// See NearestAddend.
template <class Tag>
HWY_INLINE hn::Vec<hn::RebindToUnsigned<Tag>> NearestAddends(Tag,
                                                             hn::Vec<Tag> v) {
  const hn::RebindToUnsigned<Tag> d32;
  const auto last =
      hn::And(hn::ShiftRight<16>(hn::BitCast(d32, v)), hn::Set(d32, 1u));
  return hn::Add(last, hn::Set(d32, 0x7fffu));
}

}  // namespace slide::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // toggle
