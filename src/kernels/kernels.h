// The arithmetic of the library: every loop over weights, and nothing else.
// They run on SIMD chosen at run time (rows.cc, row_update.cc, sparse_rows.cc,
// elementwise.cc, hadamard.cc, winners.cc) or, in builds for race checking, as
// loops over relaxed atomics (relaxed.cc); scalar.h and scalar_rows.h are the
// reference both must equal.
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

#include "kernels/pair_lists.h"
#include "kernels/row_format.h"

namespace slide::kernels {

// sum_i a[i] b[i]; a and b of one length.
float Dot(std::span<const float> a, std::span<const float> b) noexcept;

// y += alpha x; x and y of one length.
void Axpy(float alpha, std::span<const float> x, std::span<float> y) noexcept;

// Asks for the weights and scalars of rows ahead of their use, into the
// second-level cache. Changes nothing that a program could see.
void PrefetchRows(ConstRowsView rows, std::span<const uint32_t> ids) noexcept;
// Prefetches rows that will be written: where another core has them in its
// cache, they are taken from it once, not read first and claimed later.
void PrefetchRowsToWrite(ConstRowsView rows,
                         std::span<const uint32_t> ids) noexcept;

// out[j] = bias of row ids[j] + row ids[j] . x; x [width]. Up to rounding, and
// for bf16 rows on a CPU with its own bf16 dot product up to
// 2^-17 sum_i |row_i x_i| more.
void RowLogits(ConstRowsView rows, std::span<const uint32_t> ids,
               std::span<const float> x, std::span<float> out) noexcept;

// out[q, j] = bias of row (first + j) + row (first + j) . queries[q]; queries
// [num_queries, width], out [num_queries, num_rows].
void ScoreRows(ConstRowsView rows, size_t first, size_t num_rows,
               std::span<const float> queries, size_t num_queries,
               std::span<float> out) noexcept;

// For each j with deltas[j] != 0, with the row ids[j] as it is before the step:
//   x_gradient += deltas[j] row; nothing if x_gradient is empty;
//   the row and its bias take a step of the rows' optimizer along the gradient
//   deltas[j] (x, 1).
// A row whose delta is 0 is not touched. Requires: ids without repeats.
void BackwardUpdateRows(RowsView rows, std::span<const uint32_t> ids,
                        std::span<const float> deltas, std::span<const float> x,
                        const RowStep& step,
                        std::span<float> x_gradient) noexcept;

// out += sum_j values[j] row ids[j]; out [width].
void AccumulateRows(ConstRowsView rows, std::span<const uint32_t> ids,
                    std::span<const float> values,
                    std::span<float> out) noexcept;

// Each row ids[j] with values[j] != 0 takes a step along values[j] gradient,
// its bias none; gradient [width]. Requires: ids without repeats.
void UpdateRows(RowsView rows, std::span<const uint32_t> ids,
                std::span<const float> values, std::span<const float> gradient,
                const RowStep& step) noexcept;

// The row and its bias take a step along (gradient, bias_gradient), the sum
// over a batch, say: as by BackwardUpdateRows with delta 1 and x = gradient but
// for the bias. So the row is touched even if all of them are 0. gradient
// [width].
void StepRow(RowsView rows, uint32_t id, std::span<const float> gradient,
             float bias_gradient, const RowStep& step) noexcept;

// For inputs x that are 0 outside of x_ids: [num] ids in any order and their
// values. Requires of the three below: x_ids below width, without repeats.
//
// out[j] = bias of row ids[j] + sum_i row_{ids[j]}[x_ids[i]] x_values[i], up to
// what RowLogits is. Other weights may be read as well and multiplied by 0, so
// one that is not finite may show.
void SparseRowLogits(ConstRowsView rows, std::span<const uint32_t> ids,
                     std::span<const uint32_t> x_ids,
                     std::span<const float> x_values,
                     std::span<float> out) noexcept;

// out[i] += sum_j values[j] * row ids[j] at x_ids[i]; out [x_ids]. x_ids below
// the width.
void SparseAccumulateRows(ConstRowsView rows, std::span<const uint32_t> ids,
                          std::span<const float> values,
                          std::span<const uint32_t> x_ids,
                          std::span<float> out) noexcept;

// For each j with deltas[j] != 0, with the row ids[j] as it is before the step:
//   x_gradient[i] += deltas[j] row[x_ids[i]]; nothing if x_gradient is empty;
//   the weights at x_ids and the bias take a step along deltas[j]
//   (x_values, 1). No other weight is read, moved or decays, nor is what the
//   optimizer keeps for it.
// The mean square of row-wise Adagrad is one over x_ids, 0 if there are none.
// Requires: ids without repeats.
void SparseBackwardUpdateRows(RowsView rows, std::span<const uint32_t> ids,
                              std::span<const float> deltas,
                              std::span<const uint32_t> x_ids,
                              std::span<const float> x_values,
                              const RowStep& step,
                              std::span<float> x_gradient) noexcept;

// Does what StepRow does, for the weights at x_ids alone; gradient [num].
void SparseStepRow(RowsView rows, uint32_t id, std::span<const uint32_t> x_ids,
                   std::span<const float> gradient, float bias_gradient,
                   const RowStep& step) noexcept;

// The weights of row i: where they lie, or a copy as floats in scratch [width].
std::span<const float> ReadWeights(ConstRowsView rows, size_t i,
                                   std::span<float> scratch) noexcept;

// Sets the weights of row i, each rounded to nearest; weights [width]. Of int8
// rows the scale too, to the largest magnitude / 127. Requires: finite weights.
void WriteWeights(RowsView rows, size_t i,
                  std::span<const float> weights) noexcept;

// Asks for the ids of a list ahead of their use.
void PrefetchPairs(ConstPairs pairs, const PairList& list) noexcept;

// Finds the pairs of a list whose ids are active, the hits, and asks for their
// weights. Returns their number. Requires: room for one more.
size_t FindPairs(ConstPairs pairs, const PairList& list,
                 const ActiveIds& active, PairHits hits) noexcept;

// sums[slot] += value * weight for each hit.
void SumPairs(ConstPairs pairs, std::span<const uint32_t> places,
              std::span<const uint32_t> slots, float value,
              std::span<float> sums) noexcept;

// For each hit with steps[slot] != 0: its weight += value * steps[slot]. No
// other weight is touched.
void StepPairs(Pairs pairs, std::span<const uint32_t> places,
               std::span<const uint32_t> slots, float value,
               std::span<const float> steps) noexcept;

// A step of Adagrad for each id with gradient[j] != 0: its accumulator grows by
// gradient[j]^2 square, and gradient[j] becomes -learning_rate gradient[j] /
// (root of the accumulator + epsilon). Requires: ids without repeats.
void AdagradSteps(std::span<float> accumulators, std::span<const uint32_t> ids,
                  float square, float learning_rate, float epsilon,
                  std::span<float> gradient) noexcept;

// out[id - first_id] += value * weight for the pairs of a list from pair `next`
// on, up to the first with an id that is not below first_id + out.size().
// Returns that pair's place in the list. Requires: first_id a multiple of
// kGroupIds, and out [kGroupIds] or up to the last id. Whatever the ids are,
// nothing outside of the list and of out is touched; if they do not ascend, or
// go beyond the last one, the list is not read to its end.
uint32_t AddPairs(ConstPairs pairs, const PairList& list, uint32_t next,
                  float value, uint32_t first_id,
                  std::span<float> out) noexcept;

// x = max(x, 0); NaN stays NaN.
void Relu(std::span<float> x) noexcept;

// gradient = 0 where activations are 0; both of one length.
void ReluGradient(std::span<const float> activations,
                  std::span<float> gradient) noexcept;

// x = tanh(x); NaN stays NaN.
void Tanh(std::span<float> x) noexcept;

// gradient *= 1 - activations^2, the derivative where activations are values of
// tanh; both of one length.
void TanhGradient(std::span<const float> activations,
                  std::span<float> gradient) noexcept;

// The largest element, -infinity if there is none.
float Max(std::span<const float> x) noexcept;

// out[i] = exp(x[i] - shift); returns their sum. x and out may be the same.
// Requires: x[i] <= shift, or it is NaN, which it and the sum then stay.
float ExpSum(std::span<const float> x, float shift,
             std::span<float> out) noexcept;

// Returns sum_i weights[i] log(1 + exp(x[i])); out[i] = weights[i] / (1 +
// exp(-x[i])), what that grows by with x[i]. Without overflow for any finite x;
// NaN stays NaN. All of one length; x and out may be the same.
float SoftplusSum(std::span<const float> x, std::span<const float> weights,
                  std::span<float> out) noexcept;

// The first i >= begin with x[i] > threshold, x.size() if there is none.
size_t FindAbove(std::span<const float> x, size_t begin,
                 float threshold) noexcept;

// Tells whether a vector holds only zeros (as an empty one does), only finite
// numbers, or a value that is not finite.
enum class Content { kZeros, kNumbers, kNotFinite };
Content ContentOf(std::span<const float> x) noexcept;

// The signs of d pseudo-random projections of x, where d = scratch.size() is a
// power of two >= 64 and x.size() <= d: y = H D2 H D1 x, with H the d x d
// Walsh-Hadamard matrix, D1 and D2 diagonal from signs [2, d] (each +1 or -1),
// and x filled up with zeros. Bit i of bits [d / 8] is set where y[i] < 0.
void HadamardSigns(std::span<const float> x, std::span<const float> signs,
                   std::span<float> scratch, std::span<uint8_t> bits) noexcept;

// FindWinners returns this for a bin without a winner.
inline constexpr uint32_t kNoWinner = ~uint32_t{0};

// winners[b] = the place p of the largest of x[bins[p, b]], the lowest of equal
// ones; kNoWinner where all are -infinity. bins [bin_size, num_bins], winners
// [num_bins]. Requires: bins below x.size(), and x.size() below 2^31; no NaN.
void FindWinners(std::span<const float> x, std::span<const uint32_t> bins,
                 std::span<uint32_t> winners) noexcept;

// The instruction set in use, as Highway names it ("AVX2", "AVX3" for AVX-512;
// "AVX3_BF16" where bf16 rows use an instruction of their own), or "relaxed".
std::string TargetName();

// The instruction sets this build and machine have, best first, and their
// names.
std::vector<int64_t> SupportedTargets();
std::vector<std::string> SupportedTargetNames();

// For tests: runs on one of SupportedTargets() from now on; 0: the best again.
// Threads: not while another thread is in a kernel.
void ForceTarget(int64_t target);

}  // namespace slide::kernels
