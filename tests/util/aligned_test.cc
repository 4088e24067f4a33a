#include "util/aligned.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "slide/error.h"
#include "support/sanitizers.h"

namespace slide::util::aligned_test {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

constexpr size_t kHugePageBytes = size_t{2} << 20;
// Buffers of this size or more get pages of their own.
constexpr size_t kLargeBytes = 2 * kHugePageBytes;

size_t Misalignment(const void* p, size_t alignment) {
  return reinterpret_cast<uintptr_t>(p) % alignment;
}

bool IsZero(std::span<const std::byte> bytes) {
  for (const std::byte b : bytes) {
    if (b != std::byte{0}) return false;
  }
  return true;
}

template <typename T>
std::string ErrorOf(size_t size) {
  try {
    const AlignedBuffer<T> buffer(size);
  } catch (const OutOfMemoryError& error) {
    return error.what();
  }
  return "allocated";
}

TEST(AlignedBytes, IsZeroedAndStartsOnALineOrAHugePage) {
  for (const size_t size :
       {size_t{1}, size_t{63}, size_t{64}, size_t{65}, size_t{4096},
        kHugePageBytes, kLargeBytes - 65, kLargeBytes - 64, kLargeBytes - 63,
        kLargeBytes - 1, kLargeBytes, kLargeBytes + 1, 3 * kHugePageBytes,
        3 * kHugePageBytes + 1}) {
    SCOPED_TRACE(size);
    // The second one may reuse memory that the first one wrote to.
    for (int round = 0; round < 2; ++round) {
      const AlignedBytes bytes(size, "a test");
      ASSERT_NE(bytes.data(), nullptr);
      ASSERT_GE(bytes.size(), size);
      const bool large = bytes.size() >= kLargeBytes;
      EXPECT_EQ(
          Misalignment(bytes.data(), large ? kHugePageBytes : kCacheLineBytes),
          0u);
      EXPECT_TRUE(IsZero({bytes.data(), bytes.size()}));
      std::memset(bytes.data(), 0xff, bytes.size());
    }
  }
}

TEST(AlignedBytes, OfSizeZeroHasNoMemory) {
  const AlignedBytes bytes(0, "a test");
  EXPECT_EQ(bytes.data(), nullptr);
  EXPECT_EQ(bytes.size(), 0u);
}

// Memory is given back the way it was asked for, also where rounding up to a
// whole line reaches the size from which on buffers are mapped.
TEST(AlignedBytes, IsGivenBackWhole) {
  if (testing_support::kIsSanitized) {
    GTEST_SKIP() << "the leak sanitizer looks at that itself";
  }
  const auto mapped_bytes = [] {
    std::ifstream statm("/proc/self/statm");
    size_t pages = 0;
    statm >> pages;
    return pages * 4096;
  };
  if (mapped_bytes() == 0) GTEST_SKIP() << "no /proc/self/statm";
  constexpr size_t kRounds = 64;
  for (const size_t size : {kLargeBytes - 64, kLargeBytes - 63, kLargeBytes - 1,
                            kLargeBytes, kLargeBytes + 1}) {
    SCOPED_TRACE(size);
    const size_t before = mapped_bytes();
    for (size_t i = 0; i < kRounds; ++i) {
      const AlignedBytes bytes(size, "a test");
      bytes.data()[size - 1] = std::byte{1};
    }
    // The allocator may keep a few pieces for later.
    EXPECT_LT(mapped_bytes(), before + kRounds / 4 * kLargeBytes);
  }
}

TEST(AlignedBytes, MovesWithoutCopying) {
  std::vector<AlignedBytes> bytes(3);
  bytes[0] = AlignedBytes(100, "a test");
  std::byte* const data = bytes[0].data();
  bytes[1] = std::move(bytes[0]);
  EXPECT_EQ(bytes[1].data(), data);
  EXPECT_EQ(bytes[1].size(), 128u);
  EXPECT_EQ(bytes[0].data(), nullptr);
  EXPECT_EQ(bytes[0].size(), 0u);
  bytes[2] = AlignedBytes(3 * kHugePageBytes, "a test");
  bytes[2] = std::move(bytes[1]);
  EXPECT_EQ(bytes[2].data(), data);
  EXPECT_EQ(bytes[2].size(), 128u);
  AlignedBytes& same = bytes[2];
  bytes[2] = std::move(same);
  EXPECT_EQ(bytes[2].data(), data);
  const AlignedBytes last(std::move(bytes[2]));
  EXPECT_EQ(last.data(), data);
  EXPECT_EQ(bytes[2].data(), nullptr);
  EXPECT_EQ(bytes[2].size(), 0u);
}

TEST(AlignedBuffer, HoldsZeroedElements) {
  AlignedBuffer<float> buffer(1001);
  ASSERT_EQ(buffer.size(), 1001u);
  EXPECT_EQ(Misalignment(buffer.data(), kCacheLineBytes), 0u);
  const std::span<float> all = buffer;
  EXPECT_EQ(all.size(), 1001u);
  EXPECT_EQ(all.data(), buffer.data());
  EXPECT_THAT(all, Each(0.0f));
  buffer[1000] = 2.5f;
  EXPECT_EQ(all.back(), 2.5f);
  EXPECT_EQ(std::as_const(buffer)[1000], 2.5f);
}

TEST(AlignedBuffer, OfSizeZeroIsAnEmptySpan) {
  for (const AlignedBuffer<uint64_t>& buffer :
       {AlignedBuffer<uint64_t>(), AlignedBuffer<uint64_t>(0)}) {
    const std::span<const uint64_t> all = buffer;
    EXPECT_EQ(buffer.size(), 0u);
    EXPECT_TRUE(all.empty());
  }
}

// A buffer's size is that of its memory, whatever was moved where.
TEST(AlignedBuffer, SizeMovesWithTheMemory) {
  std::vector<AlignedBuffer<float>> buffers(2);
  buffers[0] = AlignedBuffer<float>(10);
  buffers[0][9] = 1.0f;
  const float* const data = buffers[0].data();
  buffers[1] = AlignedBuffer<float>(1000);
  buffers[1] = std::move(buffers[0]);
  EXPECT_EQ(buffers[1].size(), 10u);
  EXPECT_EQ(buffers[1].data(), data);
  // The old memory may stay behind; then all of it is there.
  if (buffers[0].size() > 0) {
    ASSERT_EQ(buffers[0].size(), 1000u);
    EXPECT_EQ(buffers[0][999], 0.0f);
  }
  const AlignedBuffer<float> last(std::move(buffers[1]));
  EXPECT_EQ(last.size(), 10u);
  EXPECT_EQ(last[9], 1.0f);
  EXPECT_EQ(buffers[1].size(), 0u);
  EXPECT_TRUE(std::span<float>(buffers[1]).empty());
}

TEST(AlignedBuffer, LivesInAGrowingVector) {
  std::vector<AlignedBuffer<uint32_t>> buffers;
  for (uint32_t i = 0; i < 20; ++i) {
    buffers.emplace_back(i);
    for (uint32_t j = 0; j < i; ++j) buffers.back()[j] = i;
  }
  for (uint32_t i = 0; i < 20; ++i) {
    EXPECT_EQ(buffers[i].size(), i);
    EXPECT_THAT(std::span<const uint32_t>(buffers[i]), Each(i));
  }
}

// 2^61 elements of 8 bytes: the product is 0 where it wraps round.
TEST(AlignedBuffer, SaysHowMuchMemoryThereWasNot) {
  EXPECT_THAT(ErrorOf<uint64_t>(size_t{1} << 61),
              HasSubstr("18446744073709551615 bytes"));
  EXPECT_THAT(ErrorOf<uint64_t>((size_t{1} << 61) + 1),
              HasSubstr("18446744073709551615 bytes"));
  EXPECT_THAT(ErrorOf<float>(size_t{1} << 60),
              HasSubstr(std::to_string(size_t{1} << 62) + " bytes"));
  EXPECT_THAT(ErrorOf<char>(~size_t{0}),
              HasSubstr("18446744073709551615 bytes"));
  // Sizes that overflow only once they are rounded up to whole pages.
  for (const size_t less : {size_t{1}, size_t{63}, kHugePageBytes - 1,
                            kHugePageBytes, kLargeBytes, kLargeBytes + 1}) {
    const size_t size = ~size_t{0} - less;
    EXPECT_THAT(ErrorOf<char>(size),
                HasSubstr(std::to_string(size) + " bytes"));
  }
}

}  // namespace
}  // namespace slide::util::aligned_test
