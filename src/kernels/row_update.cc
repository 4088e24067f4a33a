// The kernels that move rows of weights, vectorised: backward pass and
// optimizer in one pass over a row. One source, compiled by Highway once for
// each instruction set and chosen at run time. Contracts are in kernels.h, the
// optimizers' rules in row_rules-inl.h.
#include "kernels/kernels.h"

#include <algorithm>

#include "util/check.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/row_update.cc"
#include <hwy/foreach_target.h>
// These come behind foreach_target.h, which sets the target they compile for.
#include <hwy/highway.h>

#include "kernels/row_memory-inl.h"
#include "kernels/row_rules-inl.h"
#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace slide::kernels::HWY_NAMESPACE {

// Moves each row along deltas[j] x, its bias along bias_gradients[j]; null: no
// bias moves.
template <typename Weight, class Rule, bool kBackward>
HWY_INLINE void StepRows(RowsView rows, std::span<const uint32_t> ids,
                         const float* deltas, const float* bias_gradients,
                         std::span<const float> x, const RowStep& step,
                         float* x_gradient) {
  const size_t width = rows.format.width;
  const Update update(width, Dot(x, x) / static_cast<float>(width),
                      bias_gradients != nullptr, step);
  auto random = SeedLanes(hn::RebindToUnsigned<D>(), VectorKey(step));
  auto random1 = SeedLanes(hn::RebindToUnsigned<D1>(), SingleKey(step));
  RowJob jobs[kBlock];
  for (size_t first = 0; first < ids.size(); first += kBlock) {
    const size_t last = std::min(ids.size(), first + kBlock);
    // The forward pass has fetched weights and scalars.
    PrefetchRows(rows, ids.subspan(first, last - first),
                 rows.format.state_offset, rows.format.stride);
    size_t num = 0;
    for (size_t j = first; j < last; ++j) {
      if (deltas[j] == 0.0f) continue;
      jobs[num++] = JobOf(rows, ids[j], deltas[j],
                          bias_gradients == nullptr ? 0.0f : bias_gradients[j]);
    }
    Rule::Begin(update, jobs, num);
    size_t r = 0;
    for (; r + Rule::kGroup <= num; r += Rule::kGroup) {
      MoveRows<Weight, Rule, Rule::kGroup, kBackward>(
          update, jobs + r, x.data(), x_gradient, random, random1);
    }
    for (; r < num; ++r) {
      MoveRows<Weight, Rule, 1, kBackward>(update, jobs + r, x.data(),
                                           x_gradient, random, random1);
    }
  }
}

void BackwardUpdateRows(RowsView rows, std::span<const uint32_t> ids,
                        std::span<const float> deltas, std::span<const float> x,
                        const RowStep& step, std::span<float> x_gradient) {
  SLIDE_DCHECK(ids.size() == deltas.size() && x.size() == rows.format.width);
  SLIDE_DCHECK(x_gradient.empty() || x_gradient.size() == rows.format.width);
  WithTypes(rows.format, [&](auto weight, auto rule) HWY_ATTR {
    if (x_gradient.empty()) {
      StepRows<decltype(weight), decltype(rule), false>(
          rows, ids, deltas.data(), deltas.data(), x, step, nullptr);
    } else {
      StepRows<decltype(weight), decltype(rule), true>(
          rows, ids, deltas.data(), deltas.data(), x, step, x_gradient.data());
    }
  });
}

void UpdateRows(RowsView rows, std::span<const uint32_t> ids,
                std::span<const float> values, std::span<const float> gradient,
                const RowStep& step) {
  SLIDE_DCHECK(ids.size() == values.size());
  SLIDE_DCHECK(gradient.size() == rows.format.width);
  WithTypes(rows.format, [&](auto weight, auto rule) HWY_ATTR {
    StepRows<decltype(weight), decltype(rule), false>(
        rows, ids, values.data(), nullptr, gradient, step, nullptr);
  });
}

void StepRow(RowsView rows, uint32_t id, std::span<const float> gradient,
             float bias_gradient, const RowStep& step) {
  SLIDE_DCHECK(gradient.size() == rows.format.width);
  const float one = 1.0f;
  // No forward pass has fetched anything.
  PrefetchRows(rows, {&id, 1}, 0, rows.format.stride);
  WithTypes(rows.format, [&](auto weight, auto rule) HWY_ATTR {
    StepRows<decltype(weight), decltype(rule), false>(
        rows, {&id, 1}, &one, &bias_gradient, gradient, step, nullptr);
  });
}

}  // namespace slide::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace slide::kernels {

HWY_EXPORT(BackwardUpdateRows);
HWY_EXPORT(UpdateRows);
HWY_EXPORT(StepRow);

void BackwardUpdateRows(RowsView rows, std::span<const uint32_t> ids,
                        std::span<const float> deltas, std::span<const float> x,
                        const RowStep& step,
                        std::span<float> x_gradient) noexcept {
  HWY_DYNAMIC_DISPATCH(BackwardUpdateRows)
  (rows, ids, deltas, x, step, x_gradient);
}

void UpdateRows(RowsView rows, std::span<const uint32_t> ids,
                std::span<const float> values, std::span<const float> gradient,
                const RowStep& step) noexcept {
  HWY_DYNAMIC_DISPATCH(UpdateRows)(rows, ids, values, gradient, step);
}

void StepRow(RowsView rows, uint32_t id, std::span<const float> gradient,
             float bias_gradient, const RowStep& step) noexcept {
  HWY_DYNAMIC_DISPATCH(StepRow)(rows, id, gradient, bias_gradient, step);
}

}  // namespace slide::kernels
#endif  // HWY_ONCE
