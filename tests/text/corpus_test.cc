#include "text/corpus.h"

#include <gtest/gtest.h>

#include <numeric>
#include <utility>
#include <vector>

namespace slide::text::corpus_test {
namespace {

using Numbers = std::vector<uint32_t>;
using Documents = std::vector<std::pair<Numbers, Numbers>>;

Documents Kept(const Corpus& corpus) {
  Documents documents;
  Corpus::Cursor cursor(corpus);
  std::span<const uint32_t> terms, labels;
  while (cursor.Next(terms, labels)) {
    documents.emplace_back(Numbers(terms.begin(), terms.end()),
                           Numbers(labels.begin(), labels.end()));
  }
  return documents;
}

TEST(Corpus, IsEmptyAtFirst) {
  const Corpus corpus;
  EXPECT_EQ(corpus.size(), 0u);
  EXPECT_TRUE(Kept(corpus).empty());
}

TEST(Corpus, KeepsDocumentsWithoutTermsOrLabelsInTheirOrder) {
  const Documents documents = {
      {{3, 1, 3}, {7}}, {{}, {5, 0}}, {{9}, {}}, {{}, {}}, {{2}, {2}}};
  Corpus corpus;
  for (const auto& [terms, labels] : documents) corpus.Add(terms, labels);
  EXPECT_EQ(corpus.size(), 5u);
  EXPECT_EQ(Kept(corpus), documents);
}

// A piece holds 2^20 numbers: of the first two documents, then of each.
TEST(Corpus, KeepsDocumentsWholeAcrossPieces) {
  Documents documents;
  for (const size_t size : {500'000u, 500'000u, 500'000u, 3'000'000u, 1u}) {
    Numbers terms(size);
    std::iota(terms.begin(), terms.end(), static_cast<uint32_t>(size));
    documents.emplace_back(terms, Numbers{4, 2});
  }
  Corpus corpus;
  for (const auto& [terms, labels] : documents) corpus.Add(terms, labels);
  EXPECT_TRUE(Kept(corpus) == documents);
}

}  // namespace
}  // namespace slide::text::corpus_test
