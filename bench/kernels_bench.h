// The benchmarks of the kernels share this: inputs that change from call to
// call, rows in random order, and counters.
//
// Every kernel is measured beside the scalar reference and, where it has one,
// the Eigen expression for the same. Eigen is compiled for the base instruction
// set, as this library is; the kernels choose theirs at run time.
#pragma once

#include <benchmark/benchmark.h>

// One thread, as everything here.
#define EIGEN_DONT_PARALLELIZE
#include <Eigen/Core>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "kernels/kernels.h"
#include "util/aligned.h"
#include "util/rng.h"

namespace slide::bench {

inline constexpr uint64_t kSeed = 1;
inline constexpr int kWidths[] = {128, 512};
// Rows of one call: an active set.
inline constexpr size_t kRowsPerCall = 100;

enum Memory { kCached, kUncached };
inline constexpr size_t kNumBytes[] = {size_t{512} << 10, size_t{200} << 20};

// Inputs, a different one for each call, few enough to stay in the cache.
class Inputs {
 public:
  explicit Inputs(size_t size, uint64_t number = 0)
      : size_(size), values_(kNumInputs * size) {
    util::Rng rng = util::Rng(kSeed).Stream(util::Purpose::kTest, size, number);
    for (size_t i = 0; i < values_.size(); ++i) {
      values_[i] = 2.0f * rng.Uniform() - 1.0f;
    }
  }
  std::span<float> Next() {
    next_ = (next_ + 1) % kNumInputs;
    return {values_.data() + next_ * size_, size_};
  }

 private:
  static constexpr size_t kNumInputs = 16;
  size_t size_;
  util::AlignedBuffer<float> values_;
  size_t next_ = 0;
};

// Rows, and all their ids in random order, handed out a call's worth at a time.
// The optimizer's state is 1 everywhere.
class Rows {
 public:
  Rows(kernels::RowFormat format, size_t num_bytes)
      : format_(format),
        records_(num_bytes / format.stride * format.stride),
        ids_(num_bytes / format.stride) {
    Inputs weights(format.width);
    const size_t num_states = kernels::NumStates(format.optimizer);
    for (size_t i = 0; i < ids_.size(); ++i) {
      kernels::WriteWeights(view(), i, weights.Next());
      std::fill_n(view().scalars(i), kernels::NumScalars(format.optimizer),
                  1.0f);
      std::fill_n(view().state(i, 0), num_states * format.width, 1.0f);
    }
    util::Rng rng =
        util::Rng(kSeed).Stream(util::Purpose::kTest, format.width, num_bytes);
    std::iota(ids_.begin(), ids_.end(), 0u);
    for (size_t i = ids_.size(); i > 1; --i) {
      std::swap(ids_[i - 1], ids_[rng.UniformInt(i)]);
    }
  }

  const kernels::RowFormat& format() const { return format_; }
  size_t num_rows() const { return ids_.size(); }
  kernels::RowsView view() { return {records_.data(), format_}; }
  std::span<const uint32_t> NextIds() {
    if (next_ + kRowsPerCall > ids_.size()) next_ = 0;
    next_ += kRowsPerCall;
    return std::span(ids_).subspan(next_ - kRowsPerCall, kRowsPerCall);
  }

 private:
  kernels::RowFormat format_;
  util::AlignedBuffer<std::byte> records_;
  std::vector<uint32_t> ids_;
  size_t next_ = 0;
};

// The last ones made are kept: a benchmark is called more than once, and
// filling 200 MiB takes longer than measuring.
inline Rows& SharedRows(kernels::RowFormat format, Memory memory) {
  static std::unique_ptr<Rows> rows;
  static Memory made;
  if (!rows || rows->format() != format || made != memory) {
    rows.reset();
    rows = std::make_unique<Rows>(format, kNumBytes[memory]);
    made = memory;
  }
  return *rows;
}

inline size_t Width(const benchmark::State& state) {
  return static_cast<size_t>(state.range(0));
}

inline void CountRows(benchmark::State& state, size_t rows,
                      size_t bytes_a_row) {
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(rows));
  state.SetBytesProcessed(state.iterations() *
                          static_cast<int64_t>(rows * bytes_a_row));
}

inline size_t WeightBytes(const kernels::RowFormat& format) {
  return format.width * kernels::WeightBytes(format.precision);
}

using ConstMap = Eigen::Map<const Eigen::VectorXf>;
using Map = Eigen::Map<Eigen::VectorXf>;

inline ConstMap AsEigen(std::span<const float> x) {
  return {x.data(), static_cast<Eigen::Index>(x.size())};
}
inline Map AsEigen(std::span<float> x) {
  return {x.data(), static_cast<Eigen::Index>(x.size())};
}

// Which instruction set the numbers are of.
inline const bool kTargetIsShown = [] {
  benchmark::AddCustomContext("kernels", kernels::TargetName());
  return true;
}();

}  // namespace slide::bench
