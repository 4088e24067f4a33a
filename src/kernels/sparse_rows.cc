// The kernels that touch a few weights of each row, vectorised: those of the
// neurons that were active in the layer before. One source, compiled by Highway
// once for each instruction set and chosen at run time. Contracts are in
// kernels.h, the optimizers' rules in row_rules-inl.h.
//
// A step copies the weights it is about, and what is kept for them, to arrays
// without gaps, moves these as whole rows are moved, and copies them back: few
// instruction sets can write to scattered places, and none faster than one by
// one. Logits are taken from whole rows once most of their lines are touched.
#include "kernels/kernels.h"

#include <algorithm>

#include "util/check.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/sparse_rows.cc"
#include <hwy/foreach_target.h>
// These come behind foreach_target.h, which sets the target they compile for.
#include <hwy/highway.h>

#include "kernels/row_memory-inl.h"
#include "kernels/row_rules-inl.h"
#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace slide::kernels::HWY_NAMESPACE {

// Weights of a row that are copied and moved together; enough that the first of
// them have left the store buffer before they are read as a vector.
constexpr size_t kChunk = 256;

// Some weights of each row, all with the same inputs.
struct Places {
  std::span<const uint32_t> ids;
  std::span<const float> x;
};

template <typename T>
HWY_INLINE void Pack(const T* HWY_RESTRICT row, const uint32_t* places,
                     size_t num, T* HWY_RESTRICT packed) {
  for (size_t i = 0; i < num; ++i) packed[i] = row[places[i]];
}

template <typename T>
HWY_INLINE void Unpack(const T* HWY_RESTRICT packed, const uint32_t* places,
                       size_t num, T* HWY_RESTRICT row) {
  for (size_t i = 0; i < num; ++i) row[places[i]] = packed[i];
}

// --- reading -----------------------------------------------------------------

// The logits of N rows, one weight at a time: two sums for each of four rows
// hide the latency of the additions.
template <size_t N, typename Weight>
HWY_INLINE void SparseLogits(ConstRowsView rows, const uint32_t* ids,
                             const Places& places, float* out) {
  const Weight* row[N];
  float even[N], odd[N];
  for (size_t r = 0; r < N; ++r) {
    row[r] = rows.weights<Weight>(ids[r]);
    even[r] = odd[r] = 0.0f;
  }
  const size_t num = places.ids.size();
  const uint32_t* HWY_RESTRICT place = places.ids.data();
  const float* HWY_RESTRICT x = places.x.data();
  size_t i = 0;
  for (; i + 2 <= num; i += 2) {
    for (size_t r = 0; r < N; ++r) {
      even[r] += ToFloat(row[r][place[i]]) * x[i];
      odd[r] += ToFloat(row[r][place[i + 1]]) * x[i + 1];
    }
  }
  for (size_t r = 0; r < N; ++r) {
    if (i < num) even[r] += ToFloat(row[r][place[i]]) * x[i];
    out[r] = rows.scalars(ids[r])[kBias] +
             Scaled<Weight>(rows, ids[r], even[r] + odd[r]);
  }
}

template <typename Weight>
HWY_INLINE void SparseLogitsOf(ConstRowsView rows,
                               std::span<const uint32_t> ids,
                               const Places& places, float* out) {
  size_t j = 0;
  for (; j + 4 <= ids.size(); j += 4) {
    SparseLogits<4, Weight>(rows, &ids[j], places, out + j);
  }
  for (; j < ids.size(); ++j) {
    SparseLogits<1, Weight>(rows, &ids[j], places, out + j);
  }
}

void SparseRowLogits(ConstRowsView rows, std::span<const uint32_t> ids,
                     std::span<const uint32_t> x_ids,
                     std::span<const float> x_values, std::span<float> out) {
  SLIDE_DCHECK(ids.size() == out.size() && x_ids.size() == x_values.size());
  const Places places = {x_ids, x_values};
  WithWeight(rows.format.precision, [&](auto weight) HWY_ATTR {
    SparseLogitsOf<decltype(weight)>(rows, ids, places, out.data());
  });
}

// Adds N rows, each times its value, to the sums at the places.
template <size_t N, typename Weight>
HWY_INLINE void SparseAddRows(ConstRowsView rows, const uint32_t* ids,
                              const float* values,
                              std::span<const uint32_t> places,
                              float* HWY_RESTRICT sums) {
  const Weight* row[N];
  float factors[N];
  for (size_t r = 0; r < N; ++r) {
    row[r] = rows.weights<Weight>(ids[r]);
    factors[r] = Scaled<Weight>(rows, ids[r], values[r]);
  }
  for (size_t i = 0; i < places.size(); ++i) {
    float sum = sums[i];
    for (size_t r = 0; r < N; ++r) {
      sum += factors[r] * ToFloat(row[r][places[i]]);
    }
    sums[i] = sum;
  }
}

template <typename Weight>
HWY_INLINE void SparseAddRowsOf(ConstRowsView rows,
                                std::span<const uint32_t> ids,
                                const float* values,
                                std::span<const uint32_t> places, float* sums) {
  size_t j = 0;
  for (; j + 4 <= ids.size(); j += 4) {
    SparseAddRows<4, Weight>(rows, &ids[j], values + j, places, sums);
  }
  for (; j < ids.size(); ++j) {
    SparseAddRows<1, Weight>(rows, &ids[j], values + j, places, sums);
  }
}

void SparseAccumulateRows(ConstRowsView rows, std::span<const uint32_t> ids,
                          std::span<const float> values,
                          std::span<const uint32_t> x_ids,
                          std::span<float> out) {
  SLIDE_DCHECK(ids.size() == values.size() && x_ids.size() == out.size());
  WithWeight(rows.format.precision, [&](auto weight) HWY_ATTR {
    SparseAddRowsOf<decltype(weight)>(rows, ids, values.data(), x_ids,
                                      out.data());
  });
}

// --- moving ------------------------------------------------------------------

// Rows whose state is fetched together: few, as rows may be wide.
constexpr size_t kFetchedRows = 8;

// Prefetches the optimizer's state of the weights at the places. The forward
// pass has fetched the weights themselves.
template <class Rule>
HWY_INLINE void FetchState(const float* state, size_t width,
                           std::span<const uint32_t> places) {
  for (size_t s = 0; s < Rule::kNumStates; ++s, state += width) {
    for (const uint32_t place : places) {
      __builtin_prefetch(state + place, 0, 2);
    }
  }
}

// The mean over the weights that are touched.
HWY_INLINE float MeanSquare(std::span<const float> x) {
  return x.empty() ? 0.0f : Dot(x, x) / static_cast<float>(x.size());
}

// Moves the weights of one row; see MoveRows.
template <typename Weight, class Rule, bool kBackward, class R, class R1>
HWY_INLINE void MovePlaces(const Update& update, const RowFormat& format,
                           const RowJob& job, const Places& places,
                           float* x_gradient, R& random, R1& random1) {
  HWY_ALIGN Weight weights[kChunk];
  HWY_ALIGN float state[Rule::kNumStates * kChunk + 1];
  auto* row = reinterpret_cast<Weight*>(job.weights);
  for (size_t first = 0; first < places.ids.size(); first += kChunk) {
    const size_t num = std::min(kChunk, places.ids.size() - first);
    const uint32_t* ids = &places.ids[first];
    Pack(row, ids, num, weights);
    for (size_t s = 0; s < Rule::kNumStates; ++s) {
      Pack(job.state + s * format.width, ids, num, state + s * num);
    }
    Update packed_update = update;
    packed_update.width = num;
    RowJob packed = job;
    packed.weights = reinterpret_cast<std::byte*>(weights);
    packed.state = state;
    MoveRows<Weight, Rule, 1, kBackward>(
        packed_update, &packed, &places.x[first],
        kBackward ? x_gradient + first : nullptr, random, random1);
    Unpack(weights, ids, num, row);
    for (size_t s = 0; s < Rule::kNumStates; ++s) {
      Unpack(state + s * num, ids, num, job.state + s * format.width);
    }
  }
}

// Moves each row along deltas[j] x, its bias along bias_gradients[j].
template <typename Weight, class Rule, bool kBackward>
HWY_INLINE void StepPlaces(RowsView rows, std::span<const uint32_t> ids,
                           const float* deltas, const float* bias_gradients,
                           const Places& places, const RowStep& step,
                           float* x_gradient) {
  const Update update(rows.format.width, MeanSquare(places.x), true, step);
  auto random = SeedLanes(hn::RebindToUnsigned<D>(), VectorKey(step));
  auto random1 = SeedLanes(hn::RebindToUnsigned<D1>(), SingleKey(step));
  RowJob jobs[kBlock];
  for (size_t first = 0; first < ids.size(); first += kBlock) {
    const size_t last = std::min(ids.size(), first + kBlock);
    size_t num = 0;
    for (size_t j = first; j < last; ++j) {
      if (deltas[j] == 0.0f) continue;
      jobs[num++] = JobOf(rows, ids[j], deltas[j], bias_gradients[j]);
    }
    Rule::Begin(update, jobs, num);
    for (size_t r = 0; r < num; ++r) {
      if (r % kFetchedRows == 0) {
        for (size_t k = r; k < std::min(num, r + kFetchedRows); ++k) {
          FetchState<Rule>(jobs[k].state, rows.format.width, places.ids);
        }
      }
      MovePlaces<Weight, Rule, kBackward>(update, rows.format, jobs[r], places,
                                          x_gradient, random, random1);
    }
  }
}

void SparseBackwardUpdateRows(RowsView rows, std::span<const uint32_t> ids,
                              std::span<const float> deltas,
                              std::span<const uint32_t> x_ids,
                              std::span<const float> x_values,
                              const RowStep& step,
                              std::span<float> x_gradient) {
  SLIDE_DCHECK(ids.size() == deltas.size() && x_ids.size() == x_values.size());
  SLIDE_DCHECK(x_gradient.empty() || x_gradient.size() == x_ids.size());
  const Places places = {x_ids, x_values};
  WithTypes(rows.format, [&](auto weight, auto rule) HWY_ATTR {
    if (x_gradient.empty()) {
      StepPlaces<decltype(weight), decltype(rule), false>(
          rows, ids, deltas.data(), deltas.data(), places, step, nullptr);
    } else {
      StepPlaces<decltype(weight), decltype(rule), true>(
          rows, ids, deltas.data(), deltas.data(), places, step,
          x_gradient.data());
    }
  });
}

void SparseStepRow(RowsView rows, uint32_t id, std::span<const uint32_t> x_ids,
                   std::span<const float> gradient, float bias_gradient,
                   const RowStep& step) {
  SLIDE_DCHECK(x_ids.size() == gradient.size());
  const float one = 1.0f;
  const Places places = {x_ids, gradient};
  WithTypes(rows.format, [&](auto weight, auto rule) HWY_ATTR {
    StepPlaces<decltype(weight), decltype(rule), false>(
        rows, {&id, 1}, &one, &bias_gradient, places, step, nullptr);
  });
}

}  // namespace slide::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace slide::kernels {

HWY_EXPORT(SparseRowLogits);
HWY_EXPORT(SparseAccumulateRows);
HWY_EXPORT(SparseBackwardUpdateRows);
HWY_EXPORT(SparseStepRow);

namespace {

// Wider inputs are not filled up: they are kept on the stack.
constexpr size_t kMaxFilledWidth = 4096;
// Fewer rows are not worth filling an input up.
constexpr size_t kMinFilledRows = 4;
// Floats in a line of cache.
constexpr size_t kLineFloats = kLineBytes / sizeof(float);

// Tells whether whole rows are faster, as where nearly every line is touched
// anyway.
bool TakesWholeRows(size_t width, size_t num_rows, size_t num_places) {
  return num_places * kLineFloats >= width && width <= kMaxFilledWidth &&
         num_rows >= kMinFilledRows;
}

}  // namespace

void SparseRowLogits(ConstRowsView rows, std::span<const uint32_t> ids,
                     std::span<const uint32_t> x_ids,
                     std::span<const float> x_values,
                     std::span<float> out) noexcept {
  const size_t width = rows.format.width;
  if (TakesWholeRows(width, ids.size(), x_ids.size())) {
    SLIDE_DCHECK(x_ids.size() == x_values.size());
    float x[kMaxFilledWidth];
    std::fill_n(x, width, 0.0f);
    for (size_t i = 0; i < x_ids.size(); ++i) x[x_ids[i]] = x_values[i];
    RowLogits(rows, ids, {x, width}, out);
    return;
  }
  HWY_DYNAMIC_DISPATCH(SparseRowLogits)(rows, ids, x_ids, x_values, out);
}

void SparseAccumulateRows(ConstRowsView rows, std::span<const uint32_t> ids,
                          std::span<const float> values,
                          std::span<const uint32_t> x_ids,
                          std::span<float> out) noexcept {
  HWY_DYNAMIC_DISPATCH(SparseAccumulateRows)(rows, ids, values, x_ids, out);
}

void SparseBackwardUpdateRows(RowsView rows, std::span<const uint32_t> ids,
                              std::span<const float> deltas,
                              std::span<const uint32_t> x_ids,
                              std::span<const float> x_values,
                              const RowStep& step,
                              std::span<float> x_gradient) noexcept {
  HWY_DYNAMIC_DISPATCH(SparseBackwardUpdateRows)
  (rows, ids, deltas, x_ids, x_values, step, x_gradient);
}

void SparseStepRow(RowsView rows, uint32_t id, std::span<const uint32_t> x_ids,
                   std::span<const float> gradient, float bias_gradient,
                   const RowStep& step) noexcept {
  HWY_DYNAMIC_DISPATCH(SparseStepRow)
  (rows, id, x_ids, gradient, bias_gradient, step);
}

}  // namespace slide::kernels
#endif  // HWY_ONCE
