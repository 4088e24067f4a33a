// The kernels on rows of weights, vectorised: one source, compiled by Highway
// once for each instruction set and chosen at run time. Contracts are in
// kernels.h.
//
// Rows are taken four at a time: the vector they share is then loaded once for
// the four, and four independent sums hide the latency of the additions. Rows
// to come are prefetched whole, because at a random row the hardware's
// prefetcher has nothing to go by. What a vector's length leaves over is done
// one by one.
#include "kernels/kernels.h"

#include <algorithm>
#include <cmath>

#include "util/check.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/rows.cc"
#include <hwy/foreach_target.h>
// Behind foreach_target.h, which sets the target they compile for.
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace slide::kernels::HWY_NAMESPACE {

// Rows between the one computed and the one prefetched: enough to cover a
// memory access, flat between 4 and 12 where it was measured.
constexpr size_t kRowsAhead = 8;

// Asks for the weights and the scalars of a row.
HWY_INLINE void PrefetchRow(ConstRowsView rows, size_t id) {
  const float* row = rows.row(id);
  for (size_t i = 0; i < rows.width + kNumRowScalars; i += kLineFloats) {
    hwy::Prefetch(row + i);
  }
}

HWY_INLINE void PrefetchRows(ConstRowsView rows, std::span<const uint32_t> ids,
                             size_t begin, size_t end) {
  end = std::min(end, ids.size());
  for (size_t j = begin; j < end; ++j) PrefetchRow(rows, ids[j]);
}

// The logits of four rows for one input.
HWY_INLINE void FourLogits(const float* HWY_RESTRICT r0,
                           const float* HWY_RESTRICT r1,
                           const float* HWY_RESTRICT r2,
                           const float* HWY_RESTRICT r3, size_t width,
                           const float* HWY_RESTRICT x, float* out) {
  const D d;
  const size_t lanes = hn::Lanes(d);
  V sum0 = hn::Zero(d), sum1 = hn::Zero(d);
  V sum2 = hn::Zero(d), sum3 = hn::Zero(d);
  size_t i = 0;
  for (; i + lanes <= width; i += lanes) {
    const V xi = hn::LoadU(d, x + i);
    sum0 = hn::MulAdd(hn::LoadU(d, r0 + i), xi, sum0);
    sum1 = hn::MulAdd(hn::LoadU(d, r1 + i), xi, sum1);
    sum2 = hn::MulAdd(hn::LoadU(d, r2 + i), xi, sum2);
    sum3 = hn::MulAdd(hn::LoadU(d, r3 + i), xi, sum3);
  }
  float z0 = r0[width + kBias] + hn::GetLane(hn::SumOfLanes(d, sum0));
  float z1 = r1[width + kBias] + hn::GetLane(hn::SumOfLanes(d, sum1));
  float z2 = r2[width + kBias] + hn::GetLane(hn::SumOfLanes(d, sum2));
  float z3 = r3[width + kBias] + hn::GetLane(hn::SumOfLanes(d, sum3));
  for (; i < width; ++i) {
    z0 += r0[i] * x[i];
    z1 += r1[i] * x[i];
    z2 += r2[i] * x[i];
    z3 += r3[i] * x[i];
  }
  out[0] = z0;
  out[1] = z1;
  out[2] = z2;
  out[3] = z3;
}

void RowLogits(ConstRowsView rows, std::span<const uint32_t> ids,
               std::span<const float> x, std::span<float> out) {
  SLIDE_DCHECK(ids.size() == out.size() && x.size() == rows.width);
  PrefetchRows(rows, ids, 0, kRowsAhead);
  size_t j = 0;
  for (; j + 4 <= ids.size(); j += 4) {
    PrefetchRows(rows, ids, j + kRowsAhead, j + kRowsAhead + 4);
    FourLogits(rows.row(ids[j]), rows.row(ids[j + 1]), rows.row(ids[j + 2]),
               rows.row(ids[j + 3]), rows.width, x.data(), &out[j]);
  }
  for (; j < ids.size(); ++j) {
    const float* row = rows.row(ids[j]);
    out[j] = row[rows.width + kBias] + Dot({row, rows.width}, x);
  }
}

// The logits of four rows for each of two inputs.
HWY_INLINE void FourByTwoLogits(ConstRowsView rows, size_t first,
                                const float* HWY_RESTRICT x,
                                const float* HWY_RESTRICT y, float* x_out,
                                float* y_out) {
  const D d;
  const size_t lanes = hn::Lanes(d);
  const size_t width = rows.width;
  const float* HWY_RESTRICT r0 = rows.row(first);
  const float* HWY_RESTRICT r1 = rows.row(first + 1);
  const float* HWY_RESTRICT r2 = rows.row(first + 2);
  const float* HWY_RESTRICT r3 = rows.row(first + 3);
  V x0 = hn::Zero(d), x1 = hn::Zero(d), x2 = hn::Zero(d), x3 = hn::Zero(d);
  V y0 = hn::Zero(d), y1 = hn::Zero(d), y2 = hn::Zero(d), y3 = hn::Zero(d);
  size_t i = 0;
  for (; i + lanes <= width; i += lanes) {
    const V xi = hn::LoadU(d, x + i);
    const V yi = hn::LoadU(d, y + i);
    const V w0 = hn::LoadU(d, r0 + i);
    x0 = hn::MulAdd(w0, xi, x0);
    y0 = hn::MulAdd(w0, yi, y0);
    const V w1 = hn::LoadU(d, r1 + i);
    x1 = hn::MulAdd(w1, xi, x1);
    y1 = hn::MulAdd(w1, yi, y1);
    const V w2 = hn::LoadU(d, r2 + i);
    x2 = hn::MulAdd(w2, xi, x2);
    y2 = hn::MulAdd(w2, yi, y2);
    const V w3 = hn::LoadU(d, r3 + i);
    x3 = hn::MulAdd(w3, xi, x3);
    y3 = hn::MulAdd(w3, yi, y3);
  }
  x_out[0] = r0[width + kBias] + hn::GetLane(hn::SumOfLanes(d, x0));
  x_out[1] = r1[width + kBias] + hn::GetLane(hn::SumOfLanes(d, x1));
  x_out[2] = r2[width + kBias] + hn::GetLane(hn::SumOfLanes(d, x2));
  x_out[3] = r3[width + kBias] + hn::GetLane(hn::SumOfLanes(d, x3));
  y_out[0] = r0[width + kBias] + hn::GetLane(hn::SumOfLanes(d, y0));
  y_out[1] = r1[width + kBias] + hn::GetLane(hn::SumOfLanes(d, y1));
  y_out[2] = r2[width + kBias] + hn::GetLane(hn::SumOfLanes(d, y2));
  y_out[3] = r3[width + kBias] + hn::GetLane(hn::SumOfLanes(d, y3));
  for (; i < width; ++i) {
    const float w[4] = {r0[i], r1[i], r2[i], r3[i]};
    for (size_t r = 0; r < 4; ++r) {
      x_out[r] += w[r] * x[i];
      y_out[r] += w[r] * y[i];
    }
  }
}

void ScoreRows(ConstRowsView rows, size_t first, size_t num_rows,
               std::span<const float> queries, size_t num_queries,
               std::span<float> out) {
  SLIDE_DCHECK(queries.size() == num_queries * rows.width);
  SLIDE_DCHECK(out.size() == num_queries * num_rows);
  const size_t width = rows.width;
  size_t j = 0;
  for (; j + 4 <= num_rows; j += 4) {
    const size_t r = first + j;
    size_t q = 0;
    for (; q + 2 <= num_queries; q += 2) {
      FourByTwoLogits(rows, r, &queries[q * width], &queries[(q + 1) * width],
                      &out[q * num_rows + j], &out[(q + 1) * num_rows + j]);
    }
    if (q < num_queries) {
      FourLogits(rows.row(r), rows.row(r + 1), rows.row(r + 2), rows.row(r + 3),
                 width, &queries[q * width], &out[q * num_rows + j]);
    }
  }
  for (; j < num_rows; ++j) {
    const float* row = rows.row(first + j);
    for (size_t q = 0; q < num_queries; ++q) {
      out[q * num_rows + j] =
          row[width + kBias] +
          Dot({row, width}, queries.subspan(q * width, width));
    }
  }
}

// Updates the scalars of a row for the gradient delta (x, 1); returns what the
// row's weights get of x.
HWY_INLINE float UpdateScalars(float* scalars, float delta, float x_mean_square,
                               AdagradStep step) {
  const float square = delta * delta;
  scalars[kBias] +=
      delta * StepFactor(&scalars[kBiasAccumulator], square, step);
  return delta *
         StepFactor(&scalars[kAccumulator], square * x_mean_square, step);
}

void BackwardUpdateRows(RowsView rows, std::span<const uint32_t> ids,
                        std::span<const float> deltas, std::span<const float> x,
                        AdagradStep step, std::span<float> x_gradient) {
  SLIDE_DCHECK(ids.size() == deltas.size() && x.size() == rows.width);
  SLIDE_DCHECK(x_gradient.size() == rows.width);
  const D d;
  const size_t lanes = hn::Lanes(d);
  const size_t width = rows.width;
  const float x_mean_square = Dot(x, x) / static_cast<float>(width);
  const float* HWY_RESTRICT px = x.data();
  float* HWY_RESTRICT gradient = x_gradient.data();
  PrefetchRows(rows, ids, 0, kRowsAhead);
  size_t j = 0;
  for (; j + 4 <= ids.size(); j += 4) {
    PrefetchRows(rows, ids, j + kRowsAhead, j + kRowsAhead + 4);
    float* HWY_RESTRICT r0 = rows.row(ids[j]);
    float* HWY_RESTRICT r1 = rows.row(ids[j + 1]);
    float* HWY_RESTRICT r2 = rows.row(ids[j + 2]);
    float* HWY_RESTRICT r3 = rows.row(ids[j + 3]);
    const float d0 = deltas[j], d1 = deltas[j + 1];
    const float d2 = deltas[j + 2], d3 = deltas[j + 3];
    const float s0 = UpdateScalars(r0 + width, d0, x_mean_square, step);
    const float s1 = UpdateScalars(r1 + width, d1, x_mean_square, step);
    const float s2 = UpdateScalars(r2 + width, d2, x_mean_square, step);
    const float s3 = UpdateScalars(r3 + width, d3, x_mean_square, step);
    const V vd0 = hn::Set(d, d0), vd1 = hn::Set(d, d1);
    const V vd2 = hn::Set(d, d2), vd3 = hn::Set(d, d3);
    const V vs0 = hn::Set(d, s0), vs1 = hn::Set(d, s1);
    const V vs2 = hn::Set(d, s2), vs3 = hn::Set(d, s3);
    size_t i = 0;
    for (; i + lanes <= width; i += lanes) {
      const V xi = hn::LoadU(d, px + i);
      const V w0 = hn::LoadU(d, r0 + i), w1 = hn::LoadU(d, r1 + i);
      const V w2 = hn::LoadU(d, r2 + i), w3 = hn::LoadU(d, r3 + i);
      const V g01 = hn::MulAdd(vd1, w1, hn::Mul(vd0, w0));
      const V g23 = hn::MulAdd(vd3, w3, hn::Mul(vd2, w2));
      hn::StoreU(hn::Add(hn::LoadU(d, gradient + i), hn::Add(g01, g23)), d,
                 gradient + i);
      hn::StoreU(hn::MulAdd(vs0, xi, w0), d, r0 + i);
      hn::StoreU(hn::MulAdd(vs1, xi, w1), d, r1 + i);
      hn::StoreU(hn::MulAdd(vs2, xi, w2), d, r2 + i);
      hn::StoreU(hn::MulAdd(vs3, xi, w3), d, r3 + i);
    }
    for (; i < width; ++i) {
      gradient[i] += (d0 * r0[i] + d1 * r1[i]) + (d2 * r2[i] + d3 * r3[i]);
      r0[i] += s0 * px[i];
      r1[i] += s1 * px[i];
      r2[i] += s2 * px[i];
      r3[i] += s3 * px[i];
    }
  }
  for (; j < ids.size(); ++j) {
    float* row = rows.row(ids[j]);
    Axpy(deltas[j], {row, width}, x_gradient);
    Axpy(UpdateScalars(row + width, deltas[j], x_mean_square, step), x,
         {row, width});
  }
}

void AccumulateRows(ConstRowsView rows, std::span<const uint32_t> ids,
                    std::span<const float> values, std::span<float> out) {
  SLIDE_DCHECK(ids.size() == values.size() && out.size() == rows.width);
  const D d;
  const size_t lanes = hn::Lanes(d);
  float* HWY_RESTRICT sum = out.data();
  PrefetchRows(rows, ids, 0, kRowsAhead);
  size_t j = 0;
  for (; j + 4 <= ids.size(); j += 4) {
    PrefetchRows(rows, ids, j + kRowsAhead, j + kRowsAhead + 4);
    const float* HWY_RESTRICT r0 = rows.row(ids[j]);
    const float* HWY_RESTRICT r1 = rows.row(ids[j + 1]);
    const float* HWY_RESTRICT r2 = rows.row(ids[j + 2]);
    const float* HWY_RESTRICT r3 = rows.row(ids[j + 3]);
    const V v0 = hn::Set(d, values[j]), v1 = hn::Set(d, values[j + 1]);
    const V v2 = hn::Set(d, values[j + 2]), v3 = hn::Set(d, values[j + 3]);
    size_t i = 0;
    for (; i + lanes <= rows.width; i += lanes) {
      const V s01 = hn::MulAdd(v1, hn::LoadU(d, r1 + i),
                               hn::Mul(v0, hn::LoadU(d, r0 + i)));
      const V s23 = hn::MulAdd(v3, hn::LoadU(d, r3 + i),
                               hn::Mul(v2, hn::LoadU(d, r2 + i)));
      hn::StoreU(hn::Add(hn::LoadU(d, sum + i), hn::Add(s01, s23)), d, sum + i);
    }
    for (; i < rows.width; ++i) {
      sum[i] += (values[j] * r0[i] + values[j + 1] * r1[i]) +
                (values[j + 2] * r2[i] + values[j + 3] * r3[i]);
    }
  }
  for (; j < ids.size(); ++j) {
    Axpy(values[j], {rows.row(ids[j]), rows.width}, out);
  }
}

void UpdateRows(RowsView rows, std::span<const uint32_t> ids,
                std::span<const float> values, std::span<const float> gradient,
                AdagradStep step) {
  SLIDE_DCHECK(ids.size() == values.size());
  SLIDE_DCHECK(gradient.size() == rows.width);
  const float mean_square =
      Dot(gradient, gradient) / static_cast<float>(rows.width);
  PrefetchRows(rows, ids, 0, kRowsAhead);
  for (size_t j = 0; j < ids.size(); ++j) {
    PrefetchRows(rows, ids, j + kRowsAhead, j + kRowsAhead + 1);
    float* row = rows.row(ids[j]);
    const float factor = StepFactor(&row[rows.width + kAccumulator],
                                    values[j] * values[j] * mean_square, step);
    Axpy(values[j] * factor, gradient, {row, rows.width});
  }
}

}  // namespace slide::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace slide::kernels {

void PrefetchRows(ConstRowsView rows, std::span<const uint32_t> ids) noexcept {
  // The same instruction on every target.
  for (const uint32_t id : ids) {
    const float* row = rows.row(id);
    for (size_t i = 0; i < rows.width + kNumRowScalars; i += kLineFloats) {
      __builtin_prefetch(row + i, 0, 2);
    }
  }
}

HWY_EXPORT(RowLogits);
HWY_EXPORT(ScoreRows);
HWY_EXPORT(BackwardUpdateRows);
HWY_EXPORT(AccumulateRows);
HWY_EXPORT(UpdateRows);

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

void BackwardUpdateRows(RowsView rows, std::span<const uint32_t> ids,
                        std::span<const float> deltas, std::span<const float> x,
                        AdagradStep step,
                        std::span<float> x_gradient) noexcept {
  HWY_DYNAMIC_DISPATCH(BackwardUpdateRows)
  (rows, ids, deltas, x, step, x_gradient);
}

void AccumulateRows(ConstRowsView rows, std::span<const uint32_t> ids,
                    std::span<const float> values,
                    std::span<float> out) noexcept {
  HWY_DYNAMIC_DISPATCH(AccumulateRows)(rows, ids, values, out);
}

void UpdateRows(RowsView rows, std::span<const uint32_t> ids,
                std::span<const float> values, std::span<const float> gradient,
                AdagradStep step) noexcept {
  HWY_DYNAMIC_DISPATCH(UpdateRows)(rows, ids, values, gradient, step);
}

}  // namespace slide::kernels
#endif  // HWY_ONCE
