// The scalar kernels with every access to memory a relaxed atomic: the same
// algorithm without data races in the sense of the C++ standard, so that a
// thread sanitizer's reports are all bugs.
#include <atomic>

#include "kernels/eigen_products.h"
#include "kernels/kernels.h"
#include "kernels/products.h"
#include "kernels/scalar.h"

namespace slide::kernels {
namespace {

struct RelaxedMemory {
  template <typename T>
  static T Load(const T& x) {
    // atomic_ref<const T> does not exist in C++20; nothing is written.
    return std::atomic_ref<T>(const_cast<T&>(x))
        .load(std::memory_order_relaxed);
  }
  template <typename T>
  static void Store(T& x, T value) {
    std::atomic_ref<T>(x).store(value, std::memory_order_relaxed);
  }
};

using Relaxed = ScalarKernels<RelaxedMemory>;

}  // namespace

float Dot(std::span<const float> a, std::span<const float> b) noexcept {
  return Relaxed::Dot(a, b);
}

void Axpy(float alpha, std::span<const float> x, std::span<float> y) noexcept {
  Relaxed::Axpy(alpha, x, y);
}

void PrefetchRows(ConstRowsView, std::span<const uint32_t>) noexcept {}

void PrefetchRowsToWrite(ConstRowsView, std::span<const uint32_t>) noexcept {}

void RowLogits(ConstRowsView rows, std::span<const uint32_t> ids,
               std::span<const float> x, std::span<float> out) noexcept {
  Relaxed::RowLogits(rows, ids, x, out);
}

void ScoreRows(ConstRowsView rows, size_t first, size_t num_rows,
               std::span<const float> queries, size_t num_queries,
               std::span<float> out) noexcept {
  Relaxed::ScoreRows(rows, first, num_rows, queries, num_queries, out);
}

void BackwardUpdateRows(RowsView rows, std::span<const uint32_t> ids,
                        std::span<const float> deltas, std::span<const float> x,
                        const RowStep& step,
                        std::span<float> x_gradient) noexcept {
  Relaxed::BackwardUpdateRows(rows, ids, deltas, x, step, x_gradient);
}

void AccumulateRows(ConstRowsView rows, std::span<const uint32_t> ids,
                    std::span<const float> values,
                    std::span<float> out) noexcept {
  Relaxed::AccumulateRows(rows, ids, values, out);
}

void UpdateRows(RowsView rows, std::span<const uint32_t> ids,
                std::span<const float> values, std::span<const float> gradient,
                const RowStep& step) noexcept {
  Relaxed::UpdateRows(rows, ids, values, gradient, step);
}

void StepRow(RowsView rows, uint32_t id, std::span<const float> gradient,
             float bias_gradient, const RowStep& step) noexcept {
  Relaxed::StepRow(rows, id, gradient, bias_gradient, step);
}

void SparseRowLogits(ConstRowsView rows, std::span<const uint32_t> ids,
                     std::span<const uint32_t> x_ids,
                     std::span<const float> x_values,
                     std::span<float> out) noexcept {
  Relaxed::SparseRowLogits(rows, ids, x_ids, x_values, out);
}

void SparseAccumulateRows(ConstRowsView rows, std::span<const uint32_t> ids,
                          std::span<const float> values,
                          std::span<const uint32_t> x_ids,
                          std::span<float> out) noexcept {
  Relaxed::SparseAccumulateRows(rows, ids, values, x_ids, out);
}

void SparseBackwardUpdateRows(RowsView rows, std::span<const uint32_t> ids,
                              std::span<const float> deltas,
                              std::span<const uint32_t> x_ids,
                              std::span<const float> x_values,
                              const RowStep& step,
                              std::span<float> x_gradient) noexcept {
  Relaxed::SparseBackwardUpdateRows(rows, ids, deltas, x_ids, x_values, step,
                                    x_gradient);
}

void SparseStepRow(RowsView rows, uint32_t id, std::span<const uint32_t> x_ids,
                   std::span<const float> gradient, float bias_gradient,
                   const RowStep& step) noexcept {
  Relaxed::SparseStepRow(rows, id, x_ids, gradient, bias_gradient, step);
}

std::span<const float> ReadWeights(ConstRowsView rows, size_t i,
                                   std::span<float> scratch) noexcept {
  return Relaxed::ReadWeights(rows, i, scratch);
}

void WriteWeights(RowsView rows, size_t i,
                  std::span<const float> weights) noexcept {
  Relaxed::WriteWeights(rows, i, weights);
}

void PrefetchPairs(ConstPairs, const PairList&) noexcept {}

size_t FindPairs(ConstPairs pairs, const PairList& list,
                 const ActiveIds& active, PairHits hits) noexcept {
  return Relaxed::FindPairs(pairs, list, active, hits);
}

void SumPairs(ConstPairs pairs, std::span<const uint32_t> places,
              std::span<const uint32_t> slots, float value,
              std::span<float> sums) noexcept {
  Relaxed::SumPairs(pairs, places, slots, value, sums);
}

void StepPairs(Pairs pairs, std::span<const uint32_t> places,
               std::span<const uint32_t> slots, float value,
               std::span<const float> steps) noexcept {
  Relaxed::StepPairs(pairs, places, slots, value, steps);
}

void AdagradSteps(std::span<float> accumulators, std::span<const uint32_t> ids,
                  float square, float learning_rate, float epsilon,
                  std::span<float> gradient) noexcept {
  Relaxed::AdagradSteps(accumulators, ids, square, learning_rate, epsilon,
                        gradient);
}

uint32_t AddPairs(ConstPairs pairs, const PairList& list, uint32_t next,
                  float value, uint32_t first_id,
                  std::span<float> out) noexcept {
  return Relaxed::AddPairs(pairs, list, next, value, first_id, out);
}

void Relu(std::span<float> x) noexcept { Relaxed::Relu(x); }

void ReluGradient(std::span<const float> activations,
                  std::span<float> gradient) noexcept {
  Relaxed::ReluGradient(activations, gradient);
}

void Tanh(std::span<float> x) noexcept { Relaxed::Tanh(x); }

void TanhGradient(std::span<const float> activations,
                  std::span<float> gradient) noexcept {
  Relaxed::TanhGradient(activations, gradient);
}

float Max(std::span<const float> x) noexcept { return Relaxed::Max(x); }

float ExpSum(std::span<const float> x, float shift,
             std::span<float> out) noexcept {
  return Relaxed::ExpSum(x, shift, out);
}

float SoftplusSum(std::span<const float> x, std::span<const float> weights,
                  std::span<float> out) noexcept {
  return Relaxed::SoftplusSum(x, weights, out);
}

size_t FindAbove(std::span<const float> x, size_t begin,
                 float threshold) noexcept {
  return Relaxed::FindAbove(x, begin, threshold);
}

Content ContentOf(std::span<const float> x) noexcept {
  return Relaxed::ContentOf(x);
}

void HadamardSigns(std::span<const float> x, std::span<const float> signs,
                   std::span<float> scratch, std::span<uint8_t> bits) noexcept {
  Relaxed::HadamardSigns(x, signs, scratch, bits);
}

void FindWinners(std::span<const float> x, std::span<const uint32_t> bins,
                 std::span<uint32_t> winners) noexcept {
  Relaxed::FindWinners(x, bins, winners);
}

void Multiply(const ConstMatrix& a, const ConstMatrix& b, bool adds,
              const Matrix& c, Precision /*precision*/) {
  MultiplyBaseline(a, b, adds, c);
}

std::string_view ProductsName() noexcept { return "Eigen"; }

std::string TargetName() { return "relaxed"; }

std::vector<int64_t> SupportedTargets() { return {0}; }

std::vector<std::string> SupportedTargetNames() { return {TargetName()}; }

void ForceTarget(int64_t) {}

}  // namespace slide::kernels
