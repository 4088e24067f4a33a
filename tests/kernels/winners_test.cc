// FindWinners of every instruction set against the reference.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "kernels/kernel_test.h"

namespace slide::kernels::winners_test {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

using WinnersKernel = KernelTest;
INSTANTIATE_TEST_SUITE_P(, WinnersKernel, EachTarget(), NameOfTarget);

constexpr uint32_t kWordGuard = 0xa5a5a5a5u;

// Runs the kernel between guards.
std::vector<uint32_t> Winners(std::span<const float> x,
                              std::span<const uint32_t> bins, size_t num_bins,
                              size_t offset = 0) {
  constexpr size_t kMargin = 64;
  std::vector<uint32_t> words(offset + num_bins + kMargin, kWordGuard);
  FindWinners(x, bins, std::span(words).subspan(offset, num_bins));
  EXPECT_THAT(std::span(words).first(offset), Each(kWordGuard));
  EXPECT_THAT(std::span(words).subspan(offset + num_bins), Each(kWordGuard));
  const auto first = words.begin() + static_cast<ptrdiff_t>(offset);
  return {first, first + static_cast<ptrdiff_t>(num_bins)};
}

std::vector<uint32_t> RandomBins(size_t size, size_t width, Rng& rng) {
  std::vector<uint32_t> bins(size);
  for (uint32_t& coordinate : bins) {
    coordinate = static_cast<uint32_t>(rng.UniformInt(width));
  }
  return bins;
}

// The guards around x are not numbers, and never win; around the bins they
// would be coordinates far outside.
TEST_P(WinnersKernel, FindsTheWinnersOfTheReference) {
  for (size_t num_bins = 0; num_bins <= kMaxLength; ++num_bins) {
    for (const size_t bin_size : {1, 2, 4, 8}) {
      for (const size_t width : {1, 2, 7, 128}) {
        SCOPED_TRACE(std::to_string(bin_size) + " x " +
                     std::to_string(num_bins) + " of " + std::to_string(width));
        const size_t offset = num_bins % 3;
        const Floats x(width, offset, rng_);
        std::vector<uint32_t> padded =
            RandomBins(offset + bin_size * num_bins, width, rng_);
        std::fill_n(padded.begin(), offset, kWordGuard);
        const std::span<const uint32_t> bins =
            std::span(padded).subspan(offset);
        std::vector<uint32_t> expected(num_bins);
        Reference::FindWinners(x, bins, expected);
        EXPECT_EQ(Winners(x, bins, num_bins, offset), expected);
      }
    }
  }
}

// Few different values, so that most bins have several largest ones, and zeros
// of both signs, which are equal.
TEST_P(WinnersKernel, TheFirstOfEqualOnesWins) {
  const float values[] = {-2.0f, -1.0f, -0.0f, 0.0f, 1.0f, -kInfinity};
  for (int i = 0; i < 200; ++i) {
    const size_t num_bins = 1 + rng_.UniformInt(kMaxLength);
    const size_t bin_size = 1 + rng_.UniformInt(8);
    const size_t width = 1 + rng_.UniformInt(40);
    const size_t num_values = 1 + rng_.UniformInt(std::size(values));
    const Floats x(width, 0);
    for (float& value : x.span()) value = values[rng_.UniformInt(num_values)];
    const std::vector<uint32_t> bins =
        RandomBins(bin_size * num_bins, width, rng_);
    const std::vector<uint32_t> winners = Winners(x, bins, num_bins);
    for (size_t b = 0; b < num_bins; ++b) {
      float largest = -kInfinity;
      for (size_t p = 0; p < bin_size; ++p) {
        largest = std::max(largest, x[bins[p * num_bins + b]]);
      }
      uint32_t expected = 0;
      while (x[bins[expected * num_bins + b]] != largest) ++expected;
      if (largest == -kInfinity) expected = kNoWinner;
      ASSERT_EQ(winners[b], expected) << "bin " << b << " of " << num_bins;
    }
  }
}

TEST_P(WinnersKernel, ZerosOfBothSignsAreEqual) {
  const Floats x(2, 0);
  x[0] = -0.0f;
  x[1] = 0.0f;
  // [2, 4]: the bins are columns.
  const std::vector<uint32_t> bins = {0, 1, 0, 1,  //
                                      1, 0, 0, 1};
  EXPECT_THAT(Winners(x, bins, 4), Each(0u));
}

TEST_P(WinnersKernel, FindsTheLargestAtEveryPlaceOfEveryBin) {
  constexpr size_t kBinSize = 8;
  constexpr float kLowest = std::numeric_limits<float>::lowest();
  for (const size_t num_bins : {size_t{1}, size_t{3}, size_t{16}, kMaxLength}) {
    const size_t width = kBinSize * num_bins;
    std::vector<uint32_t> bins(width);
    std::iota(bins.begin(), bins.end(), 0u);
    for (size_t i = 0; i < width; ++i) {
      const Floats x(width, 1);
      std::fill(x.span().begin(), x.span().end(), kLowest);
      x[i] = -1e30f;
      std::vector<uint32_t> expected(num_bins);
      expected[i % num_bins] = static_cast<uint32_t>(i / num_bins);
      ASSERT_EQ(Winners(x, bins, num_bins), expected) << i;
    }
  }
}

TEST_P(WinnersKernel, NobodyWinsAmongMinusInfinities) {
  for (size_t num_bins = 1; num_bins <= kMaxLength; ++num_bins) {
    const Floats x(2, 0);
    x[0] = -kInfinity;
    x[1] = 1.0f;
    std::vector<uint32_t> bins(3 * num_bins, 0);
    EXPECT_THAT(Winners(x, bins, num_bins), Each(kNoWinner));
    bins.back() = 1;
    std::vector<uint32_t> expected(num_bins, kNoWinner);
    expected.back() = 2;
    EXPECT_EQ(Winners(x, bins, num_bins), expected);
  }
  EXPECT_THAT(Winners({}, {}, 0), ElementsAre());
}

}  // namespace
}  // namespace slide::kernels::winners_test
