#include "text/vocabulary.h"

#include <cmath>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slide/error.h"
#include "slide/vectorizer.h"
#include "support/temp_folder.h"

namespace slide::text::vocabulary_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint32_t kNone = StringTable::kNone;
const std::vector<std::string> kTexts = {"A b", "a a C", "b. d"};

TEST(TermCounter, CountsDocumentsAndKeepsOccurrences) {
  TermCounter counter(false);
  std::vector<uint32_t> ids;
  counter.Add("", ids);
  EXPECT_THAT(ids, IsEmpty());
  counter.Add("b a b", ids);
  counter.Add("a", ids);
  EXPECT_EQ(counter.num_documents(), 3u);
  EXPECT_EQ(counter.terms().size(), 2u);
  EXPECT_THAT(ids, ElementsAre(0, 1, 0, 1));
  EXPECT_THAT(counter.counts(), ElementsAre(1, 2));
}

TEST(TermCounter, CountsPairsAsTermsOfTheirOwn) {
  TermCounter counter(true);
  std::vector<uint32_t> ids;
  counter.Add("a b a b", ids);
  EXPECT_THAT(ids, ElementsAre(0, 1, 0, 1, 2, 3, 2));
  EXPECT_EQ(counter.terms()[2], "a b");
  EXPECT_EQ(counter.terms()[3], "b a");
  EXPECT_THAT(counter.counts(), ElementsAre(1, 1, 1, 1));
}

TEST(SortByCount, FallsByCountThenRisesByBytes) {
  StringTable strings;
  for (const char* s : {"b", "z", "a", "m"}) strings.Add(s);
  const std::vector<uint32_t> counts = {1, 2, 1, 9};
  EXPECT_THAT(SortByCount(strings, counts, {0, 1, 2, 3}),
              ElementsAre(3, 1, 2, 0));
  EXPECT_THAT(SortByCount(strings, counts, {0, 2}), ElementsAre(2, 0));
  EXPECT_THAT(SortByCount(strings, counts, {}), IsEmpty());
}

// Terms by number: a 0, b 1, c 2, d 3; in 2, 2, 1 and 1 documents.
class VocabularyTest : public testing::Test {
 protected:
  VocabularyTest() : counter_(false) {
    std::vector<uint32_t> ids;
    for (const std::string& text : kTexts) counter_.Add(text, ids);
  }
  Vocabulary Make(const VectorizerOptions& options) {
    return {counter_, options, new_ids_};
  }
  TermCounter counter_;
  std::vector<uint32_t> new_ids_;
};

TEST_F(VocabularyTest, TellsWhichFeatureEachTermHasBecome) {
  EXPECT_EQ(Make({.min_count = 2}).size(), 2u);
  EXPECT_THAT(new_ids_, ElementsAre(0, 1, kNone, kNone));
  EXPECT_EQ(Make({.min_count = 1, .max_share = 0.5}).size(), 2u);
  EXPECT_THAT(new_ids_, ElementsAre(kNone, kNone, 0, 1));
  EXPECT_EQ(Make({.min_count = 3}).size(), 0u);
  EXPECT_THAT(new_ids_, ElementsAre(kNone, kNone, kNone, kNone));
}

TEST_F(VocabularyTest, FindCountsTheTermsThatAreNoFeatures) {
  const Vocabulary vocabulary = Make({.min_count = 2});
  Tokenizer tokenizer;
  std::vector<uint32_t> ids;
  EXPECT_EQ(vocabulary.Find("", tokenizer, ids), 0u);
  EXPECT_EQ(vocabulary.Find("b x A b", tokenizer, ids), 4u);
  EXPECT_THAT(ids, ElementsAre(1, 0, 1));
}

// N = 3; a and b are in 2 documents: ln(4/2). b occurs twice.
TEST_F(VocabularyTest, WeighSortsFeaturesAndScalesThemToLengthOne) {
  const double a = std::log(2.0), b = std::log(2.0) * (1.0 + std::log(2.0));
  for (const bool normalize : {false, true}) {
    const Vocabulary vocabulary =
        Make({.min_count = 2, .normalize = normalize});
    std::vector<uint32_t> ids = {1, 0, 1};
    TextVector vector;
    vocabulary.Weigh(ids, vector);
    const double norm = normalize ? std::hypot(a, b) : 1.0;
    EXPECT_THAT(vector.ids, ElementsAre(0, 1));
    ASSERT_EQ(vector.values.size(), 2u);
    EXPECT_FLOAT_EQ(vector.values[0], static_cast<float>(a / norm));
    EXPECT_FLOAT_EQ(vector.values[1], static_cast<float>(b / norm));
    ids.clear();
    vocabulary.Weigh(ids, vector);
    EXPECT_THAT(vector.ids, IsEmpty());
    EXPECT_THAT(vector.values, IsEmpty());
  }
}

// kTexts have a and b twice, c and d once, in 3 documents.
class GrownVocabularyTest : public testing::Test {
 protected:
  static Vocabulary Known() {
    TermCounter counter(false);
    std::vector<uint32_t> ids;
    for (const std::string& text : kTexts) counter.Add(text, ids);
    return Vocabulary(counter, {.min_count = 1, .max_features = 3}, ids);
  }
  // new_ids: by the numbers e 0, a 1, f 2, d 3, g 4.
  Vocabulary Grow(const Vocabulary& known, VectorizerOptions options) {
    TermCounter counter(false);
    std::vector<uint32_t> ids;
    for (const char* text : {"e a f", "f e d", "e", "g e", "a", "a e"}) {
      counter.Add(text, ids);
    }
    return Vocabulary(known, counter, options, new_ids_);
  }

  std::vector<uint32_t> new_ids_;
};

TEST_F(GrownVocabularyTest, KnownTermsStayAndOthersStandBehind) {
  const Vocabulary known = Known();
  const Vocabulary grown = Grow(known, {.min_count = 2});
  ASSERT_EQ(known.size(), 3u);
  ASSERT_EQ(grown.size(), 5u);
  EXPECT_EQ(grown.num_documents(), 3u);
  for (uint32_t id = 0; id < known.size(); ++id) {
    EXPECT_EQ(grown.term(id), known.term(id));
    EXPECT_EQ(grown.count(id), known.count(id));
  }
  EXPECT_EQ(grown.term(3), "e");
  EXPECT_EQ(grown.term(4), "f");
  EXPECT_THAT(new_ids_, ElementsAre(3, 0, 4, kNone, kNone));
  // 5 and 2 of 3 + 6 documents have them: 1.67 and 0.67 of 3.
  EXPECT_EQ(grown.count(3), 2u);
  EXPECT_EQ(grown.count(4), 1u);
}

TEST_F(GrownVocabularyTest, VectorsOfKnownTermsAreTheSameBits) {
  const Vocabulary known = Known();
  const Vocabulary grown = Grow(known, {.min_count = 1});
  TextVector before, after;
  std::vector<uint32_t> ids = {2, 0, 2, 1};
  known.Weigh(ids, before);
  ids = {2, 0, 2, 1};
  grown.Weigh(ids, after);
  EXPECT_EQ(before.ids, after.ids);
  EXPECT_EQ(before.values, after.values);
}

TEST_F(GrownVocabularyTest, OptionsSelectWhatIsAdded) {
  EXPECT_EQ(Grow(Known(), {.min_count = 3}).size(), 4u);
  EXPECT_EQ(Grow(Known(), {.min_count = 6}).size(), 3u);
  // The limit is of both together.
  EXPECT_EQ(Grow(Known(), {.min_count = 1, .max_features = 4}).size(), 4u);
  EXPECT_EQ(Grow(Known(), {.min_count = 1, .max_features = 2}).size(), 3u);
  // e is in 5 of 6 documents.
  const Vocabulary rare = Grow(Known(), {.min_count = 2, .max_share = 0.5});
  ASSERT_EQ(rare.size(), 4u);
  EXPECT_EQ(rare.term(3), "f");
}

TEST_F(GrownVocabularyTest, IsReadAsItIsWritten) {
  const Vocabulary once = Grow(Known(), {.min_count = 2});
  EXPECT_THAT(once.Format(), testing::HasSubstr(" terms=5 "));
  EXPECT_THAT(once.Format(), testing::HasSubstr(" normalize=yes added=2\n"));
  const Vocabulary twice = Grow(once, {.min_count = 1});
  ASSERT_EQ(twice.size(), 7u);
  for (const Vocabulary* vocabulary : {&once, &twice}) {
    const std::string text = vocabulary->Format();
    EXPECT_EQ(Vocabulary::Parse(text, "text").Format(), text);
  }
}

TEST(IsVocabularyLine, IsSoOfEveryVersion) {
  EXPECT_TRUE(IsVocabularyLine("slide vocabulary 1: documents=3"));
  EXPECT_TRUE(IsVocabularyLine("slide vocabulary 2"));
  EXPECT_FALSE(IsVocabularyLine("slide vocabular"));
  EXPECT_FALSE(IsVocabularyLine(""));
}

class VocabularyFileTest : public testing::Test {
 protected:
  // The message of loading this text, without the path.
  std::string MessageOf(const std::string& text) const {
    folder_.Write("vocabulary", text);
    try {
      (void)Vectorizer::Load(path_);
    } catch (const DataError& error) {
      return std::string(error.what()).substr(path_.size());
    }
    return "loaded";
  }

  const testing_support::TempFolder folder_;
  const std::string path_ = folder_.Path("vocabulary");
};

TEST_F(VocabularyFileTest, IsTextThatPeopleCanRead) {
  Vectorizer::Learn(kTexts, {.min_count = 1,
                             .max_features = 5,
                             .max_share = 0.75,
                             .bigrams = true,
                             .normalize = false})
      .Save(path_);
  EXPECT_EQ(folder_.Read("vocabulary"),
            "slide vocabulary 1: documents=3 terms=5 min_count=1 "
            "max_features=5 max_share=0.75 bigrams=yes normalize=no\n"
            "a\t2\nb\t2\na a\t1\na b\t1\na c\t1\n");
}

TEST_F(VocabularyFileTest, DamageIsRefused) {
  const std::string header =
      "slide vocabulary 1: documents=9 terms=2 min_count=1 max_features=0 "
      "max_share=1 bigrams=no normalize=yes\n";
  const std::string damaged =
      ":1: the line is damaged, expected 'slide vocabulary 1: documents=N "
      "terms=N min_count=N max_features=N max_share=X bigrams=yes|no "
      "normalize=yes|no', and ' added=N' behind it where terms were added";
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = header + "a\t5\nb\t5\n";
    return text.replace(text.find(from), from.size(), to);
  };
  EXPECT_EQ(MessageOf(header + "a\t5\nb\t5\n"), "loaded");
  EXPECT_EQ(MessageOf(header + "a\t5\r\nb\t5"), "loaded");
  EXPECT_EQ(MessageOf(""), ":1: the file is empty, expected a vocabulary");
  EXPECT_EQ(MessageOf("a\t5\n"),
            ":1: got 'a\\x095', expected a vocabulary, which starts with "
            "'slide vocabulary 1: '");
  EXPECT_EQ(MessageOf(with("vocabulary 1", "vocabulary 2")),
            ":1: got 'slide vocabulary 2: documents=9 terms=2 ...', expected "
            "version 1");
  EXPECT_EQ(MessageOf(with("documents=9", "documents=x")), damaged);
  EXPECT_EQ(MessageOf(with("documents=9", "documents=4294967296")), damaged);
  EXPECT_EQ(MessageOf(with("terms=2 ", "")), damaged);
  EXPECT_EQ(MessageOf(with("bigrams=no", "bigrams=maybe")), damaged);
  EXPECT_EQ(MessageOf(with("=yes\n", "=yes more\n")), damaged);
  EXPECT_EQ(MessageOf(with("max_share=1", "max_share=2")),
            ":1: max_share: got 2, expected above 0, up to 1");
  EXPECT_EQ(MessageOf(with("min_count=1", "min_count=0")),
            ":1: min_count: got 0, expected 1 or more");
  for (const std::string line : {"b", "b\t", "b\t0", "b\t10", "b\t05", "b 5",
                                 "b\t5 ", "b\t5\t", "b\t-5"}) {
    const std::string shown =
        line.find('\t') == std::string::npos
            ? line
            : std::string(line).replace(line.find('\t'), 1, "\\x09");
    if (line == "b\t5\t") continue;  // two of them
    EXPECT_EQ(MessageOf(header + "a\t5\n" + line + "\n"),
              ":3: got '" + shown +
                  "', expected 'term<TAB>documents', the number from 1 to 9");
  }
  for (const std::string term : {"", "B", "a b", "a-b", "b "}) {
    EXPECT_EQ(MessageOf(header + "a\t5\n" + term + "\t5\n"),
              ":3: the term '" + term +
                  "' can be in no text, expected a word in lower case");
  }
  EXPECT_EQ(MessageOf(with("b\t5", "b\t6")),
            ":3: the term 'b' is out of order, expected terms by falling "
            "number of documents, then by their bytes, as they were written");
  EXPECT_EQ(MessageOf(with("b\t5", "a\t5")),
            ":3: the term 'a' is out of order, expected terms by falling "
            "number of documents, then by their bytes, as they were written");
  EXPECT_EQ(MessageOf(with("b\t5", "a\t4")),
            ":3: the term 'a' is there already, expected each once");
  EXPECT_EQ(MessageOf(header + "a\t5\n"),
            ":2: the file ends after 1 of the 2 terms that the first line "
            "announces");
  EXPECT_EQ(MessageOf(header + "a\t5\nb\t5\nc\t5\n"),
            ":4: a line after the last of the 2 terms that the first line "
            "announces; the file must end there");
}

TEST_F(VocabularyFileTest, AddedTermsStandInAnyOrderAndOnce) {
  const auto text = [](const char* added, const char* terms) {
    return std::string(
               "slide vocabulary 1: documents=3 terms=3 min_count=1 "
               "max_features=0 max_share=1 bigrams=no normalize=yes") +
           added + "\n" + terms;
  };
  EXPECT_EQ(MessageOf(text(" added=1", "b\t2\nc\t1\na\t3\n")), "loaded");
  EXPECT_EQ(MessageOf(text(" added=3", "b\t1\nc\t2\na\t3\n")), "loaded");
  EXPECT_THAT(MessageOf(text("", "b\t2\nc\t1\na\t3\n")),
              testing::HasSubstr(":4: the term 'a' is out of order"));
  EXPECT_THAT(MessageOf(text(" added=1", "b\t1\nc\t2\na\t3\n")),
              testing::HasSubstr(":3: the term 'c' is out of order"));
  EXPECT_THAT(MessageOf(text(" added=1", "b\t2\nc\t1\nb\t2\n")),
              testing::HasSubstr(":4: the term 'b' is there already"));
  for (const char* added : {" added=0", " added=4", " added=x", " added="}) {
    EXPECT_THAT(MessageOf(text(added, "b\t2\nc\t1\na\t3\n")),
                testing::HasSubstr(":1: the line is damaged"));
  }
}

TEST_F(VocabularyFileTest, MissingFileIsADataError) {
  EXPECT_THROW((void)Vectorizer::Load(path_ + ".none"), DataError);
}

}  // namespace
}  // namespace slide::text::vocabulary_test
