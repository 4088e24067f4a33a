#include "slide/vectorizer.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slide/error.h"
#include "support/temp_folder.h"
#include "util/rng.h"

namespace slide::vectorizer_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const std::vector<std::string> kTexts = {"A b", "a a C", "b. d"};

std::vector<std::string> TermsOf(const Vectorizer& vectorizer) {
  std::vector<std::string> terms;
  for (uint32_t id = 0; id < vectorizer.num_features(); ++id) {
    terms.push_back(std::string(vectorizer.term(id)) + " " +
                    std::to_string(vectorizer.document_count(id)));
  }
  return terms;
}

TEST(Vectorizer, NumbersTermsByFallingDocumentCount) {
  EXPECT_THAT(TermsOf(Vectorizer::Learn(kTexts, {.min_count = 1})),
              ElementsAre("a 2", "b 2", "c 1", "d 1"));
  EXPECT_THAT(TermsOf(Vectorizer::Learn(kTexts)), ElementsAre("a 2", "b 2"));
  EXPECT_THAT(
      TermsOf(Vectorizer::Learn(kTexts, {.min_count = 1, .max_features = 3})),
      ElementsAre("a 2", "b 2", "c 1"));
  EXPECT_THAT(
      TermsOf(Vectorizer::Learn(kTexts, {.min_count = 1, .max_share = 0.5})),
      ElementsAre("c 1", "d 1"));
  EXPECT_THAT(
      TermsOf(Vectorizer::Learn(kTexts, {.min_count = 1, .bigrams = true})),
      ElementsAre("a 2", "b 2", "a a 1", "a b 1", "a c 1", "b d 1", "c 1",
                  "d 1"));
}

// N = 3; a: df 2, ln(4/2) = 0.693147; c: df 1, ln(4/1) = 1.386294.
TEST(Vectorizer, ValuesAreThoseComputedByHand) {
  const Vectorizer raw =
      Vectorizer::Learn(kTexts, {.min_count = 1, .normalize = false});
  TextVector vector = raw.Transform("A, a? c! unknown");
  EXPECT_THAT(vector.ids, ElementsAre(0, 2));
  EXPECT_FLOAT_EQ(vector.values[0], 1.1736002f);  // (1 + ln 2) * 0.693147
  EXPECT_FLOAT_EQ(vector.values[1], 1.3862944f);

  vector = Vectorizer::Learn(kTexts, {.min_count = 1}).Transform("c a a");
  EXPECT_THAT(vector.ids, ElementsAre(0, 2));
  EXPECT_FLOAT_EQ(vector.values[0], 0.6461289f);  // / 1.816356
  EXPECT_FLOAT_EQ(vector.values[1], 0.7632283f);
}

TEST(Vectorizer, TermOfAllDocumentsHasAValue) {
  const std::vector<std::string> texts = {"x y", "x z"};
  const TextVector vector =
      Vectorizer::Learn(texts, {.normalize = false}).Transform("x");
  EXPECT_THAT(vector.ids, ElementsAre(0));
  EXPECT_FLOAT_EQ(vector.values[0], 0.4054651f);  // ln(3 / 2)
}

TEST(Vectorizer, TextWithoutATermHasNoFeatures) {
  const Vectorizer vectorizer = Vectorizer::Learn(kTexts);
  for (const char* text : {"", "...", "e f"}) {
    EXPECT_THAT(vectorizer.Transform(text).ids, IsEmpty());
    EXPECT_THAT(vectorizer.Transform(text).values, IsEmpty());
  }
  EXPECT_EQ(Vectorizer::Learn({}).num_features(), 0u);
}

// The words of a random document, so that its text is known without a
// tokenizer.
using Words = std::vector<std::string>;

std::vector<Words> RandomDocuments(util::Rng& rng, size_t num) {
  std::vector<Words> documents(num);
  for (Words& words : documents) {
    const uint64_t length = rng.UniformInt(30);
    for (uint64_t i = 0; i < length; ++i) {  // small numbers are frequent
      words.push_back("w");
      words.back() += std::to_string(
          rng.UniformInt(1 + rng.UniformInt(1 + rng.UniformInt(60))));
    }
  }
  return documents;
}

std::string Join(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += word + ", ";
  return text;
}

std::map<std::string, int> CountTerms(const Words& words, bool bigrams) {
  std::map<std::string, int> counts;
  for (size_t i = 0; i < words.size(); ++i) {
    ++counts[words[i]];
    if (bigrams && i > 0) ++counts[words[i - 1] + ' ' + words[i]];
  }
  return counts;
}

// The definition, with maps.
std::map<std::string, double> NaiveTfIdf(const std::vector<Words>& documents,
                                         const Words& words,
                                         const VectorizerOptions& options) {
  std::map<std::string, int> document_counts;
  for (const Words& document : documents) {
    for (const auto& [term, count] : CountTerms(document, options.bigrams)) {
      ++document_counts[term];
    }
  }
  std::vector<std::pair<int, std::string>> kept;  // minus the count, and term
  const auto n = static_cast<double>(documents.size());
  for (const auto& [term, count] : document_counts) {
    if (count >= static_cast<int>(options.min_count) &&
        count <= options.max_share * n) {
      kept.emplace_back(-count, term);
    }
  }
  std::sort(kept.begin(), kept.end());
  if (options.max_features > 0 && kept.size() > options.max_features) {
    kept.resize(options.max_features);
  }
  std::map<std::string, double> values;
  double norm = 0.0;
  const auto counts = CountTerms(words, options.bigrams);
  for (const auto& [minus_df, term] : kept) {
    const auto it = counts.find(term);
    if (it == counts.end()) continue;
    const double value =
        (1.0 + std::log(it->second)) * std::log((1.0 + n) / -minus_df);
    values[term] = value;
    norm += value * value;
  }
  if (options.normalize) {
    for (auto& [term, value] : values) value /= std::sqrt(norm);
  }
  return values;
}

TEST(Vectorizer, EqualsTheDefinitionOnRandomDocuments) {
  util::Rng rng(7);
  for (const VectorizerOptions& options : std::vector<VectorizerOptions>{
           {},
           {.min_count = 1, .normalize = false},
           {.min_count = 3, .max_share = 0.3},
           {.max_features = 11},
           {.min_count = 1, .bigrams = true},
           {.max_features = 40, .max_share = 0.5, .bigrams = true}}) {
    const std::vector<Words> documents = RandomDocuments(rng, 50);
    std::vector<std::string> texts;
    for (const Words& words : documents) texts.push_back(Join(words));
    const Vectorizer vectorizer = Vectorizer::Learn(texts, options);
    for (const Words& words : RandomDocuments(rng, 50)) {
      const TextVector vector = vectorizer.Transform(Join(words));
      const auto naive = NaiveTfIdf(documents, words, options);
      ASSERT_THAT(vector.ids, SizeIs(naive.size()));
      ASSERT_TRUE(std::is_sorted(vector.ids.begin(), vector.ids.end()));
      for (size_t i = 0; i < vector.ids.size(); ++i) {
        const auto it = naive.find(std::string(vectorizer.term(vector.ids[i])));
        ASSERT_NE(it, naive.end());
        // Two roundings to float and some to double.
        ASSERT_NEAR(vector.values[i], it->second, 2e-7 * it->second);
      }
    }
  }
}

TEST(Vectorizer, OptionsOutOfRangeAreRefused) {
  const auto message_of = [](const VectorizerOptions& options) -> std::string {
    try {
      Vectorizer::Learn(kTexts, options);
    } catch (const OptionsError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message_of({.min_count = 0}),
            "min_count: got 0, expected 1 or more");
  EXPECT_EQ(message_of({.max_share = 0.0}),
            "max_share: got 0, expected above 0, up to 1");
  EXPECT_EQ(message_of({.max_share = 1.5}),
            "max_share: got 1.5, expected above 0, up to 1");
}

TEST(Vectorizer, IsTheSameAfterItsFile) {
  const testing_support::TempFolder folder;
  const std::string path = folder.Path("vocabulary");
  util::Rng rng(9);
  const std::vector<Words> documents = RandomDocuments(rng, 100);
  std::vector<std::string> texts = {"Straße “東京”"};
  for (const Words& words : documents) texts.push_back(Join(words));
  for (const VectorizerOptions& options : std::vector<VectorizerOptions>{
           {.min_count = 1, .bigrams = true},
           {.min_count = 3, .max_share = 0.123, .normalize = false},
           {.min_count = 1000}}) {
    const Vectorizer learned = Vectorizer::Learn(texts, options);
    learned.Save(path);
    const std::string saved = folder.Read("vocabulary");
    const Vectorizer loaded = Vectorizer::Load(path);
    EXPECT_EQ(loaded.options(), options);
    EXPECT_EQ(loaded.num_documents(), texts.size());
    EXPECT_EQ(TermsOf(loaded), TermsOf(learned));
    for (const std::string& text : texts) {
      const TextVector a = learned.Transform(text), b = loaded.Transform(text);
      ASSERT_EQ(a.ids, b.ids);
      ASSERT_EQ(a.values, b.values);
    }
    loaded.Save(path);
    EXPECT_EQ(folder.Read("vocabulary"), saved);
  }
}

}  // namespace
}  // namespace slide::vectorizer_test
