#include "data/line_reader.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "slide/error.h"
#include "support/temp_folder.h"

namespace slide::data::line_reader_test {
namespace {

class LineReaderTest : public testing::Test {
 protected:
  LineReader Open(const std::string& text) const {
    folder_.Write("text", text);
    return LineReader(path_);
  }
  std::vector<std::string> Lines(const std::string& text) const {
    LineReader reader = Open(text);
    std::vector<std::string> lines;
    std::string_view line;
    while (reader.Next(line)) lines.emplace_back(line);
    EXPECT_EQ(reader.num_lines(), lines.size());
    EXPECT_EQ(reader.num_bytes(), text.size());
    return lines;
  }
  // Without the path.
  std::string RefusedBy(const LineReader& reader) const {
    try {
      reader.Refuse("wrong");
    } catch (const DataError& error) {
      return std::string(error.what()).substr(path_.size());
    }
  }

  const testing_support::TempFolder folder_;
  const std::string path_ = folder_.Path("text");
};

using Texts = std::vector<std::string>;

TEST_F(LineReaderTest, GivesLinesWithoutTheirEnds) {
  EXPECT_EQ(Lines(""), Texts{});
  EXPECT_EQ(Lines("\n"), Texts{""});
  EXPECT_EQ(Lines("a\n\nb\r\nc"), (Texts{"a", "", "b", "c"}));
  EXPECT_EQ(Lines("a\rb\n"), Texts{"a\rb"});
}

TEST_F(LineReaderTest, SkipsAByteOrderMarkInFrontOfTheFirstLine) {
  const std::string mark = "\xef\xbb\xbf";
  EXPECT_EQ(Lines(mark + "a\n" + mark + "b\n"), (Texts{"a", mark + "b"}));
  EXPECT_EQ(Lines(mark), Texts{""});
  // A piece of a text begins with another line.
  LineReader piece(std::make_unique<MemorySource>(mark), "text", 2);
  std::string_view line;
  ASSERT_TRUE(piece.Next(line));
  EXPECT_EQ(line, mark);
}

// The buffer is a mebibyte.
TEST_F(LineReaderTest, GivesLinesLongerThanItsBuffer) {
  const std::string line(3'000'000, 'x');
  EXPECT_EQ(Lines("a\n" + line + "\nb\n"), (Texts{"a", line, "b"}));
}

TEST_F(LineReaderTest, RefusesTheLineThatCameLastOrTheFirst) {
  LineReader reader = Open("a\nb\n");
  EXPECT_EQ(RefusedBy(reader), ":1: wrong");
  std::string_view line;
  for (const char* expected : {":1: wrong", ":2: wrong"}) {
    ASSERT_TRUE(reader.Next(line));
    EXPECT_EQ(RefusedBy(reader), expected);
  }
  EXPECT_FALSE(reader.Next(line));
  EXPECT_EQ(RefusedBy(reader), ":2: wrong");
}

TEST_F(LineReaderTest, NamesTheLineAtWhichTheFileBreaksOff) {
  // A gzip file that ends behind its magic.
  LineReader reader = Open("\x1f\x8b");
  std::string_view line;
  try {
    reader.Next(line);
    FAIL();
  } catch (const DataError& error) {
    EXPECT_EQ(error.what(),
              path_ + ":1: the gzip data is cut off: the file ends inside it");
  }
}

}  // namespace
}  // namespace slide::data::line_reader_test
