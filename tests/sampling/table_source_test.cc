#include "sampling/sources.h"

#include <gtest/gtest.h>

#include <set>

#include "hashing/table_reader.h"
#include "support/small_index.h"

namespace slide::sampling::table_source_test {
namespace {

using testing_support::SmallIndex;

TEST(TableSource, CandidatesShareABucketWithTheHiddenActivations) {
  SmallIndex small(4);
  const hashing::QueryOptions query = {.budget = SmallIndex::kRows};
  const auto source = MakeTableSource(small.index, query);
  const auto scratch = source->MakeScratch();
  hashing::TableReader reader(small.index.tables(), query);
  hashing::IdSet ignored(SmallIndex::kRows, SmallIndex::kRows);
  Selection selection(SmallIndex::kRows, SmallIndex::kRows);
  util::Rng rng(3);
  for (size_t row = 0; row < 10; ++row) {
    const util::VectorView hidden(small.Row(row));
    selection.Clear();
    source->Add({.features = {}, .hidden = hidden}, SmallIndex::kRows, rng,
                *scratch, selection);
    ignored.Clear();
    reader.Read(small.index.tables(), hidden, SmallIndex::kRows, rng, ignored);
    const auto ids = selection.ids().ids();
    EXPECT_EQ(std::set<uint32_t>(ids.begin(), ids.end()),
              small.Mates(reader.addresses()));
    for (const float c : selection.corrections()) EXPECT_EQ(c, 0.0f);
  }
}

TEST(QueryOf, TakesNoMoreNeuronsThanThereAre) {
  SamplingOptions options;
  options.max_hashed = 50;
  options.min_hits = 3;
  options.strategy = SamplingStrategy::kThreshold;
  const hashing::QueryOptions query = QueryOf(options, 40);
  EXPECT_EQ(query.budget, 40u);
  EXPECT_EQ(query.min_hits, 3u);
  EXPECT_EQ(query.strategy, SamplingStrategy::kThreshold);
  EXPECT_EQ(QueryOf(options, 60).budget, 50u);
}

}  // namespace
}  // namespace slide::sampling::table_source_test
