// The layout of a layer's rows in memory. A row is one record, padded to whole
// cache lines, so that touching a neuron is one run of memory:
//
//   weights [width], fp32, bf16 or int8
//   scalars: the bias, then the scale of int8 weights or what the optimizer
//   keeps once a row; fp32
//   (from the next cache line on) what it keeps for each weight
//   [num_states, width]; fp32
//
// A forward pass reads the first two alone. Rows that are not trained have no
// optimizer, and follow each other without padding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

#include "kernels/bfloat16.h"
#include "slide/options/weights.h"

namespace slide::kernels {

inline constexpr size_t kLineBytes = 64;

// Places of a row's scalars. The bias is first whatever the optimizer.
inline constexpr size_t kBias = 0;
// Int8 rows, which have no optimizer: a weight is its byte times this.
inline constexpr size_t kScale = 1;
// Row-wise Adagrad.
inline constexpr size_t kAccumulator = 1;
inline constexpr size_t kBiasAccumulator = 2;
// Adagrad.
inline constexpr size_t kBiasSquares = 1;
// SGD.
inline constexpr size_t kBiasVelocity = 1;
// Adam: the bias' moments, and what the steps so far have given the moments in
// weight, 1 - beta1^t and 1 - beta2^t after t of them.
inline constexpr size_t kBiasMean = 1;
inline constexpr size_t kBiasSquare = 2;
inline constexpr size_t kMeanWeight = 3;
inline constexpr size_t kSquareWeight = 4;

// Adam's per-weight state: first moments, then second ones.
inline constexpr size_t kMeans = 0;
inline constexpr size_t kSquares = 1;

constexpr size_t NumScalars(std::optional<Optimizer> optimizer) noexcept {
  if (!optimizer) return 1;
  switch (*optimizer) {
    case Optimizer::kRowAdagrad:
      return 3;
    case Optimizer::kAdam:
      return 5;
    case Optimizer::kAdagrad:
    case Optimizer::kSgd:
      return 2;
  }
  return 0;
}

// Floats kept for each weight.
constexpr size_t NumStates(std::optional<Optimizer> optimizer) noexcept {
  if (!optimizer) return 0;
  switch (*optimizer) {
    case Optimizer::kRowAdagrad:
      return 0;
    case Optimizer::kAdam:
      return 2;
    case Optimizer::kAdagrad:
    case Optimizer::kSgd:
      return 1;
  }
  return 0;
}

constexpr size_t WeightBytes(Precision precision) noexcept {
  switch (precision) {
    case Precision::kFp32:
      return sizeof(float);
    case Precision::kBf16:
      return sizeof(BFloat16);
    case Precision::kInt8:
      return sizeof(int8_t);
  }
  return 0;
}

struct RowFormat {
  constexpr RowFormat() noexcept = default;
  // rule: none: the rows are not trained. Requires: none for int8.
  constexpr RowFormat(size_t row_width, Precision weights,
                      std::optional<Optimizer> rule) noexcept
      : width(row_width),
        precision(weights),
        optimizer(rule),
        num_scalars(NumScalars(rule) + (weights == Precision::kInt8 ? 1 : 0)),
        num_states(NumStates(rule)) {
    const size_t unit = rule ? kLineBytes : sizeof(float);
    scalars_offset = RoundUp(width * WeightBytes(weights), sizeof(float));
    head_bytes = scalars_offset + num_scalars * sizeof(float);
    state_offset = RoundUp(head_bytes, unit);
    stride = state_offset + RoundUp(num_states * width * sizeof(float), unit);
  }

  size_t width = 0;
  Precision precision = Precision::kFp32;
  std::optional<Optimizer> optimizer = Optimizer::kRowAdagrad;
  size_t num_scalars = 0;  // floats once a row
  size_t num_states = 0;   // floats for each weight
  // Offsets are in bytes from the start of a record.
  size_t scalars_offset = 0;
  size_t head_bytes = 0;  // weights and scalars
  size_t state_offset = 0;
  size_t stride = 0;  // from one record to the next

  friend constexpr bool operator==(const RowFormat&,
                                   const RowFormat&) = default;

 private:
  static constexpr size_t RoundUp(size_t n, size_t unit) noexcept {
    return (n + unit - 1) / unit * unit;
  }
};

// An array of records.
template <typename Byte>
struct BasicRowsView {
  template <typename T>
  using Like = std::conditional_t<std::is_const_v<Byte>, const T, T>;

  Byte* data = nullptr;
  RowFormat format = {};

  Byte* record(size_t i) const noexcept { return data + i * format.stride; }
  // Weight: float, BFloat16 or int8_t, as the format's precision says.
  template <typename Weight>
  Like<Weight>* weights(size_t i) const noexcept {
    return reinterpret_cast<Like<Weight>*>(record(i));
  }
  Like<float>* scalars(size_t i) const noexcept {
    return reinterpret_cast<Like<float>*>(record(i) + format.scalars_offset);
  }
  // The s-th float of each weight; [width].
  Like<float>* state(size_t i, size_t s) const noexcept {
    return reinterpret_cast<Like<float>*>(record(i) + format.state_offset) +
           s * format.width;
  }
  operator BasicRowsView<const Byte>() const noexcept { return {data, format}; }
};
using RowsView = BasicRowsView<std::byte>;
using ConstRowsView = BasicRowsView<const std::byte>;

// Parameters of a row's step; each optimizer takes those it uses. With g the
// gradient of a weight w:
//   row-adagrad: a += mean of g^2 over the row; w -= rate g / (sqrt(a) + eps)
//   adagrad:     s += g^2; w -= rate g / (sqrt(s) + eps)
//   sgd:         v = momentum v + g; w -= rate v
//   adam:        m = beta1 m + (1 - beta1) g; s = beta2 s + (1 - beta2) g^2;
//                w -= rate m' / (sqrt(s') + eps), m' = m / (1 - beta1^t),
//                s' = s / (1 - beta2^t), t the row's own number of steps
// A bias is a weight whose input is 1, with a state of its own. Whatever the
// rule, each weight that a step touches also moves by
// -rate weight_decay w, w being what it was before the step, also where its
// gradient is 0 (Loshchilov and Hutter, "Decoupled weight decay
// regularization", 2019); biases do not. The rate of biases is bias_rate rate.
struct RowStep {
  float learning_rate = 0.0f;
  float weight_decay = 0.0f;
  float bias_rate = 1.0f;
  float epsilon = 1e-8f;
  float momentum = 0.9f;
  float beta1 = 0.9f;
  float beta2 = 0.999f;
  Rounding rounding = Rounding::kStochastic;
  // Keys the random bits of stochastic rounding; another one for each call.
  uint64_t rounding_key = 0;
};

}  // namespace slide::kernels
