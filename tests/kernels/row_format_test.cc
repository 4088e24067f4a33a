#include "kernels/row_format.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "kernels/records.h"

namespace slide::kernels::row_format_test {
namespace {

// Counted by hand: weights of 4 or 2 bytes, up to the next whole float, and 4
// bytes a scalar make the head; state begins with a line and fills up its last
// one.
TEST(RowFormat, OffsetsAreThoseCountedByHand) {
  constexpr auto kFp32 = Precision::kFp32, kBf16 = Precision::kBf16;
  constexpr auto kInt8 = Precision::kInt8;
  constexpr std::nullopt_t kNone = std::nullopt;
  constexpr auto kRowAdagrad = Optimizer::kRowAdagrad, kAdam = Optimizer::kAdam;
  constexpr auto kAdagrad = Optimizer::kAdagrad, kSgd = Optimizer::kSgd;
  const struct {
    size_t width;
    Precision precision;
    std::optional<Optimizer> optimizer;
    size_t scalars_offset, head_bytes, state_offset, stride;
  } cases[] = {
      {128, kFp32, kRowAdagrad, 512, 524, 576, 576},
      {128, kFp32, kAdam, 512, 532, 576, 576 + 1024},
      {128, kFp32, kAdagrad, 512, 520, 576, 576 + 512},
      {128, kFp32, kSgd, 512, 520, 576, 576 + 512},
      {128, kBf16, kRowAdagrad, 256, 268, 320, 320},
      {128, kBf16, kAdam, 256, 276, 320, 320 + 1024},
      {128, kBf16, kAdagrad, 256, 264, 320, 320 + 512},
      {128, kBf16, kSgd, 256, 264, 320, 320 + 512},
      // 13 floats and 3 scalars fill a line.
      {13, kFp32, kRowAdagrad, 52, 64, 64, 64},
      {14, kFp32, kRowAdagrad, 56, 68, 128, 128},
      // An odd number of bf16 weights leaves two bytes before the scalars.
      {7, kBf16, kRowAdagrad, 16, 28, 64, 64},
      {7, kBf16, kAdam, 16, 36, 64, 64 + 64},
      {129, kBf16, kAdam, 260, 280, 320, 320 + 1088},
      {129, kFp32, kSgd, 516, 524, 576, 576 + 576},
      {1, kBf16, kSgd, 4, 12, 64, 64 + 64},
      {1, kFp32, kRowAdagrad, 4, 16, 64, 64},
      // Rows that are not trained have a bias, and int8 ones a scale, without
      // gaps behind them.
      {128, kFp32, kNone, 512, 516, 516, 516},
      {128, kBf16, kNone, 256, 260, 260, 260},
      {128, kInt8, kNone, 128, 136, 136, 136},
      {7, kInt8, kNone, 8, 16, 16, 16},
      {1, kBf16, kNone, 4, 8, 8, 8},
  };
  for (const auto& expected : cases) {
    const RowFormat format(expected.width, expected.precision,
                           expected.optimizer);
    SCOPED_TRACE(Name(format));
    EXPECT_EQ(format.scalars_offset, expected.scalars_offset);
    EXPECT_EQ(format.head_bytes, expected.head_bytes);
    EXPECT_EQ(format.state_offset, expected.state_offset);
    EXPECT_EQ(format.stride, expected.stride);
  }
}

TEST(RowFormat, PartsFollowEachOtherAndRecordsFillLines) {
  for (size_t width = 1; width <= 200; ++width) {
    for (const RowFormat& format : Formats(width)) {
      SCOPED_TRACE(Name(format));
      const size_t weight_bytes = format.precision == Precision::kFp32 ? 4 : 2;
      EXPECT_LE(width * weight_bytes, format.scalars_offset);
      EXPECT_EQ(format.scalars_offset % alignof(float), 0u);
      EXPECT_LT(format.scalars_offset, format.head_bytes);
      EXPECT_LE(format.head_bytes, format.state_offset);
      EXPECT_LE(format.state_offset +
                    NumStates(format.optimizer) * width * sizeof(float),
                format.stride);
      EXPECT_EQ(format.state_offset % kLineBytes, 0u);
      EXPECT_EQ(format.stride % kLineBytes, 0u);
      EXPECT_LT(format.stride - format.head_bytes -
                    NumStates(format.optimizer) * width * sizeof(float),
                2 * kLineBytes);
    }
  }
}

TEST(RowFormat, IsKnownByWidthPrecisionAndOptimizer) {
  const RowFormat format(128, Precision::kBf16, Optimizer::kAdam);
  EXPECT_EQ(format, RowFormat(128, Precision::kBf16, Optimizer::kAdam));
  EXPECT_NE(format, RowFormat(127, Precision::kBf16, Optimizer::kAdam));
  EXPECT_NE(format, RowFormat(128, Precision::kFp32, Optimizer::kAdam));
  EXPECT_NE(RowFormat(128, Precision::kBf16, Optimizer::kSgd),
            RowFormat(128, Precision::kBf16, Optimizer::kAdagrad));
}

// Terabytes of rows: nothing is read, and the place of the last one is told
// without losing a bit of it.
TEST(RowFormat, PlacesBeyondFourGigabytesAreExact) {
  constexpr uintptr_t kBase = 1 << 20;
  constexpr uint64_t kLast = std::numeric_limits<uint32_t>::max();
  const RowFormat format(128, Precision::kFp32, Optimizer::kAdam);
  const RowsView rows = {std::bit_cast<std::byte*>(kBase), format};
  const auto address = [](const auto* p) {
    return reinterpret_cast<uintptr_t>(p);
  };
  const uintptr_t record = kBase + kLast * 1600;
  EXPECT_EQ(address(rows.record(kLast)), record);
  EXPECT_EQ(address(rows.weights<float>(kLast)), record);
  EXPECT_EQ(address(rows.scalars(kLast)), record + 512);
  EXPECT_EQ(address(rows.state(kLast, kMeans)), record + 576);
  EXPECT_EQ(address(rows.state(kLast, kSquares)), record + 576 + 512);
  const ConstRowsView same = rows;
  EXPECT_EQ(address(same.state(kLast, kSquares)), record + 576 + 512);
  // A record of more than four gigabytes, too.
  const RowFormat wide(size_t{1} << 31, Precision::kBf16, Optimizer::kAdam);
  EXPECT_EQ(wide.scalars_offset, size_t{1} << 32);
  EXPECT_EQ(wide.stride, (size_t{1} << 32) + 64 + (size_t{1} << 34));
}

}  // namespace
}  // namespace slide::kernels::row_format_test
