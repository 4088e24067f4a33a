#include "kernels/native_bf16.h"

#include "util/check.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__GNUC__) && !defined(__clang__)
// gcc 12 takes its own _mm512_reduce_add_ps for it (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

namespace slide::kernels {

#if defined(__x86_64__)

namespace {

// Only the functions marked with this are compiled for AVX-512 BF16.
#define SLIDE_NATIVE_BF16 \
  __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))

constexpr size_t kLanes = 32;

// kNum rows at once, so that x is loaded once for them and as many sums are
// under way.
template <size_t kNum>
SLIDE_NATIVE_BF16 void Logits(ConstRowsView rows, const uint32_t* ids,
                              size_t width, const uint16_t* high,
                              const uint16_t* low, float* out) {
  const uint16_t* row[kNum];
  __m512 sum[kNum];
  for (size_t r = 0; r < kNum; ++r) {
    row[r] = &rows.weights<BFloat16>(ids[r])->bits;
    sum[r] = _mm512_setzero_ps();
  }
  size_t i = 0;
  for (; i + kLanes <= width; i += kLanes) {
    const auto h = reinterpret_cast<__m512bh>(_mm512_load_si512(high + i));
    const auto l = reinterpret_cast<__m512bh>(_mm512_load_si512(low + i));
    for (size_t r = 0; r < kNum; ++r) {
      const auto w = reinterpret_cast<__m512bh>(_mm512_loadu_si512(row[r] + i));
      sum[r] = _mm512_dpbf16_ps(sum[r], w, h);
      sum[r] = _mm512_dpbf16_ps(sum[r], w, l);
    }
  }
  if (i < width) {
    const __mmask32 mask = (1u << (width - i)) - 1;
    const auto h = reinterpret_cast<__m512bh>(_mm512_load_si512(high + i));
    const auto l = reinterpret_cast<__m512bh>(_mm512_load_si512(low + i));
    for (size_t r = 0; r < kNum; ++r) {
      const auto w = reinterpret_cast<__m512bh>(
          _mm512_maskz_loadu_epi16(mask, row[r] + i));
      sum[r] = _mm512_dpbf16_ps(sum[r], w, h);
      sum[r] = _mm512_dpbf16_ps(sum[r], w, l);
    }
  }
  for (size_t r = 0; r < kNum; ++r) {
    out[r] = rows.scalars(ids[r])[kBias] + _mm512_reduce_add_ps(sum[r]);
  }
}

}  // namespace

bool HasNativeBf16() noexcept {
  return __builtin_cpu_supports("avx512bf16") &&
         __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl");
}

NativeBf16Query::NativeBf16Query(std::span<const float> x) noexcept
    : width_(x.size()) {
  SLIDE_DCHECK(width_ <= kMaxNativeWidth);
  for (size_t i = 0; i < width_; ++i) {
    const BFloat16 high = CutToBFloat16(x[i], NearestAddend(x[i]));
    const float rest = x[i] - ToFloat(high);
    high_[i] = high.bits;
    low_[i] = CutToBFloat16(rest, NearestAddend(rest)).bits;
  }
  for (size_t i = width_; i % kLanes != 0; ++i) high_[i] = low_[i] = 0;
}

void NativeBf16Query::RowLogits(ConstRowsView rows,
                                std::span<const uint32_t> ids,
                                float* out) const noexcept {
  SLIDE_DCHECK(rows.format.precision == Precision::kBf16);
  SLIDE_DCHECK(rows.format.width == width_);
  size_t j = 0;
  for (; j + 4 <= ids.size(); j += 4) {
    Logits<4>(rows, &ids[j], width_, high_, low_, out + j);
  }
  for (; j < ids.size(); ++j) {
    Logits<1>(rows, &ids[j], width_, high_, low_, out + j);
  }
}

#else

bool HasNativeBf16() noexcept { return false; }
NativeBf16Query::NativeBf16Query(std::span<const float> x) noexcept
    : width_(x.size()) {
  SLIDE_DCHECK(false);
}
void NativeBf16Query::RowLogits(ConstRowsView, std::span<const uint32_t>,
                                float*) const noexcept {
  SLIDE_DCHECK(false);
}

#endif

}  // namespace slide::kernels
