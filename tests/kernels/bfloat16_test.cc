#include "kernels/bfloat16.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>

#include "kernels/kernel_test.h"
#include "kernels/records.h"

namespace slide::kernels::bfloat16_test {
namespace {

constexpr uint32_t kNumPatterns = 1u << 16;
constexpr uint32_t kLargestAddend = 0xffff;

BFloat16 Pattern(uint32_t bits) { return {static_cast<uint16_t>(bits)}; }
float FloatOf(uint32_t bits) { return std::bit_cast<float>(bits); }

static_assert(ToFloat(BFloat16{0x3f80}) == 1.0f);
static_assert(ToFloat(BFloat16{0xc049}) == -3.140625f);
static_assert(ToFloat(0.1f) == 0.1f);

TEST(BFloat16, IsTheUpperHalfOfAFloat) {
  for (uint32_t bits = 0; bits < kNumPatterns; ++bits) {
    ASSERT_EQ(std::bit_cast<uint32_t>(ToFloat(Pattern(bits))), bits << 16);
  }
}

TEST(BFloat16, WhatItHoldsIsNotRounded) {
  for (uint32_t bits = 0; bits < kNumPatterns; ++bits) {
    const float x = ToFloat(Pattern(bits));
    for (const uint32_t addend : {0u, 1u, NearestAddend(x), kLargestAddend}) {
      ASSERT_EQ(CutToBFloat16(x, addend).bits, bits) << addend;
    }
  }
}

// Numbers of every size, and all that lie half way between two neighbours.
TEST(BFloat16, NearestIsTheNearestAndTiesGoToEven) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest);
  const auto expect = [](float x) {
    if (!std::isfinite(x)) return;
    const double exact = Bf16Nearest(static_cast<double>(x));
    const float expected =
        std::abs(exact) < 0x1p128
            ? static_cast<float>(exact)
            : std::copysign(kInfinity, static_cast<float>(x));
    ASSERT_EQ(ToFloat(CutToBFloat16(x, NearestAddend(x))), expected) << x;
  };
  for (int i = 0; i < 300'000; ++i) {
    expect(FloatOf(static_cast<uint32_t>(rng.Next())));
  }
  for (uint32_t bits = 0; bits < kNumPatterns; ++bits) {
    for (const uint32_t rest : {0x7fffu, 0x8000u, 0x8001u}) {
      expect(FloatOf(bits << 16 | rest));
    }
  }
}

// The number of the 2^16 addends that round x away from zero is its distance,
// in 2^16ths of the gap, from the neighbour towards zero.
TEST(BFloat16, AllAddendsTogetherKeepTheMean) {
  for (const float x : {1.00001f, -1.7f, 3.1415927f, 255.9999f, -1e-30f, 1e-40f,
                        0x1.fffffep-5f, -6.5f}) {
    double sum = 0.0;
    for (uint32_t addend = 0; addend <= kLargestAddend; ++addend) {
      const auto rounded =
          static_cast<double>(ToFloat(CutToBFloat16(x, addend)));
      const auto exact = static_cast<double>(x);
      ASSERT_TRUE(rounded == Bf16Below(exact) || rounded == Bf16Above(exact));
      sum += rounded;
    }
    EXPECT_EQ(sum / 0x1p16, static_cast<double>(x));
  }
}

// The ones arithmetic makes; a payload of ones alone would carry into the sign.
TEST(BFloat16, InfinitiesAndWhatIsNotANumberStaySo) {
  const float quiet = FloatOf(0x7fc00000u), negative = FloatOf(0xffc00000u);
  for (const uint32_t addend : {0u, 1u, 0x7fffu, 0x8000u, kLargestAddend}) {
    EXPECT_EQ(ToFloat(CutToBFloat16(kInfinity, addend)), kInfinity);
    EXPECT_EQ(ToFloat(CutToBFloat16(-kInfinity, addend)), -kInfinity);
    EXPECT_TRUE(std::isnan(ToFloat(CutToBFloat16(quiet, addend))));
    EXPECT_TRUE(std::isnan(ToFloat(CutToBFloat16(negative, addend))));
    EXPECT_TRUE(std::isnan(ToFloat(CutToBFloat16(kGuard, addend))));
  }
}

}  // namespace
}  // namespace slide::kernels::bfloat16_test
