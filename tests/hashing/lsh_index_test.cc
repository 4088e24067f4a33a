#include "hashing/lsh_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <numbers>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "hashing/simhash.h"
#include "slide/error.h"
#include "util/rng.h"

namespace slide::hashing {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using util::Purpose;
using util::Rng;
using util::ThreadTeam;

constexpr uint64_t kSeed = 1234;

// x = (address in table 0, address in table 1, ...): the test says who meets
// whom.
class WrittenOutFamily final : public HashFamily {
 public:
  explicit WrittenOutFamily(size_t num_tables)
      : HashFamily({.width = num_tables,
                    .num_tables = static_cast<int>(num_tables),
                    .table_bits = 8},
                   8, 0, 0) {}

 private:
  void HashDense(std::span<const float> x, HashScratch&,
                 std::span<uint16_t> addresses) const noexcept override {
    for (size_t t = 0; t < addresses.size(); ++t) {
      addresses[t] = static_cast<uint16_t>(x[t]);
    }
  }
  void HashSparse(SparseView, HashScratch&,
                  std::span<uint16_t>) const noexcept override {}
};

kernels::RowFormat FormatOf(size_t width) {
  return {width, Precision::kFp32, Optimizer::kRowAdagrad};
}

// addresses[i][t] is where row i goes in table t.
LshIndex WrittenOutIndex(const std::vector<std::vector<uint16_t>>& addresses) {
  const size_t num_tables = addresses.front().size();
  const kernels::RowFormat format = FormatOf(num_tables);
  util::AlignedBuffer<std::byte> records(addresses.size() * format.stride);
  const kernels::RowsView rows = {records.data(), format};
  for (size_t i = 0; i < addresses.size(); ++i) {
    std::copy(addresses[i].begin(), addresses[i].end(), rows.weights<float>(i));
  }
  LshIndex index(std::make_unique<WrittenOutFamily>(num_tables),
                 addresses.size());
  index.Build(rows, ThreadTeam(1));
  return index;
}

// Rows of normal values.
class RandomRows {
 public:
  RandomRows(size_t num_rows, size_t width, Rng rng,
             Precision precision = Precision::kFp32)
      : format_(width, precision, Optimizer::kRowAdagrad),
        records_(num_rows * format_.stride) {
    std::vector<float> weights(width);
    for (size_t i = 0; i < num_rows; ++i) {
      for (float& weight : weights) weight = rng.Normal();
      kernels::WriteWeights({records_.data(), format_}, i, weights);
    }
  }
  kernels::ConstRowsView view() const { return {records_.data(), format_}; }
  std::span<const float> row(size_t i) const {
    return {view().weights<float>(i), format_.width};
  }

 private:
  kernels::RowFormat format_;
  util::AlignedBuffer<std::byte> records_;
};

LshIndex SimHashIndex(const RandomRows& rows, size_t num_rows,
                      int hashes_per_table, int num_tables, int num_threads) {
  const size_t width = rows.view().format.width;
  LshIndex index(
      std::make_unique<SimHash>(HashShape{.width = width,
                                          .hashes_per_table = hashes_per_table,
                                          .num_tables = num_tables},
                                Rng(kSeed).Stream(Purpose::kHashFunctions)),
      num_rows);
  index.Build(rows.view(), ThreadTeam(num_threads));
  return index;
}

std::vector<uint16_t> Addresses(const LshIndex& index,
                                std::span<const float> x) {
  HashScratch scratch = index.family().MakeScratch();
  std::vector<uint16_t> addresses(
      static_cast<size_t>(index.family().num_tables()));
  index.family().Hash(x, scratch, addresses);
  return addresses;
}

// Rows that share a bucket with the query, by looking at every table.
std::set<uint32_t> Neighbours(const LshIndex& index,
                              const std::vector<uint16_t>& addresses) {
  std::set<uint32_t> ids;
  for (size_t t = 0; t < addresses.size(); ++t) {
    const auto bucket = index.tables()[t].bucket(addresses[t]);
    ids.insert(bucket.begin(), bucket.end());
  }
  return ids;
}

// The default strategy.
size_t FirstMet(const LshIndex& index, const std::vector<uint16_t>& addresses,
                size_t budget, Rng& rng, IdSet& found) {
  const QueryOptions options = {.budget = budget};
  QueryScratch scratch(options, index.num_rows());
  return index.Query(addresses, options, rng, scratch, found);
}

void ExpectNoRepeats(const IdSet& found) {
  const std::set<uint32_t> ids(found.ids().begin(), found.ids().end());
  EXPECT_EQ(ids.size(), found.size());
}

// Pearson's statistic of counts that should all be equal must stay below its
// mean (the degrees of freedom) by at most 5 of its standard deviations.
void ExpectEven(const std::vector<int>& counts) {
  double total = 0.0;
  for (const int count : counts) total += count;
  const double expected = total / static_cast<double>(counts.size());
  double statistic = 0.0;
  for (const int count : counts) {
    statistic += (count - expected) * (count - expected) / expected;
  }
  const double degrees = static_cast<double>(counts.size()) - 1.0;
  EXPECT_LT(statistic, degrees + 5.0 * std::sqrt(2.0 * degrees));
}

TEST(LshIndex, IsTheSameFromAnyTeam) {
  constexpr size_t kNumRows = 1003;
  SCOPED_TRACE(kSeed);
  const RandomRows rows(kNumRows, 40, Rng(kSeed));
  const LshIndex one = SimHashIndex(rows, kNumRows, 5, 7, 1);
  EXPECT_EQ(one.num_rows(), kNumRows);
  EXPECT_EQ(one.num_bytes(), 7 * 4 * (kNumRows + 32 + 1));
  for (const int team : {2, 3, 9}) {
    const LshIndex other = SimHashIndex(rows, kNumRows, 5, 7, team);
    for (size_t t = 0; t < 7; ++t) {
      for (size_t a = 0; a < 32; ++a) {
        const auto x = one.tables()[t].bucket(a);
        const auto y = other.tables()[t].bucket(a);
        ASSERT_TRUE(std::equal(x.begin(), x.end(), y.begin(), y.end()))
            << "table " << t << ", bucket " << a << ", team " << team;
      }
    }
  }
}

TEST(LshIndex, PutsEveryRowWhereItsHashSays) {
  constexpr uint32_t kNumRows = 300;
  SCOPED_TRACE(kSeed);
  const RandomRows rows(kNumRows, 100, Rng(kSeed));
  const LshIndex index = SimHashIndex(rows, kNumRows, 6, 11, 2);
  for (uint32_t i = 0; i < kNumRows; ++i) {
    const std::vector<uint16_t> addresses = Addresses(index, rows.row(i));
    for (size_t t = 0; t < addresses.size(); ++t) {
      const auto bucket = index.tables()[t].bucket(addresses[t]);
      ASSERT_TRUE(std::binary_search(bucket.begin(), bucket.end(), i))
          << "row " << i << ", table " << t;
    }
  }
}

TEST(LshIndex, BuildReplacesTheTables) {
  constexpr size_t kNumRows = 200;
  const RandomRows before(kNumRows, 30, Rng(kSeed));
  const RandomRows after(kNumRows, 30, Rng(kSeed + 1));
  LshIndex index = SimHashIndex(before, kNumRows, 4, 3, 1);
  index.Build(after.view(), ThreadTeam(2));
  const LshIndex expected = SimHashIndex(after, kNumRows, 4, 3, 1);
  for (size_t t = 0; t < 3; ++t) {
    for (size_t a = 0; a < 16; ++a) {
      const auto x = index.tables()[t].bucket(a);
      const auto y = expected.tables()[t].bucket(a);
      ASSERT_TRUE(std::equal(x.begin(), x.end(), y.begin(), y.end()));
    }
  }
}

TEST(LshIndex, FindsNothingBeforeBuildOrWithoutRows) {
  for (const size_t num_rows : {0, 10}) {
    LshIndex index(std::make_unique<WrittenOutFamily>(3), num_rows);
    const std::vector<uint16_t> addresses(3, 0);
    IdSet found(10, 10);
    Rng rng(kSeed);
    EXPECT_EQ(FirstMet(index, addresses, 10, rng, found), 0u);
    EXPECT_THAT(found.ids(), IsEmpty());
  }
  LshIndex empty(std::make_unique<WrittenOutFamily>(3), 0);
  empty.Build({nullptr, FormatOf(3)}, ThreadTeam(2));
  EXPECT_EQ(empty.num_bytes(), size_t{3 * 4 * 257});
}

// What is hashed is the weight as it is stored.
TEST(LshIndex, BFloat16RowsAreHashedAsTheFloatsTheyStandFor) {
  constexpr size_t kNumRows = 200, kWidth = 37;
  const RandomRows stored(kNumRows, kWidth, Rng(kSeed), Precision::kBf16);
  const LshIndex index = SimHashIndex(stored, kNumRows, 6, 9, 2);
  std::vector<float> weights(kWidth);
  for (uint32_t i = 0; i < kNumRows; ++i) {
    const auto addresses =
        Addresses(index, kernels::ReadWeights(stored.view(), i, weights));
    for (size_t t = 0; t < addresses.size(); ++t) {
      EXPECT_THAT(index.tables()[t].bucket(addresses[t]), Contains(i));
    }
  }
}

TEST(LshIndex, AQueryWithRoomFindsAllThatShareABucket) {
  constexpr uint32_t kNumRows = 500;
  SCOPED_TRACE(kSeed);
  const RandomRows rows(kNumRows, 64, Rng(kSeed));
  const LshIndex index = SimHashIndex(rows, kNumRows, 5, 9, 1);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest);
  IdSet found(kNumRows, kNumRows);
  for (uint32_t i = 0; i < kNumRows; i += 10) {
    const std::vector<uint16_t> addresses = Addresses(index, rows.row(i));
    const std::set<uint32_t> expected = Neighbours(index, addresses);
    found.Clear();
    EXPECT_EQ(FirstMet(index, addresses, kNumRows, rng, found),
              expected.size());
    ExpectNoRepeats(found);
    EXPECT_EQ(std::set<uint32_t>(found.ids().begin(), found.ids().end()),
              expected);
    EXPECT_TRUE(found.Contains(i))
        << "a row shares all its buckets with itself";
  }
}

TEST(LshIndex, NeverFindsMoreThanTheBudget) {
  constexpr uint32_t kNumRows = 400;
  SCOPED_TRACE(kSeed);
  const RandomRows rows(kNumRows, 32, Rng(kSeed));
  const LshIndex index = SimHashIndex(rows, kNumRows, 3, 8, 1);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest);
  for (const size_t budget : {0, 1, 2, 50, 100, 400}) {
    for (uint32_t i = 0; i < kNumRows; i += 40) {
      const std::vector<uint16_t> addresses = Addresses(index, rows.row(i));
      const std::set<uint32_t> all = Neighbours(index, addresses);
      IdSet found(kNumRows, budget);  // not a place more than is promised
      EXPECT_EQ(FirstMet(index, addresses, budget, rng, found),
                std::min(budget, all.size()));
      EXPECT_EQ(found.size(), std::min(budget, all.size()));
      ExpectNoRepeats(found);
      for (const uint32_t id : found.ids()) EXPECT_TRUE(all.contains(id));
    }
  }
}

TEST(LshIndex, IdsThatAreThereAlreadyAreNotNew) {
  // Rows 0 to 9 are together in both tables, row 10 is elsewhere.
  std::vector<std::vector<uint16_t>> addresses(10, {4, 9});
  addresses.push_back({5, 8});
  const LshIndex index = WrittenOutIndex(addresses);
  const std::vector<uint16_t> query = {4, 9};
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed);
    IdSet found(11, 11);
    for (const uint32_t id : {10, 3, 7}) found.Insert(id);
    EXPECT_EQ(FirstMet(index, query, 5, rng, found), 5u);
    EXPECT_EQ(found.size(), 8u);
    EXPECT_EQ(FirstMet(index, query, 3, rng, found), 3u);
    ExpectNoRepeats(found);
    EXPECT_EQ(found.size(), 11u);
    EXPECT_EQ(found.ids()[0], 10u);
    IdSet more(20, 20);
    for (uint32_t id = 0; id < 10; ++id) more.Insert(id);
    EXPECT_EQ(FirstMet(index, query, 10, rng, more), 0u);
  }
}

TEST(LshIndex, BudgetZeroDrawsNothing) {
  const LshIndex index = WrittenOutIndex({{1, 1}, {1, 2}});
  Rng rng(kSeed), untouched(kSeed);
  IdSet found(2, 0);
  const std::vector<uint16_t> query = {1, 1};
  EXPECT_EQ(FirstMet(index, query, 0, rng, found), 0u);
  EXPECT_EQ(rng.Next(), untouched.Next());
}

TEST(LshIndex, TheSameStreamFindsTheSameInTheSameOrder) {
  constexpr uint32_t kNumRows = 500;
  const RandomRows rows(kNumRows, 32, Rng(kSeed));
  const LshIndex index = SimHashIndex(rows, kNumRows, 3, 10, 1);
  const std::vector<uint16_t> query = Addresses(index, rows.row(0));
  std::set<std::vector<uint32_t>> results;
  for (uint64_t sample = 0; sample < 10; ++sample) {
    std::vector<uint32_t> first;
    for (int repeat = 0; repeat < 3; ++repeat) {
      Rng rng = Rng(kSeed).Stream(Purpose::kSample, 0, sample);
      IdSet found(kNumRows, 20);
      FirstMet(index, query, 20, rng, found);
      const std::vector<uint32_t> ids(found.ids().begin(), found.ids().end());
      if (repeat == 0) first = ids;
      EXPECT_EQ(ids, first);
    }
    results.insert(first);
  }
  EXPECT_EQ(results.size(), 10u) << "other streams take other rows";
}

// A bucket is read from a random place on and round its end, so none of its
// members is favoured.
TEST(LshIndex, EveryMemberOfALongBucketIsTakenEquallyOften) {
  constexpr uint32_t kNumRows = 40;
  constexpr size_t kBudget = 3;
  constexpr int kQueries = 40'000;
  const LshIndex index =
      WrittenOutIndex(std::vector<std::vector<uint16_t>>(kNumRows, {7}));
  const std::vector<uint16_t> query = {7};
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest);
  std::vector<int> first(kNumRows), any(kNumRows);
  IdSet found(kNumRows, kBudget);
  for (int i = 0; i < kQueries; ++i) {
    found.Clear();
    ASSERT_EQ(FirstMet(index, query, kBudget, rng, found), kBudget);
    ++first[found.ids()[0]];
    for (const uint32_t id : found.ids()) ++any[id];
  }
  ExpectEven(first);
  // Neighbours come together, which widens a count's spread to that of sums of
  // 3: each is taken with probability 3 / 40.
  const double p = static_cast<double>(kBudget) / kNumRows;
  for (const int count : any) {
    EXPECT_NEAR(count, kQueries * p, 5.0 * std::sqrt(kQueries * p * (1 - p)));
  }
}

// Row t is alone in bucket 1 of table t: who is found first tells the table.
TEST(LshIndex, TablesAreProbedInEveryOrder) {
  constexpr uint32_t kNumTables = 9;
  std::vector<std::vector<uint16_t>> addresses(
      kNumTables, std::vector<uint16_t>(kNumTables, 0));
  for (size_t t = 0; t < kNumTables; ++t) addresses[t][t] = 1;
  const LshIndex index = WrittenOutIndex(addresses);
  const std::vector<uint16_t> query(kNumTables, 1);
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest);
  // [place, table]
  std::vector<std::vector<int>> counts(kNumTables,
                                       std::vector<int>(kNumTables));
  IdSet found(kNumTables, kNumTables);
  for (int i = 0; i < 20'000; ++i) {
    found.Clear();
    ASSERT_EQ(FirstMet(index, query, kNumTables, rng, found), kNumTables);
    for (size_t place = 0; place < kNumTables; ++place) {
      ++counts[place][found.ids()[place]];
    }
  }
  for (const std::vector<int>& of_place : counts) ExpectEven(of_place);
  // With a budget of one the first table alone is read.
  std::vector<int> first(kNumTables);
  for (int i = 0; i < 20'000; ++i) {
    IdSet one(kNumTables, 1);
    ASSERT_EQ(FirstMet(index, query, 1, rng, one), 1u);
    ++first[one.ids()[0]];
  }
  ExpectEven(first);
}

TEST(LshIndex, GoesOnToOtherTablesWhereBucketsAreEmpty) {
  constexpr size_t kNumTables = 200;
  std::vector<uint16_t> address(kNumTables, 0);
  std::vector<uint16_t> query(kNumTables, 3);
  for (size_t t = 0; t < kNumTables; ++t) {
    address[t] = 3;
    const LshIndex index = WrittenOutIndex({address});
    Rng rng(t);
    IdSet found(1, 1);
    EXPECT_EQ(FirstMet(index, query, 1, rng, found), 1u);
    address[t] = 0;
  }
}

TEST(LshIndex, TakesAsManyTablesAsAllowed) {
  const std::vector<uint16_t> address(kMaxTables, 1);
  const LshIndex index = WrittenOutIndex({address, address});
  Rng rng(kSeed);
  IdSet found(2, 2);
  EXPECT_EQ(FirstMet(index, address, 2, rng, found), 2u);
}

// How many of the query's buckets each row is in, the slow way.
std::map<uint32_t, int> Hits(const LshIndex& index,
                             const std::vector<uint16_t>& addresses) {
  std::map<uint32_t, int> hits;
  for (size_t t = 0; t < addresses.size(); ++t) {
    for (const uint32_t id : index.tables()[t].bucket(addresses[t])) ++hits[id];
  }
  return hits;
}

TEST(LshIndex, TopKTakesTheRowsThatShareMostBuckets) {
  constexpr uint32_t kNumRows = 600;
  SCOPED_TRACE(kSeed);
  const RandomRows rows(kNumRows, 32, Rng(kSeed));
  const LshIndex index = SimHashIndex(rows, kNumRows, 4, 12, 1);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest);
  for (const size_t budget : {0, 1, 10, 60, 600}) {
    const QueryOptions options = {.strategy = SamplingStrategy::kTopK,
                                  .budget = budget};
    QueryScratch scratch(options, kNumRows);
    for (uint32_t i = 0; i < kNumRows; i += 50) {
      const std::vector<uint16_t> addresses = Addresses(index, rows.row(i));
      std::map<uint32_t, int> hits = Hits(index, addresses);
      IdSet found(kNumRows, budget);
      const size_t num_new =
          index.Query(addresses, options, rng, scratch, found);
      ASSERT_EQ(num_new, std::min(budget, hits.size()));
      ExpectNoRepeats(found);
      int fewest = static_cast<int>(index.tables().size());
      for (const uint32_t id : found.ids()) {
        fewest = std::min(fewest, hits.at(id));
        hits.erase(id);
      }
      // No row that was left out shares more.
      if (num_new == 0) continue;
      for (const auto& [id, count] : hits) ASSERT_LE(count, fewest) << id;
    }
  }
}

TEST(LshIndex, ThresholdTakesRowsWithEnoughBucketsInCommon) {
  constexpr uint32_t kNumRows = 600;
  SCOPED_TRACE(kSeed);
  const RandomRows rows(kNumRows, 32, Rng(kSeed));
  const LshIndex index = SimHashIndex(rows, kNumRows, 4, 12, 1);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest);
  for (const int min_hits : {1, 2, 4, 12, 13}) {
    for (const size_t budget : {5, 600}) {
      const QueryOptions options = {.strategy = SamplingStrategy::kThreshold,
                                    .min_hits = static_cast<uint32_t>(min_hits),
                                    .budget = budget};
      QueryScratch scratch(options, kNumRows);
      for (uint32_t i = 0; i < kNumRows; i += 50) {
        const std::vector<uint16_t> addresses = Addresses(index, rows.row(i));
        const std::map<uint32_t, int> hits = Hits(index, addresses);
        const auto num_enough = static_cast<size_t>(std::count_if(
            hits.begin(), hits.end(),
            [&](const auto& row) { return row.second >= min_hits; }));
        IdSet found(kNumRows, budget);
        ASSERT_EQ(index.Query(addresses, options, rng, scratch, found),
                  std::min(budget, num_enough));
        ExpectNoRepeats(found);
        for (const uint32_t id : found.ids()) {
          ASSERT_GE(hits.at(id), min_hits);
        }
      }
    }
  }
}

TEST(LshIndex, EveryStrategyLeavesAloneWhatIsThereAndRepeatsItself) {
  constexpr uint32_t kNumRows = 300;
  const RandomRows rows(kNumRows, 32, Rng(kSeed));
  const LshIndex index = SimHashIndex(rows, kNumRows, 3, 10, 1);
  const std::vector<uint16_t> query = Addresses(index, rows.row(0));
  for (const SamplingStrategy strategy :
       {SamplingStrategy::kVanilla, SamplingStrategy::kTopK,
        SamplingStrategy::kThreshold}) {
    const QueryOptions options = {
        .strategy = strategy, .min_hits = 2, .budget = 20};
    QueryScratch scratch(options, kNumRows);
    std::set<std::vector<uint32_t>> results;
    for (int repeat = 0; repeat < 3; ++repeat) {
      Rng rng(kSeed);
      IdSet found(kNumRows, 22);
      for (const uint32_t id : {0, 299}) found.Insert(id);
      EXPECT_EQ(index.Query(query, options, rng, scratch, found), 20u);
      ExpectNoRepeats(found);
      EXPECT_EQ(found.ids()[0], 0u);
      EXPECT_EQ(found.ids()[1], 299u);
      results.insert({found.ids().begin(), found.ids().end()});
    }
    EXPECT_EQ(results.size(), 1u) << Name(strategy);
  }
}

TEST(LshIndex, RefusesARowThatIsNotFiniteAndKeepsItsTables) {
  constexpr size_t kNumRows = 100, kWidth = 20;
  for (const int team : {1, 2}) {
    const kernels::RowFormat format = FormatOf(kWidth);
    util::AlignedBuffer<std::byte> records(kNumRows * format.stride);
    const kernels::RowsView rows = {records.data(), format};
    Rng rng(kSeed);
    for (size_t i = 0; i < kNumRows; ++i) {
      for (size_t j = 0; j < kWidth; ++j) {
        rows.weights<float>(i)[j] = rng.Normal();
      }
    }
    LshIndex index(
        std::make_unique<SimHash>(
            HashShape{.width = kWidth, .hashes_per_table = 4, .num_tables = 3},
            Rng(kSeed).Stream(Purpose::kHashFunctions)),
        kNumRows);
    index.Build(rows, ThreadTeam(team));
    const auto addresses = Addresses(index, {rows.weights<float>(70), kWidth});
    rows.weights<float>(40)[3] = std::numeric_limits<float>::quiet_NaN();
    rows.weights<float>(70)[3] = std::numeric_limits<float>::infinity();
    try {
      index.Build(rows, ThreadTeam(team));
      FAIL() << "built";
    } catch (const DataError& error) {
      EXPECT_STREQ(error.what(),
                   "row 40 has a weight that is not a finite number");
    }
    for (size_t t = 0; t < addresses.size(); ++t) {
      EXPECT_THAT(index.tables()[t].bucket(addresses[t]), Contains(70u));
    }
  }
}

TEST(LshIndex, DriftIsTheShareOfAddressesThatChanged) {
  constexpr size_t kTables = 4;
  const kernels::RowFormat format = FormatOf(kTables);
  for (const size_t num_rows : {10, 1000}) {
    util::AlignedBuffer<std::byte> records(num_rows * format.stride);
    const kernels::RowsView rows = {records.data(), format};
    for (size_t i = 0; i < num_rows; ++i) {
      std::fill_n(rows.weights<float>(i), kTables, 7.0f);
    }
    LshIndex index(std::make_unique<WrittenOutFamily>(kTables), num_rows);
    EXPECT_EQ(index.Drift(rows), 0.0) << "not built yet";
    index.Build(rows, ThreadTeam(1));
    EXPECT_EQ(index.Drift(rows), 0.0);
    // One of four addresses of every row.
    for (size_t i = 0; i < num_rows; ++i) rows.weights<float>(i)[2] = 8.0f;
    EXPECT_EQ(index.Drift(rows), 0.25);
    // And all of those of half the rows.
    for (size_t i = 0; i < num_rows; i += 2) {
      std::fill_n(rows.weights<float>(i), kTables, 9.0f);
    }
    const double sample =
        static_cast<double>(std::min(num_rows, LshIndex::kDriftRows));
    EXPECT_NEAR(index.Drift(rows), 0.625,
                num_rows == 10 ? 0.0 : 5.0 * 0.375 / std::sqrt(sample));
    rows.weights<float>(0)[0] = std::numeric_limits<float>::quiet_NaN();
    if (num_rows == 10) {
      EXPECT_EQ(index.Drift(rows), 0.625);
    }
    for (size_t i = 0; i < num_rows; ++i) {
      rows.weights<float>(i)[0] = std::numeric_limits<float>::infinity();
    }
    EXPECT_EQ(index.Drift(rows), 1.0);
    std::fill_n(rows.weights<float>(0), kTables, 1.0f);
    for (size_t i = 1; i < num_rows; ++i) {
      std::fill_n(rows.weights<float>(i), kTables, 1.0f);
    }
    index.Build(rows, ThreadTeam(1));
    EXPECT_EQ(index.Drift(rows), 0.0) << "built anew";
  }
}

TEST(LshIndex, OccupancyCountsBucketsBySize) {
  // Table 0: buckets of 1, 2 and 4 rows; table 1: all 7 in one.
  const std::vector<std::vector<uint16_t>> addresses = {
      {0, 5}, {1, 5}, {1, 5}, {9, 5}, {9, 5}, {9, 5}, {9, 5}};
  const BucketOccupancy all = WrittenOutIndex(addresses).Occupancy();
  EXPECT_EQ(all.num_buckets, 512u);
  EXPECT_EQ(all.num_bytes, 2 * 4 * (257 + 7));
  EXPECT_EQ(all.largest, 7u);
  EXPECT_EQ(all.empty_share, 508.0 / 512.0);
  EXPECT_EQ(all.num_left_out, 0u);
  // None, 1, 2 to 3, 4 to 7 rows.
  EXPECT_EQ(all.by_size, (std::vector<uint64_t>{508, 1, 1, 2}));
  const LshIndex limited(std::make_unique<WrittenOutFamily>(2), 7,
                         {3, BucketPolicy::kFifo});
  EXPECT_EQ(limited.Occupancy().num_left_out, 14u) << "not built yet";
}

TEST(LshIndex, LimitedBucketsSayHowManyTheyLeaveOut) {
  const kernels::RowFormat format = FormatOf(2);
  util::AlignedBuffer<std::byte> records(7 * format.stride);
  for (size_t i = 0; i < 7; ++i) {
    const std::vector<float> address = {i < 2 ? 1.0f : 2.0f, 3.0f};
    kernels::WriteWeights({records.data(), format}, i, address);
  }
  LshIndex index(std::make_unique<WrittenOutFamily>(2), 7,
                 {3, BucketPolicy::kFifo});
  index.Build({records.data(), format}, ThreadTeam(1));
  const BucketOccupancy occupancy = index.Occupancy();
  EXPECT_EQ(occupancy.num_left_out, 2u + 4u);
  EXPECT_EQ(occupancy.largest, 3u);
}

TEST(LshIndex, ABuildMayBringOtherHashFunctions) {
  constexpr size_t kNumRows = 300, kWidth = 30;
  const RandomRows rows(kNumRows, kWidth, Rng(kSeed));
  const auto family = [&](uint64_t number) {
    return std::make_unique<SimHash>(
        HashShape{.width = kWidth, .hashes_per_table = 6, .num_tables = 5},
        Rng(kSeed).Stream(Purpose::kHashFunctions, number));
  };
  LshIndex index(family(0), kNumRows), other(family(1), kNumRows);
  index.Build(rows.view(), ThreadTeam(1));
  const auto before = Addresses(index, rows.row(0));
  index.Build(rows.view(), ThreadTeam(1), family(1));
  other.Build(rows.view(), ThreadTeam(2));
  EXPECT_NE(Addresses(index, rows.row(0)), before);
  for (size_t t = 0; t < 5; ++t) {
    for (size_t a = 0; a < 64; ++a) {
      const auto x = index.tables()[t].bucket(a),
                 y = other.tables()[t].bucket(a);
      ASSERT_TRUE(std::equal(x.begin(), x.end(), y.begin(), y.end()));
    }
  }
}

// Every build draws its own sample, and so does every table.
TEST(LshIndex, ReservoirsOfTablesAndBuildsDiffer) {
  constexpr uint32_t kNumRows = 200;
  const auto make = [&](uint64_t seed) {
    return LshIndex(std::make_unique<WrittenOutFamily>(3), kNumRows,
                    {20, BucketPolicy::kReservoir}, seed);
  };
  const kernels::RowFormat format = FormatOf(3);
  util::AlignedBuffer<std::byte> records(kNumRows * format.stride);
  for (size_t i = 0; i < kNumRows; ++i) {
    const std::vector<float> address(3, 9.0f);
    kernels::WriteWeights({records.data(), format}, i, address);
  }
  LshIndex index = make(1), same = make(1);
  std::set<std::vector<uint32_t>> samples;
  for (int build = 0; build < 4; ++build) {
    index.Build({records.data(), format}, ThreadTeam(1));
    same.Build({records.data(), format}, ThreadTeam(2));
    for (size_t t = 0; t < 3; ++t) {
      const auto bucket = index.tables()[t].bucket(9);
      EXPECT_EQ(bucket.size(), 20u);
      samples.insert({bucket.begin(), bucket.end()});
      const auto other = same.tables()[t].bucket(9);
      EXPECT_TRUE(
          std::equal(bucket.begin(), bucket.end(), other.begin(), other.end()));
    }
  }
  EXPECT_EQ(samples.size(), 12u);
}

// A row at angle a shares a bucket of K hashes with probability (1 - a / pi)^K,
// one of L with 1 - (1 - that)^L; other rows are at angles around pi / 2.
TEST(LshIndex, FindsNearRowsMuchMoreOftenThanOthers) {
  constexpr size_t kNumRows = 4000, kWidth = 128, kBudget = 200;
  constexpr int kHashes = 7, kTables = 20, kQueries = 400;
  constexpr double kAngle = 0.4;
  SCOPED_TRACE(kSeed);
  const RandomRows rows(kNumRows, kWidth, Rng(kSeed));
  const LshIndex index = SimHashIndex(rows, kNumRows, kHashes, kTables, 2);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest);
  int num_hits = 0;
  size_t num_found = 0;
  for (size_t q = 0; q < kQueries; ++q) {
    // The row turned by the angle: a cos + b sin, b normal to a and as long.
    const std::span<const float> a = rows.row(q);
    std::vector<float> x(kWidth);
    float ab = 0.0f, aa = 0.0f, bb = 0.0f;
    for (float& value : x) value = rng.Normal();
    for (size_t i = 0; i < kWidth; ++i) {
      ab += a[i] * x[i];
      aa += a[i] * a[i];
    }
    for (size_t i = 0; i < kWidth; ++i) {
      x[i] -= ab / aa * a[i];
      bb += x[i] * x[i];
    }
    const float sine =
        std::sin(static_cast<float>(kAngle)) * std::sqrt(aa / bb);
    for (size_t i = 0; i < kWidth; ++i) {
      x[i] = std::cos(static_cast<float>(kAngle)) * a[i] + sine * x[i];
    }
    IdSet found(kNumRows, kBudget);
    num_found += FirstMet(index, Addresses(index, x), kBudget, rng, found);
    num_hits += found.Contains(static_cast<uint32_t>(q)) ? 1 : 0;
  }
  // Buckets hold about 31 rows: 200 are found in 7 tables.
  const double one = std::pow(1.0 - kAngle / std::numbers::pi, kHashes);
  const double in_six = 1.0 - std::pow(1.0 - one, 6);
  const double sigma = std::sqrt(in_six * (1.0 - in_six) / kQueries);
  const double recall = static_cast<double>(num_hits) / kQueries;
  const double by_chance = static_cast<double>(num_found) / kQueries / kNumRows;
  EXPECT_LE(by_chance, 0.05);
  EXPECT_GT(recall, in_six - 5.0 * sigma);
  EXPECT_GT(recall, 15.0 * by_chance);
}

}  // namespace
}  // namespace slide::hashing
