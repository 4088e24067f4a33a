#include "slide/dataset_io.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slide/error.h"

namespace slide::name_file_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

class NamesTest : public testing::Test {
 protected:
  NamesTest()
      : path_(testing::TempDir() + "slide_names_" + std::to_string(getpid())) {}
  ~NamesTest() override { std::remove(path_.c_str()); }

  void Write(const std::string& content) const {
    std::ofstream(path_) << content;
  }

  const std::string path_;
};

constexpr char kVocabulary[] =
    "slide vocabulary 1: documents=5 terms=2 min_count=1 max_features=0 "
    "max_share=1 bigrams=no normalize=yes\n"
    "a\t5\nb\t1\n";

TEST_F(NamesTest, ALineIsAName) {
  Write("one name\r\n\nthird");
  EXPECT_THAT(ReadNames(path_, 3, "labels"),
              ElementsAre("one name", "", "third"));
  EXPECT_THAT(ReadFeatureNames(path_, 3, "features"),
              ElementsAre("one name", "", "third"));
  Write("");
  EXPECT_THAT(ReadNames(path_, 0, "labels"), IsEmpty());
  EXPECT_THAT(ReadFeatureNames(path_, 0, "features"), IsEmpty());
}

TEST_F(NamesTest, TermsOfAVocabularyNameFeatures) {
  Write(kVocabulary);
  EXPECT_THAT(ReadFeatureNames(path_, 2, "features"), ElementsAre("a", "b"));
  EXPECT_THAT([&] { ReadFeatureNames(path_, 3, "network's features"); },
              ThrowsMessage<DataError>(
                  path_ + ": got 2 terms, expected 3, a name for each of the "
                          "network's features"));
  EXPECT_THAT([&] { ReadNames(path_, 3, "labels"); },
              ThrowsMessage<DataError>(path_ + ":2: got a tab, expected any "
                                               "other text"));
}

TEST_F(NamesTest, RefusesAnotherNumberOfLinesAndTabs) {
  Write("a\nb\n");
  EXPECT_THAT([&] { ReadNames(path_, 3, "samples"); },
              ThrowsMessage<DataError>(path_ + ": got 2 lines, expected 3, a "
                                               "name for each of the samples"));
  Write("a\nb\tc\n");
  for (const auto read : {ReadNames, ReadFeatureNames}) {
    EXPECT_THAT([&] { read(path_, 2, "samples"); },
                ThrowsMessage<DataError>(path_ + ":2: got a tab, expected any "
                                                 "other text"));
  }
  EXPECT_THAT([&] { ReadNames(path_ + ".none", 2, "samples"); },
              ThrowsMessage<DataError>(HasSubstr("cannot open")));
}

}  // namespace
}  // namespace slide::name_file_test
