#include "util/checksum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace slide::util::checksum_test {
namespace {

std::span<const std::byte> Bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// The published values of XXH64 with seed 0.
TEST(Checksum, IsXxHash64) {
  EXPECT_EQ(Checksum(std::string_view()), 0xef46db3751d8e999u);
  EXPECT_EQ(Checksum(Bytes("a")), 0xd24ec4f1a98c6e5bu);
  EXPECT_EQ(Checksum(Bytes("abc")), 0x44bc2cf5ad770999u);
  EXPECT_EQ(Checksum(Bytes("Nobody inspects the spammish repetition")),
            0xfbcea83c8a378bf1u);
}

TEST(Checksum, ItsDigitsComeBack) {
  for (const uint64_t sum : {uint64_t{0}, uint64_t{255}, ~uint64_t{0}}) {
    EXPECT_EQ(ReadChecksum(ChecksumDigits(sum)), sum);
  }
  EXPECT_EQ(ChecksumDigits(255), "00000000000000ff");
  for (const char* text : {"", "ff", "00000000000000fg", "-0000000000000ff",
                           "00000000000000ff0"}) {
    EXPECT_EQ(ReadChecksum(text), std::nullopt) << text;
  }
}

TEST(RunningChecksum, IsThatOfThePiecesAsOne) {
  std::string all;
  for (int i = 0; i < 1000; ++i) all.push_back(static_cast<char>(i * i));
  // xxHash64 works on 32 bytes at a time.
  for (const size_t piece : {1, 7, 31, 32, 33, 1000}) {
    RunningChecksum sum;
    EXPECT_EQ(sum.value(), Checksum(std::string_view()));
    for (size_t begin = 0; begin < all.size(); begin += piece) {
      const size_t end = std::min(begin + piece, all.size());
      sum.Add(Bytes(all).subspan(begin, end - begin));
      EXPECT_EQ(sum.value(), Checksum(Bytes(all).first(end)));
    }
  }
}

}  // namespace
}  // namespace slide::util::checksum_test
