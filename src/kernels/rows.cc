// The kernels that read rows of weights, vectorised: one source, compiled by
// Highway once for each instruction set and chosen at run time. Contracts are
// in kernels.h.
//
// Rows are fetched in bursts (row_memory-inl.h) and taken four at a time: the
// vector they share is then loaded once for the four, and four independent sums
// hide the latency of the additions. What a vector's length leaves over is done
// one by one.
#include "kernels/kernels.h"

#include <algorithm>

#include "kernels/native_bf16.h"
#include "util/check.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/rows.cc"
#include <hwy/foreach_target.h>
// These come behind foreach_target.h, which sets the target they compile for.
#include <hwy/highway.h>

#include "kernels/row_memory-inl.h"
#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace slide::kernels::HWY_NAMESPACE {

// The logits of four rows for one input.
template <typename Weight>
HWY_INLINE void FourLogits(ConstRowsView rows, uint32_t id0, uint32_t id1,
                           uint32_t id2, uint32_t id3,
                           const float* HWY_RESTRICT x, float* out) {
  const D d;
  const size_t lanes = hn::Lanes(d);
  const size_t width = rows.format.width;
  const Weight* HWY_RESTRICT r0 = rows.weights<Weight>(id0);
  const Weight* HWY_RESTRICT r1 = rows.weights<Weight>(id1);
  const Weight* HWY_RESTRICT r2 = rows.weights<Weight>(id2);
  const Weight* HWY_RESTRICT r3 = rows.weights<Weight>(id3);
  V sum0 = hn::Zero(d), sum1 = hn::Zero(d);
  V sum2 = hn::Zero(d), sum3 = hn::Zero(d);
  size_t i = 0;
  for (; i + lanes <= width; i += lanes) {
    const V xi = hn::LoadU(d, x + i);
    sum0 = hn::MulAdd(LoadWeights(d, r0 + i), xi, sum0);
    sum1 = hn::MulAdd(LoadWeights(d, r1 + i), xi, sum1);
    sum2 = hn::MulAdd(LoadWeights(d, r2 + i), xi, sum2);
    sum3 = hn::MulAdd(LoadWeights(d, r3 + i), xi, sum3);
  }
  float z0 = hn::GetLane(hn::SumOfLanes(d, sum0));
  float z1 = hn::GetLane(hn::SumOfLanes(d, sum1));
  float z2 = hn::GetLane(hn::SumOfLanes(d, sum2));
  float z3 = hn::GetLane(hn::SumOfLanes(d, sum3));
  for (; i < width; ++i) {
    z0 += ToFloat(r0[i]) * x[i];
    z1 += ToFloat(r1[i]) * x[i];
    z2 += ToFloat(r2[i]) * x[i];
    z3 += ToFloat(r3[i]) * x[i];
  }
  out[0] = rows.scalars(id0)[kBias] + Scaled<Weight>(rows, id0, z0);
  out[1] = rows.scalars(id1)[kBias] + Scaled<Weight>(rows, id1, z1);
  out[2] = rows.scalars(id2)[kBias] + Scaled<Weight>(rows, id2, z2);
  out[3] = rows.scalars(id3)[kBias] + Scaled<Weight>(rows, id3, z3);
}

template <typename Weight>
HWY_INLINE float OneLogit(ConstRowsView rows, size_t id,
                          const float* HWY_RESTRICT x) {
  const D d;
  const size_t lanes = hn::Lanes(d);
  const size_t width = rows.format.width;
  const Weight* HWY_RESTRICT row = rows.weights<Weight>(id);
  V sum = hn::Zero(d);
  size_t i = 0;
  for (; i + lanes <= width; i += lanes) {
    sum = hn::MulAdd(LoadWeights(d, row + i), hn::LoadU(d, x + i), sum);
  }
  float z = hn::GetLane(hn::SumOfLanes(d, sum));
  for (; i < width; ++i) z += ToFloat(row[i]) * x[i];
  return rows.scalars(id)[kBias] + Scaled<Weight>(rows, id, z);
}

template <typename Weight>
HWY_INLINE void LogitsOf(ConstRowsView rows, std::span<const uint32_t> ids,
                         const float* x, float* out) {
  ForEachBurst(rows, ids, [&](size_t j, size_t last) HWY_ATTR {
    for (; j + 4 <= last; j += 4) {
      FourLogits<Weight>(rows, ids[j], ids[j + 1], ids[j + 2], ids[j + 3], x,
                         out + j);
    }
    for (; j < last; ++j) out[j] = OneLogit<Weight>(rows, ids[j], x);
  });
}

void RowLogits(ConstRowsView rows, std::span<const uint32_t> ids,
               std::span<const float> x, std::span<float> out) {
  SLIDE_DCHECK(ids.size() == out.size() && x.size() == rows.format.width);
  if (rows.format.precision == Precision::kBf16 && UsesNativeBf16() &&
      x.size() <= kMaxNativeWidth) {
    const NativeBf16Query query(x);
    ForEachBurst(rows, ids, [&](size_t first, size_t last) HWY_ATTR {
      query.RowLogits(rows, ids.subspan(first, last - first), &out[first]);
    });
    return;
  }
  WithWeight(rows.format.precision, [&](auto weight) HWY_ATTR {
    LogitsOf<decltype(weight)>(rows, ids, x.data(), out.data());
  });
}

// The logits of four rows in a row for each of two inputs.
template <typename Weight>
HWY_INLINE void FourByTwoLogits(ConstRowsView rows, size_t first,
                                const float* HWY_RESTRICT x,
                                const float* HWY_RESTRICT y, float* x_out,
                                float* y_out) {
  const D d;
  const size_t lanes = hn::Lanes(d);
  const size_t width = rows.format.width;
  const Weight* HWY_RESTRICT r0 = rows.weights<Weight>(first);
  const Weight* HWY_RESTRICT r1 = rows.weights<Weight>(first + 1);
  const Weight* HWY_RESTRICT r2 = rows.weights<Weight>(first + 2);
  const Weight* HWY_RESTRICT r3 = rows.weights<Weight>(first + 3);
  V x0 = hn::Zero(d), x1 = hn::Zero(d), x2 = hn::Zero(d), x3 = hn::Zero(d);
  V y0 = hn::Zero(d), y1 = hn::Zero(d), y2 = hn::Zero(d), y3 = hn::Zero(d);
  size_t i = 0;
  for (; i + lanes <= width; i += lanes) {
    const V xi = hn::LoadU(d, x + i);
    const V yi = hn::LoadU(d, y + i);
    const V w0 = LoadWeights(d, r0 + i);
    x0 = hn::MulAdd(w0, xi, x0);
    y0 = hn::MulAdd(w0, yi, y0);
    const V w1 = LoadWeights(d, r1 + i);
    x1 = hn::MulAdd(w1, xi, x1);
    y1 = hn::MulAdd(w1, yi, y1);
    const V w2 = LoadWeights(d, r2 + i);
    x2 = hn::MulAdd(w2, xi, x2);
    y2 = hn::MulAdd(w2, yi, y2);
    const V w3 = LoadWeights(d, r3 + i);
    x3 = hn::MulAdd(w3, xi, x3);
    y3 = hn::MulAdd(w3, yi, y3);
  }
  x_out[0] = hn::GetLane(hn::SumOfLanes(d, x0));
  x_out[1] = hn::GetLane(hn::SumOfLanes(d, x1));
  x_out[2] = hn::GetLane(hn::SumOfLanes(d, x2));
  x_out[3] = hn::GetLane(hn::SumOfLanes(d, x3));
  y_out[0] = hn::GetLane(hn::SumOfLanes(d, y0));
  y_out[1] = hn::GetLane(hn::SumOfLanes(d, y1));
  y_out[2] = hn::GetLane(hn::SumOfLanes(d, y2));
  y_out[3] = hn::GetLane(hn::SumOfLanes(d, y3));
  for (; i < width; ++i) {
    const float w[4] = {ToFloat(r0[i]), ToFloat(r1[i]), ToFloat(r2[i]),
                        ToFloat(r3[i])};
    for (size_t r = 0; r < 4; ++r) {
      x_out[r] += w[r] * x[i];
      y_out[r] += w[r] * y[i];
    }
  }
  for (size_t r = 0; r < 4; ++r) {
    const float bias = rows.scalars(first + r)[kBias];
    x_out[r] = bias + Scaled<Weight>(rows, first + r, x_out[r]);
    y_out[r] = bias + Scaled<Weight>(rows, first + r, y_out[r]);
  }
}

template <typename Weight>
HWY_INLINE void ScoresOf(ConstRowsView rows, size_t first, size_t num_rows,
                         const float* queries, size_t num_queries, float* out) {
  const size_t width = rows.format.width;
  size_t j = 0;
  for (; j + 4 <= num_rows; j += 4) {
    const auto r = static_cast<uint32_t>(first + j);
    size_t q = 0;
    for (; q + 2 <= num_queries; q += 2) {
      FourByTwoLogits<Weight>(rows, r, queries + q * width,
                              queries + (q + 1) * width, out + q * num_rows + j,
                              out + (q + 1) * num_rows + j);
    }
    if (q < num_queries) {
      FourLogits<Weight>(rows, r, r + 1, r + 2, r + 3, queries + q * width,
                         out + q * num_rows + j);
    }
  }
  for (; j < num_rows; ++j) {
    for (size_t q = 0; q < num_queries; ++q) {
      out[q * num_rows + j] =
          OneLogit<Weight>(rows, first + j, queries + q * width);
    }
  }
}

void ScoreRows(ConstRowsView rows, size_t first, size_t num_rows,
               std::span<const float> queries, size_t num_queries,
               std::span<float> out) {
  SLIDE_DCHECK(queries.size() == num_queries * rows.format.width);
  SLIDE_DCHECK(out.size() == num_queries * num_rows);
  WithWeight(rows.format.precision, [&](auto weight) HWY_ATTR {
    ScoresOf<decltype(weight)>(rows, first, num_rows, queries.data(),
                               num_queries, out.data());
  });
}

// Adds N rows, each times its value, to sum.
template <size_t N, typename Weight>
HWY_INLINE void AddRows(ConstRowsView rows, const uint32_t* ids,
                        const float* values, float* HWY_RESTRICT sum) {
  const Weight* row[N];
  float factors[N];
  for (size_t r = 0; r < N; ++r) {
    row[r] = rows.weights<Weight>(ids[r]);
    factors[r] = Scaled<Weight>(rows, ids[r], values[r]);
  }
  ForEachVector(rows.format.width, [&](auto d, size_t i) HWY_ATTR {
    auto s = hn::LoadU(d, sum + i);
    for (size_t r = 0; r < N; ++r) {
      s = hn::MulAdd(hn::Set(d, factors[r]), LoadWeights(d, row[r] + i), s);
    }
    hn::StoreU(s, d, sum + i);
  });
}

template <typename Weight>
HWY_INLINE void AccumulateOf(ConstRowsView rows, std::span<const uint32_t> ids,
                             const float* values, float* sum) {
  ForEachBurst(rows, ids, [&](size_t j, size_t last) HWY_ATTR {
    for (; j + 4 <= last; j += 4) {
      AddRows<4, Weight>(rows, &ids[j], values + j, sum);
    }
    for (; j < last; ++j) AddRows<1, Weight>(rows, &ids[j], values + j, sum);
  });
}

void AccumulateRows(ConstRowsView rows, std::span<const uint32_t> ids,
                    std::span<const float> values, std::span<float> out) {
  SLIDE_DCHECK(ids.size() == values.size() && out.size() == rows.format.width);
  WithWeight(rows.format.precision, [&](auto weight) HWY_ATTR {
    AccumulateOf<decltype(weight)>(rows, ids, values.data(), out.data());
  });
}

void CopyWeights(ConstRowsView rows, size_t id, std::span<float> out) {
  WithWeight(rows.format.precision, [&](auto weight) HWY_ATTR {
    using Weight = decltype(weight);
    const Weight* HWY_RESTRICT weights = rows.weights<Weight>(id);
    const float scale = Scaled<Weight>(rows, id, 1.0f);
    ForEachVector(out.size(), [&](auto d, size_t i) HWY_ATTR {
      hn::StoreU(hn::Mul(hn::Set(d, scale), LoadWeights(d, weights + i)), d,
                 &out[i]);
    });
  });
}

}  // namespace slide::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "kernels/scalar.h"

namespace slide::kernels {

namespace {

// Compilers make an ordinary prefetch of __builtin_prefetch(p, 1) unless they
// may take every CPU to have the instruction. All of x86-64 have it, older ones
// as one that does nothing.
inline void FetchLineToWrite(const void* line) {
#if defined(__x86_64__)
  asm volatile("prefetchw %0" : : "m"(*static_cast<const char*>(line)));
#else
  __builtin_prefetch(line, 1, 2);
#endif
}

}  // namespace

HWY_EXPORT(RowLogits);
HWY_EXPORT(ScoreRows);
HWY_EXPORT(AccumulateRows);
HWY_EXPORT(CopyWeights);

void RowLogits(ConstRowsView rows, std::span<const uint32_t> ids,
               std::span<const float> x, std::span<float> out) noexcept {
  HWY_DYNAMIC_DISPATCH(RowLogits)(rows, ids, x, out);
}

void ScoreRows(ConstRowsView rows, size_t first, size_t num_rows,
               std::span<const float> queries, size_t num_queries,
               std::span<float> out) noexcept {
  HWY_DYNAMIC_DISPATCH(ScoreRows)
  (rows, first, num_rows, queries, num_queries, out);
}

void AccumulateRows(ConstRowsView rows, std::span<const uint32_t> ids,
                    std::span<const float> values,
                    std::span<float> out) noexcept {
  HWY_DYNAMIC_DISPATCH(AccumulateRows)(rows, ids, values, out);
}

void PrefetchRowsToWrite(ConstRowsView rows,
                         std::span<const uint32_t> ids) noexcept {
  for (const uint32_t id : ids) {
    const std::byte* record = rows.record(id);
    for (size_t i = 0; i < rows.format.stride; i += kLineBytes) {
      FetchLineToWrite(record + i);
    }
  }
}

void PrefetchRows(ConstRowsView rows, std::span<const uint32_t> ids) noexcept {
  // Every target has the same instruction for this.
  for (const uint32_t id : ids) {
    const std::byte* record = rows.record(id);
    for (size_t i = 0; i < rows.format.head_bytes; i += kLineBytes) {
      __builtin_prefetch(record + i, 0, 2);
    }
  }
}

std::span<const float> ReadWeights(ConstRowsView rows, size_t i,
                                   std::span<float> scratch) noexcept {
  const size_t width = rows.format.width;
  if (rows.format.precision == Precision::kFp32) {
    return {rows.weights<float>(i), width};
  }
  SLIDE_DCHECK(scratch.size() == width);
  HWY_DYNAMIC_DISPATCH(CopyWeights)(rows, i, scratch);
  return scratch;
}

// This runs once in a network's life, so it is not vectorised.
void WriteWeights(RowsView rows, size_t i,
                  std::span<const float> weights) noexcept {
  Reference::WriteWeights(rows, i, weights);
}

}  // namespace slide::kernels
#endif  // HWY_ONCE
