// The kernels as plain loops, written once for two ways of touching memory:
// directly (Reference, which tests compare with) or through relaxed atomics
// (relaxed.cc, free of data races). Contracts are in kernels.h.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/kernels.h"
#include "util/check.h"

namespace slide::kernels {

// Memory: static float Load(const float&), static void Store(float&, float).
template <typename Memory>
struct ScalarKernels {
  static float Load(const float& x) { return Memory::Load(x); }
  static void Add(float& x, float y) { Memory::Store(x, Memory::Load(x) + y); }

  static float Dot(std::span<const float> a, std::span<const float> b) {
    SLIDE_DCHECK(a.size() == b.size());
    float sum = 0.0f;
    for (size_t i = 0; i < a.size(); ++i) sum += Load(a[i]) * Load(b[i]);
    return sum;
  }

  static void Axpy(float alpha, std::span<const float> x, std::span<float> y) {
    SLIDE_DCHECK(x.size() == y.size());
    for (size_t i = 0; i < x.size(); ++i) Add(y[i], alpha * Load(x[i]));
  }

  static float RowLogit(ConstRowsView rows, size_t id,
                        std::span<const float> x) {
    const float* row = rows.row(id);
    return Load(row[rows.width + kBias]) + Dot({row, rows.width}, x);
  }

  static void RowLogits(ConstRowsView rows, std::span<const uint32_t> ids,
                        std::span<const float> x, std::span<float> out) {
    SLIDE_DCHECK(ids.size() == out.size() && x.size() == rows.width);
    for (size_t j = 0; j < ids.size(); ++j) out[j] = RowLogit(rows, ids[j], x);
  }

  static void ScoreRows(ConstRowsView rows, size_t first, size_t num_rows,
                        std::span<const float> queries, size_t num_queries,
                        std::span<float> out) {
    SLIDE_DCHECK(queries.size() == num_queries * rows.width);
    SLIDE_DCHECK(out.size() == num_queries * num_rows);
    for (size_t q = 0; q < num_queries; ++q) {
      const auto query = queries.subspan(q * rows.width, rows.width);
      for (size_t j = 0; j < num_rows; ++j) {
        out[q * num_rows + j] = RowLogit(rows, first + j, query);
      }
    }
  }

  // Adds `square` to the accumulator and returns the factor of the gradient in
  // the step to add.
  static float StepFactor(float& accumulator, float square, AdagradStep step) {
    if (square == 0.0f) return 0.0f;
    const float a = Load(accumulator) + square;
    Memory::Store(accumulator, a);
    return -step.learning_rate / (std::sqrt(a) + step.epsilon);
  }

  static void BackwardUpdateRows(RowsView rows, std::span<const uint32_t> ids,
                                 std::span<const float> deltas,
                                 std::span<const float> x, AdagradStep step,
                                 std::span<float> x_gradient) {
    SLIDE_DCHECK(ids.size() == deltas.size() && x.size() == rows.width);
    SLIDE_DCHECK(x_gradient.size() == rows.width);
    const float x_mean_square = Dot(x, x) / static_cast<float>(rows.width);
    for (size_t j = 0; j < ids.size(); ++j) {
      const float delta = deltas[j];
      const std::span<float> row(rows.row(ids[j]), rows.width);
      float* scalars = rows.row(ids[j]) + rows.width;
      Axpy(delta, row, x_gradient);
      const float square = delta * delta;
      Axpy(delta *
               StepFactor(scalars[kAccumulator], square * x_mean_square, step),
           x, row);
      Add(scalars[kBias],
          delta * StepFactor(scalars[kBiasAccumulator], square, step));
    }
  }

  static void AccumulateRows(ConstRowsView rows, std::span<const uint32_t> ids,
                             std::span<const float> values,
                             std::span<float> out) {
    SLIDE_DCHECK(ids.size() == values.size() && out.size() == rows.width);
    for (size_t j = 0; j < ids.size(); ++j) {
      Axpy(values[j], {rows.row(ids[j]), rows.width}, out);
    }
  }

  static void UpdateRows(RowsView rows, std::span<const uint32_t> ids,
                         std::span<const float> values,
                         std::span<const float> gradient, AdagradStep step) {
    SLIDE_DCHECK(ids.size() == values.size());
    SLIDE_DCHECK(gradient.size() == rows.width);
    const float mean_square =
        Dot(gradient, gradient) / static_cast<float>(rows.width);
    for (size_t j = 0; j < ids.size(); ++j) {
      float* row = rows.row(ids[j]);
      const float factor =
          StepFactor(row[rows.width + kAccumulator],
                     values[j] * values[j] * mean_square, step);
      Axpy(values[j] * factor, gradient, {row, rows.width});
    }
  }

  static void UpdateElements(std::span<const float> gradient, AdagradStep step,
                             std::span<float> weights,
                             std::span<float> accumulators) {
    SLIDE_DCHECK(gradient.size() == weights.size());
    SLIDE_DCHECK(gradient.size() == accumulators.size());
    for (size_t i = 0; i < gradient.size(); ++i) {
      const float g = gradient[i];
      Add(weights[i], g * StepFactor(accumulators[i], g * g, step));
    }
  }

  static void Relu(std::span<float> x) {
    for (float& value : x) value = std::max(value, 0.0f);
  }

  static void ReluGradient(std::span<const float> activations,
                           std::span<float> gradient) {
    SLIDE_DCHECK(activations.size() == gradient.size());
    for (size_t i = 0; i < gradient.size(); ++i) {
      if (activations[i] == 0.0f) gradient[i] = 0.0f;
    }
  }

  static float Max(std::span<const float> x) {
    float max = -std::numeric_limits<float>::infinity();
    for (const float value : x) max = std::max(max, value);
    return max;
  }

  static float ExpSum(std::span<const float> x, float shift,
                      std::span<float> out) {
    SLIDE_DCHECK(x.size() == out.size());
    float sum = 0.0f;
    for (size_t i = 0; i < x.size(); ++i) {
      out[i] = std::exp(x[i] - shift);
      sum += out[i];
    }
    return sum;
  }

  static size_t FindAbove(std::span<const float> x, size_t begin,
                          float threshold) {
    size_t i = begin;
    while (i < x.size() && !(x[i] > threshold)) ++i;
    return i;
  }

  // In place; the order of the outputs is the natural one.
  static void WalshHadamard(std::span<float> y) {
    for (size_t half = 1; half < y.size(); half *= 2) {
      for (size_t i = 0; i < y.size(); ++i) {
        if ((i & half) != 0) continue;
        const float a = y[i], b = y[i + half];
        y[i] = a + b;
        y[i + half] = a - b;
      }
    }
  }

  static void HadamardSigns(std::span<const float> x,
                            std::span<const float> signs,
                            std::span<float> scratch, std::span<uint8_t> bits) {
    const size_t d = scratch.size();
    SLIDE_DCHECK(x.size() <= d && signs.size() == 2 * d);
    SLIDE_DCHECK(bits.size() * 8 == d && (d & (d - 1)) == 0 && d >= 64);
    for (size_t i = 0; i < x.size(); ++i) scratch[i] = Load(x[i]) * signs[i];
    std::fill(scratch.begin() + static_cast<ptrdiff_t>(x.size()), scratch.end(),
              0.0f);
    WalshHadamard(scratch);
    for (size_t i = 0; i < d; ++i) scratch[i] *= signs[d + i];
    WalshHadamard(scratch);
    std::fill(bits.begin(), bits.end(), uint8_t{0});
    for (size_t i = 0; i < d; ++i) {
      if (scratch[i] < 0.0f) {
        bits[i / 8] = static_cast<uint8_t>(bits[i / 8] | (1u << (i % 8)));
      }
    }
  }
};

// What every vector target must equal up to rounding.
struct PlainMemory {
  static float Load(const float& x) { return x; }
  static void Store(float& x, float value) { x = value; }
};
using Reference = ScalarKernels<PlainMemory>;

}  // namespace slide::kernels
