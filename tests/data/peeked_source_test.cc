#include "data/peeked_source.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace slide::data::peeked_source_test {
namespace {

std::string ReadAll(ByteSource& source, size_t piece) {
  std::string all;
  std::vector<char> buffer(piece);
  while (const size_t size = source.Read(buffer)) {
    all.append(buffer.data(), size);
  }
  return all;
}

// Gives so many bytes of a text, then breaks off.
class BrokenSource final : public ByteSource {
 public:
  explicit BrokenSource(std::string text) : text_(std::move(text)) {}

  size_t Read(std::span<char> buffer) override {
    if (text_.empty()) throw ReadError("broken");
    const size_t size = std::min(buffer.size(), text_.size());
    std::copy_n(text_.begin(), size, buffer.begin());
    text_.erase(0, size);
    return size;
  }
  double fraction_read() const noexcept override { return 0.5; }

 private:
  std::string text_;
};

TEST(PeekedSource, ShowsTheFirstLineAndGivesEverything) {
  for (const std::string& text :
       {std::string("one\ntwo\n"), std::string("one\r\ntwo"),
        "one\n" + std::string(100'000, 'x')}) {
    for (const size_t piece : {1, 3, 5000}) {
      PeekedSource source(std::make_unique<MemorySource>(text));
      EXPECT_EQ(source.first_line(), "one");
      EXPECT_EQ(ReadAll(source, piece), text);
      EXPECT_EQ(source.first_line(), "one");
    }
  }
}

TEST(PeekedSource, AByteOrderMarkIsNoPartOfIt) {
  PeekedSource source(
      std::make_unique<MemorySource>("\xef\xbb\xbf"
                                     "2 3 3\n0 1:1\n"));
  EXPECT_EQ(source.first_line(), "2 3 3");
  EXPECT_EQ(ReadAll(source, 4), "2 3 3\n0 1:1\n");
}

TEST(PeekedSource, AnEmptySourceHasAnEmptyLine) {
  PeekedSource source(std::make_unique<MemorySource>(""));
  EXPECT_EQ(source.first_line(), "");
  EXPECT_EQ(ReadAll(source, 7), "");
}

TEST(PeekedSource, OfALongLineItShowsTheFront) {
  const std::string text(3 * PeekedSource::kMaxLine, 'x');
  PeekedSource source(std::make_unique<MemorySource>(text));
  EXPECT_EQ(source.first_line().size(), PeekedSource::kMaxLine);
  EXPECT_EQ(ReadAll(source, 1000), text);
}

TEST(PeekedSource, ADamageIsThrownBehindTheBytesBeforeIt) {
  PeekedSource source(std::make_unique<BrokenSource>("one"));
  EXPECT_EQ(source.first_line(), "one");
  std::vector<char> buffer(10);
  EXPECT_EQ(source.Read(buffer), 3u);
  EXPECT_THROW(source.Read(buffer), ReadError);
  EXPECT_THROW(source.Read(buffer), ReadError);
}

}  // namespace
}  // namespace slide::data::peeked_source_test
