#include "text/document_reader.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slide/error.h"

namespace slide::text::document_reader_test {
namespace {

using testing::ElementsAre;

class DocumentReaderTest : public testing::Test {
 protected:
  ~DocumentReaderTest() override { std::remove(path_.c_str()); }

  // "label+label:text" for each document, or the message without the path.
  std::vector<std::string> Read(const std::string& text) const {
    std::ofstream(path_, std::ios::binary) << text;
    std::vector<std::string> read;
    try {
      DocumentReader reader(path_);
      Document document;
      while (reader.Next(document)) {
        std::string& one = read.emplace_back();
        for (const std::string_view label : document.labels) {
          if (!one.empty()) one += '+';
          one += label;
        }
        one += ':';
        one += document.text;
      }
      EXPECT_EQ(reader.lines().num_bytes(), text.size());
    } catch (const DataError& error) {
      return {std::string(error.what()).substr(path_.size())};
    }
    return read;
  }

  const std::string path_ =
      testing::TempDir() + "slide_documents_" + std::to_string(getpid());
};

TEST_F(DocumentReaderTest, TakesLabelsAndTextApart) {
  EXPECT_THAT(Read("a,b c\tone two\n"
                   "\tno label\n"
                   " x , y \ttabs\tin\ttext\r\n"
                   "  \t\n"
                   "über\tlast line"),
              ElementsAre("a+b c:one two", ":no label", "x+y:tabs\tin\ttext",
                          ":", "über:last line"));
}

TEST_F(DocumentReaderTest, SkipsAByteOrderMarkInFrontOfAll) {
  EXPECT_THAT(Read("\xef\xbb\xbf"
                   "a\tb\n"),
              ElementsAre("a:b"));
}

TEST_F(DocumentReaderTest, RefusesWhatIsNoDocument) {
  const auto expect = [&](const std::string& text, const std::string& what) {
    EXPECT_THAT(Read(text), ElementsAre(what));
  };
  expect("",
         ":1: the file is empty, expected a line 'label,...<TAB>text' for "
         "each document");
  expect("a\tb\nno tab here\n",
         ":2: got 'no tab here', which has no tab, expected "
         "'label,...<TAB>text', also with an empty list of labels");
  expect("\n",
         ":1: got '', which has no tab, expected 'label,...<TAB>text', also "
         "with an empty list of labels");
  expect("a, ,b\tx\n",
         ":1: label 2 of the line is empty, expected names with a comma "
         "between two");
  expect(",a\tx\n",
         ":1: label 1 of the line is empty, expected names with a comma "
         "between two");
  expect("a,\tx\n",
         ":1: a comma behind the last label, expected one between two");
  expect("a,b, a\tx\n", ":1: the label 'a' is given twice, expected each once");
  expect(std::string("a\tx\0y\n", 6),
         ":1: a NUL byte in column 4, expected UTF-8 text without");
  expect("a\tx\n\xe9t\xe9\ty\n", ":2: got '\\xe9' in column 1, expected UTF-8");
}

TEST_F(DocumentReaderTest, TakesFastTextLinesApart) {
  EXPECT_THAT(Read("__label__a __label__b,c one two\r\n"
                   "one __label__a\ttwo  three __label__b\n"
                   "one two\n"
                   "\n"
                   "  __label__a\n"
                   "\t__label__a , x__label__b\ty \n"),
              ElementsAre("a+b,c:one two", "a+b:one two  three ", ":one two",
                          ":", "a:", "a:, x__label__b\ty "));
}

TEST_F(DocumentReaderTest, RefusesWhatIsNoFastTextLine) {
  EXPECT_THAT(Read("__label__a x\n__label__ y\n"),
              ElementsAre(":2: label 1 of the line is empty, expected a name "
                          "behind '__label__'"));
  EXPECT_THAT(Read("__label__a x __label__a\n"),
              ElementsAre(":1: the label 'a' is given twice, expected each "
                          "once"));
}

TEST_F(DocumentReaderTest, AFormThatIsAskedForIsNotTold) {
  std::ofstream(path_) << "one\ttwo\n__label__a three\n";
  DocumentReader reader(path_, TextFormat::kFastText);
  Document document;
  ASSERT_TRUE(reader.Next(document));
  EXPECT_TRUE(document.labels.empty());
  EXPECT_EQ(document.text, "one\ttwo");
  ASSERT_TRUE(reader.Next(document));
  EXPECT_THAT(document.labels, ElementsAre("a"));
  std::ofstream(path_) << "__label__a\ttwo\n";
  DocumentReader tabbed(path_, TextFormat::kDocuments);
  ASSERT_TRUE(tabbed.Next(document));
  EXPECT_THAT(document.labels, ElementsAre("__label__a"));
}

TEST_F(DocumentReaderTest, RefusesACutArchive) {
  EXPECT_THAT(Read("\x1f\x8b\x08"),
              ElementsAre(":1: the gzip data is cut off: the file ends inside "
                          "it"));
}

}  // namespace
}  // namespace slide::text::document_reader_test
