// The arithmetic of the library: every loop over weights, and nothing else.
// They run on SIMD chosen at run time (rows.cc, elementwise.cc,
// hadamard.cc) or, in builds for race checking, as loops over relaxed atomics
// (relaxed.cc); scalar.h is the reference both must equal.
//
// Rows are shared by all training threads and written without locks (HOGWILD):
// a kernel may read a row in the middle of another thread's update. Everything
// else a kernel is given belongs to the calling thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace slide::kernels {

// An array of records, one a row:
//   [0, width) weights | bias | accumulator of the weights | of the bias |
//   unused
// in floats, each record padded to whole cache lines.
template <typename Float>
struct BasicRowsView {
  Float* data = nullptr;
  size_t stride = 0;  // floats from one record to the next
  size_t width = 0;

  Float* row(size_t i) const noexcept { return data + i * stride; }
  operator BasicRowsView<const Float>() const noexcept {
    return {data, stride, width};
  }
};
using RowsView = BasicRowsView<float>;
using ConstRowsView = BasicRowsView<const float>;

// Places of a record's scalars behind its weights.
inline constexpr size_t kBias = 0;
inline constexpr size_t kAccumulator = 1;
inline constexpr size_t kBiasAccumulator = 2;
inline constexpr size_t kNumRowScalars = 3;

// Floats in a cache line.
inline constexpr size_t kLineFloats = 16;

// Floats a record of `width` weights takes.
constexpr size_t RowStride(size_t width) noexcept {
  return (width + kNumRowScalars + kLineFloats - 1) / kLineFloats * kLineFloats;
}

// Row-wise Adagrad: a row's accumulator a gathers the mean of the squares of
// its gradient g, and the row moves by -learning_rate * g / (sqrt(a) +
// epsilon).
struct AdagradStep {
  float learning_rate = 0.0f;
  // Keeps the first step finite where the gradient is zero.
  float epsilon = 1e-8f;
};

// sum_i a[i] b[i]; a and b of one length.
float Dot(std::span<const float> a, std::span<const float> b) noexcept;

// y += alpha x; x and y of one length.
void Axpy(float alpha, std::span<const float> x, std::span<float> y) noexcept;

// Asks for whole rows ahead of their use, into the second-level cache.
void PrefetchRows(ConstRowsView rows, std::span<const uint32_t> ids) noexcept;

// out[j] = bias of row ids[j] + row ids[j] . x; x [width].
void RowLogits(ConstRowsView rows, std::span<const uint32_t> ids,
               std::span<const float> x, std::span<float> out) noexcept;

// out[q, j] = bias of row (first + j) + row (first + j) . queries[q]; queries
// [num_queries, width], out [num_queries, num_rows].
void ScoreRows(ConstRowsView rows, size_t first, size_t num_rows,
               std::span<const float> queries, size_t num_queries,
               std::span<float> out) noexcept;

// For each j, with the row ids[j] as it is before the step:
//   x_gradient += deltas[j] row;
//   the row and its bias take an Adagrad step along deltas[j] (x, 1).
// Requires: ids without repeats.
void BackwardUpdateRows(RowsView rows, std::span<const uint32_t> ids,
                        std::span<const float> deltas, std::span<const float> x,
                        AdagradStep step, std::span<float> x_gradient) noexcept;

// out += sum_j values[j] row ids[j]; out [width].
void AccumulateRows(ConstRowsView rows, std::span<const uint32_t> ids,
                    std::span<const float> values,
                    std::span<float> out) noexcept;

// Each row ids[j] takes an Adagrad step along values[j] gradient; gradient
// [width]. Requires: ids without repeats.
void UpdateRows(RowsView rows, std::span<const uint32_t> ids,
                std::span<const float> values, std::span<const float> gradient,
                AdagradStep step) noexcept;

// An Adagrad step for each element by itself; all of one length.
void UpdateElements(std::span<const float> gradient, AdagradStep step,
                    std::span<float> weights,
                    std::span<float> accumulators) noexcept;

// x = max(x, 0); NaN stays NaN.
void Relu(std::span<float> x) noexcept;

// gradient = 0 where activations are 0; both of one length.
void ReluGradient(std::span<const float> activations,
                  std::span<float> gradient) noexcept;

// The largest element, -infinity if there is none.
float Max(std::span<const float> x) noexcept;

// out[i] = exp(x[i] - shift); returns their sum. x and out may be the same.
// Requires: x[i] <= shift, or it is NaN, which it and the sum then stay.
float ExpSum(std::span<const float> x, float shift,
             std::span<float> out) noexcept;

// The first i >= begin with x[i] > threshold, x.size() if there is none.
size_t FindAbove(std::span<const float> x, size_t begin,
                 float threshold) noexcept;

// The signs of d pseudo-random projections of x, where d = scratch.size() is a
// power of two >= 64 and x.size() <= d: y = H D2 H D1 x, with H the d x d
// Walsh-Hadamard matrix, D1 and D2 diagonal from signs [2, d] (each +1 or -1),
// and x filled up with zeros. Bit i of bits [d / 8] is set where y[i] < 0.
void HadamardSigns(std::span<const float> x, std::span<const float> signs,
                   std::span<float> scratch, std::span<uint8_t> bits) noexcept;

// The instruction set in use, as Highway names it ("AVX3"), or "relaxed".
std::string TargetName();

// The instruction sets this build and machine have, best first.
std::vector<int64_t> SupportedTargets();

// For tests: run on one of SupportedTargets() from now on; 0: the best again.
// Threads: not while another thread is in a kernel.
void ForceTarget(int64_t target);

}  // namespace slide::kernels
