// The tests of the kernels share this: each runs on every instruction set of
// this machine, on arrays between guards, against kernels/scalar.h.
//
// Tolerances: in float, any order of summing n products, fused or not, is off
// by at most n u sum|a_i b_i| with u = 2^-24 (Higham, "Accuracy and Stability
// of Numerical Algorithms", section 3.1); two of them differ by at most twice
// that, n eps sum|a_i b_i|.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/scalar.h"
#include "util/aligned.h"
#include "util/rng.h"

namespace slide::kernels {

using util::Purpose;
using util::Rng;

inline constexpr uint64_t kSeed = 77;
inline constexpr double kEpsilon = std::numeric_limits<float>::epsilon();
inline constexpr float kInfinity = std::numeric_limits<float>::infinity();
inline constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

inline constexpr size_t kWidths[] = {1, 7, 16, 127, 128, 129, 1000};
// 0, 1, W - 1, W, W + 1 and 4 W + 3 for vectors of W = 1 to 16 floats, a whole
// vector and a rest for SVE's longest.
inline constexpr size_t kMaxLength = 4 * 16 + 3;

// Bounds the difference of two sums of n terms with this sum of magnitudes.
inline double SumRounding(size_t n, double sum_of_magnitudes) {
  return static_cast<double>(n) * kEpsilon * sum_of_magnitudes;
}

// Not a number, and no kernel makes this one: whoever reads it shows it in the
// result, whoever overwrites it is found.
inline constexpr float kGuard = std::bit_cast<float>(0x7fc5a5a5u);

inline bool IsGuard(float x) {
  return std::bit_cast<uint32_t>(x) == std::bit_cast<uint32_t>(kGuard);
}

inline bool SameBits(std::span<const float> a, std::span<const float> b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(), [](float x, float y) {
        return std::bit_cast<uint32_t>(x) == std::bit_cast<uint32_t>(y);
      });
}

// `size` floats between guards, `offset` floats behind a cache line's start.
class Floats {
 public:
  Floats(size_t size, size_t offset)
      : memory_(kMargin + offset + size + kMargin),
        span_(memory_.data() + kMargin + offset, size) {
    std::fill_n(memory_.data(), memory_.size(), kGuard);
  }
  Floats(size_t size, size_t offset, Rng& rng) : Floats(size, offset) {
    for (float& x : span_) x = rng.Normal();
  }

  std::span<float> span() const { return span_; }
  operator std::span<const float>() const { return span_; }
  float& operator[](size_t i) const { return span_[i]; }
  size_t size() const { return span_.size(); }
  std::vector<float> Copy() const { return {span_.begin(), span_.end()}; }
  bool guards_intact() const {
    const float* end = memory_.data() + memory_.size();
    return std::all_of(memory_.data(), static_cast<const float*>(span_.data()),
                       IsGuard) &&
           std::all_of(static_cast<const float*>(span_.data() + span_.size()),
                       end, IsGuard);
  }

 private:
  static constexpr size_t kMargin = 64;
  util::AlignedBuffer<float> memory_;
  std::span<float> span_;
};

inline double SumOfMagnitudes(std::span<const float> a,
                              std::span<const float> b) {
  double sum = 0.0;
  for (size_t i = 0; i < a.size(); ++i) {
    sum += std::abs(static_cast<double>(a[i]) * static_cast<double>(b[i]));
  }
  return sum;
}

inline std::string TargetNameOf(int64_t target) {
  ForceTarget(target);
  const std::string name = TargetName();
  ForceTarget(0);
  return name;
}

inline auto EachTarget() { return testing::ValuesIn(SupportedTargets()); }

inline std::string NameOfTarget(const testing::TestParamInfo<int64_t>& test) {
  return TargetNameOf(test.param);
}

class KernelTest : public ::testing::TestWithParam<int64_t> {
 protected:
  void SetUp() override { ForceTarget(GetParam()); }
  void TearDown() override { ForceTarget(0); }

  testing::ScopedTrace trace_{__FILE__, __LINE__,
                              "seed " + std::to_string(kSeed)};
  Rng rng_ = Rng(kSeed).Stream(Purpose::kTest);
};

}  // namespace slide::kernels
