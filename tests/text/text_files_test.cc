// Vectorizer's functions on files.
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slide/dataset.h"
#include "slide/dataset_io.h"
#include "slide/error.h"
#include "slide/vectorizer.h"
#include "support/temp_folder.h"

namespace slide::text_files_test {
namespace {

using testing::StartsWith;
using testing::UnorderedElementsAre;
using testing_support::TempFolder;

constexpr char kText[] =
    "x,y\tA b\n"
    "z z,y\ta a C\r\n"
    "\tb. d\n";

class TextFilesTest : public testing::Test {
 protected:
  TextFilesTest() { folder_.Write("text", kText); }

  TextFiles Files(const std::string& text, const std::string& data) const {
    return {.text = folder_.Path(text),
            .data = folder_.Path(data),
            .vocabulary = folder_.Path("words"),
            .labels = folder_.Path("labels")};
  }
  TextSummary Learn(const std::string& text, const std::string& data) const {
    return Vectorizer::LearnFile(Files(text, data), {.min_count = 1});
  }
  TextSummary Transform(const std::string& text,
                        const std::string& data) const {
    return Vectorizer::Load(folder_.Path("words"))
        .TransformFile(Files(text, data));
  }

  // A file of data without the fingerprints in its first line, which
  // vectorized_test looks at.
  std::string ReadData(const std::string& name) const {
    std::string data = folder_.Read(name);
    const size_t comment = data.find(" # ");
    EXPECT_LT(comment, data.find('\n'));
    return data.erase(comment, data.find('\n') - comment);
  }

  // The message of the DataError that f throws, without the folder.
  std::string ErrorOf(const std::function<void()>& f) const {
    try {
      f();
    } catch (const DataError& error) {
      const std::string what = error.what();
      EXPECT_THAT(what, StartsWith(folder_.path()));
      return what.substr(std::min(folder_.path().size(), what.size()));
    }
    return "nothing was thrown";
  }

  const TempFolder folder_;
};

// The weights are those of Vectorizer's test: a, c as 0.646129, 0.763228. The
// first document has two terms of one weight, the last b 0.693147 and d
// 1.386294.
TEST_F(TextFilesTest, LearnsDataVocabularyAndLabels) {
  const TextSummary text = Learn("text", "data");
  EXPECT_EQ(ReadData("data"),
            "3 4 3\n"
            "0,1 0:0.707107 1:0.707107\n"
            "0,2 0:0.646129 2:0.763228\n"
            " 1:0.447214 3:0.894427\n");
  EXPECT_EQ(folder_.Read("words"),
            "slide vocabulary 1: documents=3 terms=4 min_count=1 "
            "max_features=0 max_share=1 bigrams=no normalize=yes\n"
            "a\t2\nb\t2\nc\t1\nd\t1\n");
  EXPECT_EQ(folder_.Read("labels"), "y\nx\nz z\n");
  EXPECT_EQ(ReadXmc(folder_.Path("data")).size(), 3u);

  EXPECT_EQ(text.num_documents, 3u);
  EXPECT_EQ(text.num_features, 4u);
  EXPECT_EQ(text.num_labels, 3u);
  EXPECT_EQ(text.num_nonzeros, 6u);
  EXPECT_EQ(text.num_label_marks, 4u);
  EXPECT_EQ(text.num_empty, 0u);
  EXPECT_EQ(text.num_unlabelled, 1u);
  EXPECT_EQ(text.num_terms, 7u);
  EXPECT_EQ(text.num_known_terms, 7u);
  EXPECT_EQ(text.num_unique_terms, 4u);
  EXPECT_EQ(text.text_bytes, sizeof(kText) - 1);
  EXPECT_FALSE(text.stopped);
}

TEST_F(TextFilesTest, TransformsOtherTextByTheSameStatistics) {
  Learn("text", "data");
  const std::string words = folder_.Read("words"),
                    labels = folder_.Read("labels");
  folder_.Write("other",
                "z z\tc new a a\n"
                "unknown,x,strange\tnew\n"
                "unknown\td\n"
                "\t\n");
  const TextSummary text = Transform("other", "other.data");
  EXPECT_EQ(ReadData("other.data"),
            "4 4 3\n"
            "2 0:0.646129 2:0.763228\n"
            "1\n"
            " 3:1\n"
            " \n");
  EXPECT_EQ(text.num_documents, 4u);
  EXPECT_EQ(text.num_empty, 2u);
  EXPECT_EQ(text.num_unlabelled, 2u);
  EXPECT_EQ(text.num_terms, 6u);
  EXPECT_EQ(text.num_known_terms, 4u);
  EXPECT_EQ(text.num_unknown_labels, 3u);
  EXPECT_EQ(folder_.Read("words"), words);
  EXPECT_EQ(folder_.Read("labels"), labels);

  Transform("text", "again");
  EXPECT_EQ(folder_.Read("again"), folder_.Read("data"));
}

TEST_F(TextFilesTest, AByteOrderMarkIsNoPartOfTheFirstLabelOrTerm) {
  Learn("text", "data");
  for (const char* name : {"words", "labels"}) {
    folder_.Write(name, "\xef\xbb\xbf" + folder_.Read(name));
  }
  Transform("text", "again");
  EXPECT_EQ(folder_.Read("again"), folder_.Read("data"));
}

TEST_F(TextFilesTest, SameTextGivesTheSameFilesHoweverItIsPacked) {
  std::string text;
  for (int i = 0; i < 3000; ++i) {
    text += fmt::format("l{}\tw{} w{}\n", i * i % 97, i * 31 % 1009, i % 7);
  }
  folder_.Write("large", text);
  const gzFile file = gzopen(folder_.Path("large.gz").c_str(), "wb");
  ASSERT_EQ(gzwrite(file, text.data(), static_cast<unsigned>(text.size())),
            static_cast<int>(text.size()));
  gzclose(file);
  const auto all = [&](const std::string& name) {
    Learn(name, "data");
    return folder_.Read("data") + folder_.Read("words") +
           folder_.Read("labels");
  };
  const std::string first = all("large");
  EXPECT_EQ(all("large"), first);
  EXPECT_EQ(all("large.gz"), first);
}

TEST_F(TextFilesTest, ProgressGoesUpAndStops) {
  std::string lines;
  for (int i = 0; i < 2500; ++i) lines += "a\tb c\n";
  folder_.Write("long", lines);
  std::vector<TextProgress> heard;
  Vectorizer::LearnFile(Files("long", "data"), {},
                        [&](const TextProgress& so_far) {
                          heard.push_back(so_far);
                          return true;
                        });
  ASSERT_EQ(heard.size(), 4u);
  EXPECT_EQ(heard[0].num_documents, 1000u);
  EXPECT_EQ(heard[1].num_documents, 2000u);
  EXPECT_EQ(heard[2].num_documents, 2500u);
  EXPECT_EQ(heard[2].num_written, 0u);
  EXPECT_EQ(heard[3].num_documents, 2500u);
  EXPECT_EQ(heard[3].num_written, 2500u);

  for (const char* name : {"data", "words", "labels"})
    folder_.Write(name, "before");
  for (size_t calls = 1; calls <= heard.size(); ++calls) {
    size_t num_calls = 0;
    const TextSummary text = Vectorizer::LearnFile(
        Files("long", "data"), {},
        [&](const TextProgress&) { return ++num_calls < calls; });
    EXPECT_TRUE(text.stopped);
    EXPECT_EQ(num_calls, calls);
    for (const char* name : {"data", "words", "labels"}) {
      EXPECT_EQ(folder_.Read(name), "before");
    }
  }
  EXPECT_THAT(folder_.Names(),
              UnorderedElementsAre("data", "labels", "long", "text", "words"));
}

TEST_F(TextFilesTest, BadTextLeavesNoFile) {
  folder_.Write("bad", std::string(kText) + "no tab\n");
  EXPECT_EQ(ErrorOf([&] { Learn("bad", "data"); }),
            "bad:4: got 'no tab', which has no tab, expected "
            "'label,...<TAB>text', also with an empty list of labels");
  EXPECT_THROW(Learn("none", "data"), DataError);
  EXPECT_THROW(Learn("text", "no/such/folder"), Error);
  EXPECT_THROW(Vectorizer::LearnFile(Files("text", "data"), {.max_share = 2.0}),
               OptionsError);
  EXPECT_THAT(folder_.Names(), UnorderedElementsAre("bad", "text"));
}

TEST_F(TextFilesTest, BadLabelFilesAreRefused) {
  Learn("text", "data");
  for (const std::string name : {"", "b\tc"}) {
    folder_.Write("labels", "a\n" + name + "\nd\n");
    EXPECT_EQ(ErrorOf([&] { Transform("text", "other"); }),
              "labels:2: got '" + (name == "b\tc" ? "b\\x09c" : name) +
                  "', expected the name of a label, without a tab");
  }
  folder_.Write("labels", "a\nb\na\n");
  EXPECT_EQ(ErrorOf([&] { Transform("text", "other"); }),
            "labels:3: got the label 'a' again, expected each once");
  EXPECT_FALSE(std::filesystem::exists(folder_.Path("other")));
}

}  // namespace
}  // namespace slide::text_files_test
