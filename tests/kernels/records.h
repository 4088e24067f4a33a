// The tests of the kernels on rows share this: records of every format between
// guards, and the numbers of rows and widths they are tried with.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kernels/kernel_test.h"
#include "kernels/row_format.h"
#include "util/aligned.h"
#include "util/rng.h"

namespace slide::kernels {

// The bf16 numbers around x, told by value: multiples of 2^-7 of its power of
// two, or of the smallest normal one.
inline double Bf16Gap(double x) {
  return std::ldexp(1.0, std::max(std::ilogb(x), -126) - 7);
}
inline double Bf16Below(double x) {
  return std::floor(x / Bf16Gap(x)) * Bf16Gap(x);
}
inline double Bf16Above(double x) {
  return std::ceil(x / Bf16Gap(x)) * Bf16Gap(x);
}
// Ties to even, as floating point rounds when nobody asked for another mode.
inline double Bf16Nearest(double x) {
  return std::nearbyint(x / Bf16Gap(x)) * Bf16Gap(x);
}

inline constexpr Optimizer kOptimizers[] = {
    Optimizer::kRowAdagrad, Optimizer::kAdam, Optimizer::kAdagrad,
    Optimizer::kSgd};
inline constexpr Precision kPrecisions[] = {Precision::kFp32, Precision::kBf16};

// Every format of rows of that width that are trained.
inline std::vector<RowFormat> Formats(size_t width) {
  std::vector<RowFormat> formats;
  for (const Precision precision : kPrecisions) {
    for (const Optimizer optimizer : kOptimizers) {
      formats.emplace_back(width, precision, optimizer);
    }
  }
  return formats;
}

// Those that are only read, too.
inline std::vector<RowFormat> ReadFormats(size_t width) {
  std::vector<RowFormat> formats = Formats(width);
  for (const Precision precision :
       {Precision::kFp32, Precision::kBf16, Precision::kInt8}) {
    formats.emplace_back(width, precision, std::nullopt);
  }
  return formats;
}

inline std::string Name(const RowFormat& format) {
  constexpr const char* kOptimizerNames[] = {"row-adagrad", "adam", "adagrad",
                                             "sgd"};
  constexpr const char* kPrecisionNames[] = {"fp32", "bf16", "int8"};
  return std::string(kPrecisionNames[static_cast<int>(format.precision)]) +
         " rows of " + std::to_string(format.width) + " with " +
         (format.optimizer
              ? kOptimizerNames[static_cast<int>(*format.optimizer)]
              : "no optimizer");
}

// The optimizers' settings where a test needs no others, and how many such
// steps row i of Records has behind it.
inline constexpr RowStep kStep{.learning_rate = 0.1f};
inline int StepsBefore(size_t i) {
  constexpr int kSteps[] = {0, 1, 7, 300};
  return kSteps[i % 4];
}

// Records between guards, `offset` floats behind a cache line's start, guards
// in their padding too; of random numbers, but fresh rows keep nothing yet.
class Records {
 public:
  Records(size_t num_rows, RowFormat format, size_t offset, Rng& rng)
      : Records(num_rows, format, offset) {
    for (size_t i = 0; i < num_rows; ++i) {
      if (format.precision == Precision::kInt8) {
        view().scalars(i)[kScale] = 0.03f;  // no power of two
      }
      for (size_t k = 0; k < format.width; ++k) SetWeight(i, k, rng.Normal());
      bias(i) = rng.Normal();
      const bool shared = format.optimizer == Optimizer::kRowAdagrad;
      for (size_t k = shared ? format.width - 1 : 0; k <= format.width; ++k) {
        for (size_t s = 0; s < num_kept(); ++s) {
          const float x = StepsBefore(i) == 0 ? 0.0f : rng.Normal();
          // Velocities and Adam's means have a sign, the others are squares.
          const bool is_signed = format.optimizer == Optimizer::kSgd ||
                                 (num_kept() == 2 && s == kMeans);
          kept(i, s, k) = is_signed ? x : x * x;
        }
      }
      if (format.optimizer == Optimizer::kAdam) {
        const auto weight = [i](float beta) {
          return static_cast<float>(
              1.0 - std::pow(static_cast<double>(beta), StepsBefore(i)));
        };
        view().scalars(i)[kMeanWeight] = weight(kStep.beta1);
        view().scalars(i)[kSquareWeight] = weight(kStep.beta2);
      }
    }
  }
  // Copies the rows to another place.
  Records(const Records& rows, size_t offset)
      : Records(rows.num_rows_, rows.format_, offset) {
    Restore(rows.Copy());
  }

  size_t num_rows() const { return num_rows_; }
  const RowFormat& format() const { return format_; }
  RowsView view() const { return {rows_, format_}; }

  float weight(size_t i, size_t k) const {
    switch (format_.precision) {
      case Precision::kFp32:
        return view().weights<float>(i)[k];
      case Precision::kBf16:
        return ToFloat(view().weights<BFloat16>(i)[k]);
      case Precision::kInt8:
        break;
    }
    return view().scalars(i)[kScale] *
           static_cast<float>(view().weights<int8_t>(i)[k]);
  }
  // Cuts what a bf16 weight has no room for, and takes the nearest step of the
  // row's scale for an int8 one.
  void SetWeight(size_t i, size_t k, float weight) const {
    switch (format_.precision) {
      case Precision::kFp32:
        view().weights<float>(i)[k] = weight;
        return;
      case Precision::kBf16:
        view().weights<BFloat16>(i)[k] = CutToBFloat16(weight, 0);
        return;
      case Precision::kInt8:
        view().weights<int8_t>(i)[k] = static_cast<int8_t>(
            std::clamp(std::nearbyint(weight / view().scalars(i)[kScale]),
                       -127.0f, 127.0f));
    }
  }
  // An int8 row has whole numbers below 2^17 to the last bit.
  void SetWeights(size_t i, float weight) const {
    if (format_.precision == Precision::kInt8) {
      view().scalars(i)[kScale] = std::max(1.0f, std::abs(weight)) / 64.0f;
    }
    for (size_t k = 0; k < format_.width; ++k) SetWeight(i, k, weight);
  }
  std::vector<float> weights(size_t i) const {
    std::vector<float> result(format_.width);
    for (size_t k = 0; k < result.size(); ++k) result[k] = weight(i, k);
    return result;
  }
  float& bias(size_t i) const { return view().scalars(i)[kBias]; }

  // How many numbers the optimizer keeps for a weight.
  size_t num_kept() const {
    if (!format_.optimizer) return 0;
    return format_.optimizer == Optimizer::kAdam ? 2 : 1;
  }
  // The s-th of those for weight k, or for the bias if k is the width. One
  // number stands for all weights of a row under row-wise Adagrad.
  float& kept(size_t i, size_t s, size_t k) const {
    float* scalars = view().scalars(i);
    const bool of_bias = k == format_.width;
    switch (*format_.optimizer) {
      case Optimizer::kRowAdagrad:
        return scalars[of_bias ? kBiasAccumulator : kAccumulator];
      case Optimizer::kAdagrad:
        return of_bias ? scalars[kBiasSquares] : view().state(i, 0)[k];
      case Optimizer::kSgd:
        return of_bias ? scalars[kBiasVelocity] : view().state(i, 0)[k];
      case Optimizer::kAdam:
        break;
    }
    if (s == kMeans) {
      return of_bias ? scalars[kBiasMean] : view().state(i, kMeans)[k];
    }
    return of_bias ? scalars[kBiasSquare] : view().state(i, kSquares)[k];
  }

  std::span<const std::byte> record(size_t i) const {
    return {view().record(i), format_.stride};
  }
  std::vector<std::byte> Copy() const {
    const std::byte* begin = view().record(0);
    return {begin, begin + num_rows_ * format_.stride};
  }
  void Restore(const std::vector<std::byte>& copy) const {
    std::copy(copy.begin(), copy.end(), view().record(0));
  }
  bool guards_intact() const {
    const size_t weight_bytes = format_.width * WeightBytes(format_.precision);
    const size_t state_end =
        format_.state_offset +
        NumStates(format_.optimizer) * format_.width * sizeof(float);
    bool intact =
        AreGuards(0, begin_) &&
        AreGuards(begin_ + num_rows_ * format_.stride, memory_.size());
    for (size_t i = 0; i < num_rows_; ++i) {
      const size_t at = begin_ + i * format_.stride;
      intact = intact &&
               AreGuards(at + weight_bytes, at + format_.scalars_offset) &&
               AreGuards(at + format_.head_bytes, at + format_.state_offset) &&
               AreGuards(at + state_end, at + format_.stride);
    }
    return intact;
  }

 private:
  static constexpr size_t kMargin = 256;

  Records(size_t num_rows, RowFormat format, size_t offset)
      : num_rows_(num_rows),
        format_(format),
        begin_(kMargin + offset * sizeof(float)),
        memory_(begin_ + num_rows * format.stride + kMargin),
        rows_(memory_.data() + begin_) {
    for (size_t i = 0; i < memory_.size(); ++i) memory_[i] = GuardByte(i);
  }

  // Records start at whole floats, so that a bf16 number read behind an odd
  // width is the guard's upper half, which is not a number either.
  static std::byte GuardByte(size_t i) {
    return static_cast<std::byte>(std::bit_cast<uint32_t>(kGuard) >>
                                  (i % sizeof(float) * 8));
  }
  bool AreGuards(size_t begin, size_t end) const {
    for (size_t i = begin; i < end; ++i) {
      if (memory_[i] != GuardByte(i)) return false;
    }
    return true;
  }

  size_t num_rows_;
  RowFormat format_;
  size_t begin_;
  util::AlignedBuffer<std::byte> memory_;
  std::byte* rows_;
};

inline bool SameBits(std::span<const std::byte> a,
                     std::span<const std::byte> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

// The kernels that move rows, of the target in use or of the reference.
struct RowUpdates {
  void (*backward)(RowsView, std::span<const uint32_t>, std::span<const float>,
                   std::span<const float>, const RowStep&, std::span<float>);
  void (*update)(RowsView, std::span<const uint32_t>, std::span<const float>,
                 std::span<const float>, const RowStep&);
};
inline constexpr RowUpdates kVectorUpdates = {BackwardUpdateRows, UpdateRows};
inline constexpr RowUpdates kReferenceUpdates = {Reference::BackwardUpdateRows,
                                                 Reference::UpdateRows};

// How many rows of which width.
struct Shape {
  size_t width, num;
};

// Groups of four and what they leave over, for every width; and a full block of
// 64 rows, one more row, and two blocks and a rest.
inline std::vector<Shape> Shapes() {
  constexpr size_t kMaxRows = 9;
  std::vector<Shape> shapes;
  for (const size_t width : kWidths) {
    for (size_t num = 0; num <= kMaxRows; ++num) shapes.push_back({width, num});
  }
  for (const size_t width : {7, 129}) {
    for (const size_t num : {64, 65, 130}) shapes.push_back({width, num});
  }
  return shapes;
}

// `num` different rows of `num_rows`, in no order.
inline std::vector<uint32_t> DrawIds(size_t num, size_t num_rows, Rng& rng) {
  std::vector<uint32_t> ids(num_rows);
  std::iota(ids.begin(), ids.end(), 0u);
  for (size_t i = 0; i < num; ++i) {
    std::swap(ids[i], ids[i + rng.UniformInt(num_rows - i)]);
  }
  ids.resize(num);
  return ids;
}

}  // namespace slide::kernels
