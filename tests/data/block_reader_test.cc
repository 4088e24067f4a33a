#include "data/block_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace slide::data::block_reader_test {
namespace {

// Gives a text in pieces of at most `piece` bytes; breaks off behind it if that
// is wanted.
class TextSource final : public ByteSource {
 public:
  TextSource(std::string text, size_t piece, bool breaks = false)
      : text_(std::move(text)), piece_(piece), breaks_(breaks) {}

  size_t Read(std::span<char> buffer) override {
    const size_t size =
        std::min({piece_, buffer.size(), text_.size() - position_});
    if (size == 0 && breaks_) throw ReadError("broken");
    std::copy_n(text_.begin() + static_cast<ptrdiff_t>(position_), size,
                buffer.begin());
    position_ += size;
    return size;
  }
  double fraction_read() const noexcept override { return 0.5; }

 private:
  const std::string text_;
  const size_t piece_;
  const bool breaks_;
  size_t position_ = 0;
};

std::vector<std::string> Blocks(TextSource source, size_t block_bytes) {
  BlockReader reader(source, block_bytes);
  TextBlock block;
  std::vector<std::string> blocks;
  while (reader.Fill(block)) blocks.emplace_back(block.text());
  EXPECT_FALSE(reader.Fill(block));
  EXPECT_FALSE(reader.failure());
  return blocks;
}

using Texts = std::vector<std::string>;

TEST(BlockReader, OfNothingGivesNoBlock) {
  EXPECT_EQ(Blocks({"", 1}, 4), Texts{});
}

TEST(BlockReader, CutsBehindTheLastLineEndThatFits) {
  EXPECT_EQ(Blocks({"ab\nc\ndef\n", 100}, 6), (Texts{"ab\nc\n", "def\n"}));
  EXPECT_EQ(Blocks({"\n\n\n", 100}, 2), (Texts{"\n\n", "\n"}));
}

TEST(BlockReader, OnlyTheLastLineMayLackItsEnd) {
  EXPECT_EQ(Blocks({"a\nb", 100}, 100), (Texts{"a\nb"}));
  EXPECT_EQ(Blocks({"abc", 1}, 2), (Texts{"abc"}));
}

// Grown by doubling, it has room for the line behind the long one as well.
TEST(BlockReader, GrowsForALineLongerThanABlock) {
  const std::string line = std::string(1000, 'x') + "\n";
  EXPECT_EQ(Blocks({"a\n" + line + "b\n", 7}, 3), (Texts{"a\n", line + "b\n"}));
}

TEST(BlockReader, CutsDoNotDependOnThePiecesOfTheSource) {
  std::string text;
  for (size_t i = 0; i < 200; ++i) text += std::string(i % 13, 'x') + "\n";
  for (const size_t block_bytes : {1u, 2u, 17u, 100u, 10'000u}) {
    const Texts expected = Blocks({text, 100'000}, block_bytes);
    std::string joined;
    for (const std::string& block : expected) joined += block;
    EXPECT_EQ(joined, text);
    for (const size_t piece : {1u, 5u, 64u}) {
      EXPECT_EQ(Blocks({text, piece}, block_bytes), expected) << piece;
    }
  }
}

TEST(BlockReader, DeliversTheWholeLinesBeforeABreak) {
  TextSource source("a\nb\nc", 100, true);
  BlockReader reader(source, 100);
  TextBlock block;
  ASSERT_TRUE(reader.Fill(block));
  EXPECT_EQ(block.text(), "a\nb\n");
  EXPECT_FALSE(reader.Fill(block));
  EXPECT_EQ(reader.failure(), "broken");
}

TEST(TextBlock, LosesItsFront) {
  TextSource source("ab\ncd\n", 100);
  BlockReader reader(source, 100);
  TextBlock block;
  ASSERT_TRUE(reader.Fill(block));
  block.RemovePrefix(3);
  EXPECT_EQ(block.text(), "cd\n");
  block.RemovePrefix(3);
  EXPECT_EQ(block.text(), "");
}

}  // namespace
}  // namespace slide::data::block_reader_test
