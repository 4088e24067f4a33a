#include "hashing/lsh_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <numbers>
#include <set>
#include <span>
#include <vector>

#include "hashing/index_test.h"
#include "util/rng.h"

namespace slide::hashing::lsh_tables_test {
namespace {

using ::testing::IsEmpty;
using util::Purpose;
using util::Rng;
using util::ThreadTeam;

constexpr uint64_t kSeed = 1234;

// Rows that share a bucket with the query, by looking at every table.
std::set<uint32_t> Neighbours(const LshTables& tables,
                              const std::vector<uint16_t>& addresses) {
  std::set<uint32_t> ids;
  for (size_t t = 0; t < addresses.size(); ++t) {
    const auto bucket = tables.tables()[t].bucket(addresses[t]);
    ids.insert(bucket.begin(), bucket.end());
  }
  return ids;
}

// The default strategy.
size_t FirstMet(const LshTables& tables, const std::vector<uint16_t>& addresses,
                size_t budget, Rng& rng, IdSet& found) {
  const QueryOptions options = {.budget = budget};
  HitCounts hits;
  return tables.Query(addresses, options, rng, hits, found);
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

TEST(LshTables, FindsNothingBeforeBuildOrWithoutRows) {
  for (const size_t num_rows : {0, 10}) {
    const LshIndex index(std::make_unique<WrittenOutFamily>(3), RowVectors(3),
                         num_rows);
    const LshTables& tables = index.tables();
    const std::vector<uint16_t> addresses(3, 0);
    IdSet found(10, 10);
    Rng rng(kSeed);
    EXPECT_EQ(FirstMet(tables, addresses, 10, rng, found), 0u);
    EXPECT_THAT(found.ids(), IsEmpty());
  }
  LshIndex empty(std::make_unique<WrittenOutFamily>(3), RowVectors(3), 0);
  empty.Build({nullptr, FormatOf(3)}, ThreadTeam(2));
  EXPECT_EQ(empty.tables().Occupancy().num_bytes, size_t{3 * 4 * 257});
}

TEST(LshTables, AQueryWithRoomFindsAllThatShareABucket) {
  constexpr uint32_t kNumRows = 500;
  SCOPED_TRACE(kSeed);
  const WrittenRows rows = RandomRows(kNumRows, 64, Rng(kSeed));
  const auto index = SimHashIndex(rows, 5, 9, 1);
  const LshTables& tables = index->tables();
  Rng rng = Rng(kSeed).Stream(Purpose::kTest);
  IdSet found(kNumRows, kNumRows);
  for (uint32_t i = 0; i < kNumRows; i += 10) {
    const std::vector<uint16_t> addresses = AddressesOf(tables, rows.row(i));
    const std::set<uint32_t> expected = Neighbours(tables, addresses);
    found.Clear();
    EXPECT_EQ(FirstMet(tables, addresses, kNumRows, rng, found),
              expected.size());
    ExpectNoRepeats(found);
    EXPECT_EQ(std::set<uint32_t>(found.ids().begin(), found.ids().end()),
              expected);
    EXPECT_TRUE(found.Contains(i))
        << "a row shares all its buckets with itself";
  }
}

TEST(LshTables, NeverFindsMoreThanTheBudget) {
  constexpr uint32_t kNumRows = 400;
  SCOPED_TRACE(kSeed);
  const WrittenRows rows = RandomRows(kNumRows, 32, Rng(kSeed));
  const auto index = SimHashIndex(rows, 3, 8, 1);
  const LshTables& tables = index->tables();
  Rng rng = Rng(kSeed).Stream(Purpose::kTest);
  for (const size_t budget : {0, 1, 2, 50, 100, 400}) {
    for (uint32_t i = 0; i < kNumRows; i += 40) {
      const std::vector<uint16_t> addresses = AddressesOf(tables, rows.row(i));
      const std::set<uint32_t> all = Neighbours(tables, addresses);
      IdSet found(kNumRows, budget);  // not a place more than is promised
      EXPECT_EQ(FirstMet(tables, addresses, budget, rng, found),
                std::min(budget, all.size()));
      EXPECT_EQ(found.size(), std::min(budget, all.size()));
      ExpectNoRepeats(found);
      for (const uint32_t id : found.ids()) EXPECT_TRUE(all.contains(id));
    }
  }
}

TEST(LshTables, IdsThatAreThereAlreadyAreNotNew) {
  // Rows 0 to 9 are together in both tables, row 10 is elsewhere.
  std::vector<std::vector<uint16_t>> addresses(10, {4, 9});
  addresses.push_back({5, 8});
  const auto index = WrittenOutIndex(addresses);
  const LshTables& tables = index->tables();
  const std::vector<uint16_t> query = {4, 9};
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed);
    IdSet found(11, 11);
    for (const uint32_t id : {10, 3, 7}) found.Insert(id);
    EXPECT_EQ(FirstMet(tables, query, 5, rng, found), 5u);
    EXPECT_EQ(found.size(), 8u);
    EXPECT_EQ(FirstMet(tables, query, 3, rng, found), 3u);
    ExpectNoRepeats(found);
    EXPECT_EQ(found.size(), 11u);
    EXPECT_EQ(found.ids()[0], 10u);
    IdSet more(20, 20);
    for (uint32_t id = 0; id < 10; ++id) more.Insert(id);
    EXPECT_EQ(FirstMet(tables, query, 10, rng, more), 0u);
  }
}

TEST(LshTables, BudgetZeroDrawsNothing) {
  const auto index = WrittenOutIndex({{1, 1}, {1, 2}});
  const LshTables& tables = index->tables();
  Rng rng(kSeed), untouched(kSeed);
  IdSet found(2, 0);
  const std::vector<uint16_t> query = {1, 1};
  EXPECT_EQ(FirstMet(tables, query, 0, rng, found), 0u);
  EXPECT_EQ(rng.Next(), untouched.Next());
}

TEST(LshTables, TheSameStreamFindsTheSameInTheSameOrder) {
  constexpr uint32_t kNumRows = 500;
  const WrittenRows rows = RandomRows(kNumRows, 32, Rng(kSeed));
  const auto index = SimHashIndex(rows, 3, 10, 1);
  const LshTables& tables = index->tables();
  const std::vector<uint16_t> query = AddressesOf(tables, rows.row(0));
  std::set<std::vector<uint32_t>> results;
  for (uint64_t sample = 0; sample < 10; ++sample) {
    std::vector<uint32_t> first;
    for (int repeat = 0; repeat < 3; ++repeat) {
      Rng rng = Rng(kSeed).Stream(Purpose::kSample, 0, sample);
      IdSet found(kNumRows, 20);
      FirstMet(tables, query, 20, rng, found);
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
TEST(LshTables, EveryMemberOfALongBucketIsTakenEquallyOften) {
  constexpr uint32_t kNumRows = 40;
  constexpr size_t kBudget = 3;
  constexpr int kQueries = 40'000;
  const auto index =
      WrittenOutIndex(std::vector<std::vector<uint16_t>>(kNumRows, {7}));
  const LshTables& tables = index->tables();
  const std::vector<uint16_t> query = {7};
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest);
  std::vector<int> first(kNumRows), any(kNumRows);
  IdSet found(kNumRows, kBudget);
  for (int i = 0; i < kQueries; ++i) {
    found.Clear();
    ASSERT_EQ(FirstMet(tables, query, kBudget, rng, found), kBudget);
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
TEST(LshTables, TablesAreProbedInEveryOrder) {
  constexpr uint32_t kNumTables = 9;
  std::vector<std::vector<uint16_t>> addresses(
      kNumTables, std::vector<uint16_t>(kNumTables, 0));
  for (size_t t = 0; t < kNumTables; ++t) addresses[t][t] = 1;
  const auto index = WrittenOutIndex(addresses);
  const LshTables& tables = index->tables();
  const std::vector<uint16_t> query(kNumTables, 1);
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest);
  // [place, table]
  std::vector<std::vector<int>> counts(kNumTables,
                                       std::vector<int>(kNumTables));
  IdSet found(kNumTables, kNumTables);
  for (int i = 0; i < 20'000; ++i) {
    found.Clear();
    ASSERT_EQ(FirstMet(tables, query, kNumTables, rng, found), kNumTables);
    for (size_t place = 0; place < kNumTables; ++place) {
      ++counts[place][found.ids()[place]];
    }
  }
  for (const std::vector<int>& of_place : counts) ExpectEven(of_place);
  // With a budget of one the first table alone is read.
  std::vector<int> first(kNumTables);
  for (int i = 0; i < 20'000; ++i) {
    IdSet one(kNumTables, 1);
    ASSERT_EQ(FirstMet(tables, query, 1, rng, one), 1u);
    ++first[one.ids()[0]];
  }
  ExpectEven(first);
}

TEST(LshTables, GoesOnToOtherTablesWhereBucketsAreEmpty) {
  constexpr size_t kNumTables = 200;
  std::vector<uint16_t> address(kNumTables, 0);
  std::vector<uint16_t> query(kNumTables, 3);
  for (size_t t = 0; t < kNumTables; ++t) {
    address[t] = 3;
    const auto index = WrittenOutIndex({address});
    const LshTables& tables = index->tables();
    Rng rng(t);
    IdSet found(1, 1);
    EXPECT_EQ(FirstMet(tables, query, 1, rng, found), 1u);
    address[t] = 0;
  }
}

TEST(LshTables, TakesAsManyTablesAsAllowed) {
  const std::vector<uint16_t> address(kMaxTables, 1);
  const auto index = WrittenOutIndex({address, address});
  const LshTables& tables = index->tables();
  Rng rng(kSeed);
  IdSet found(2, 2);
  EXPECT_EQ(FirstMet(tables, address, 2, rng, found), 2u);
}

// How many of the query's buckets each row is in, the slow way.
std::map<uint32_t, int> Hits(const LshTables& tables,
                             const std::vector<uint16_t>& addresses) {
  std::map<uint32_t, int> hits;
  for (size_t t = 0; t < addresses.size(); ++t) {
    for (const uint32_t id : tables.tables()[t].bucket(addresses[t]))
      ++hits[id];
  }
  return hits;
}

TEST(LshTables, TopKTakesTheRowsThatShareMostBuckets) {
  constexpr uint32_t kNumRows = 600;
  SCOPED_TRACE(kSeed);
  const WrittenRows rows = RandomRows(kNumRows, 32, Rng(kSeed));
  const auto index = SimHashIndex(rows, 4, 12, 1);
  const LshTables& tables = index->tables();
  Rng rng = Rng(kSeed).Stream(Purpose::kTest);
  for (const size_t budget : {0, 1, 10, 60, 600}) {
    const QueryOptions options = {.strategy = SamplingStrategy::kTopK,
                                  .budget = budget};
    HitCounts counts(kNumRows);
    for (uint32_t i = 0; i < kNumRows; i += 50) {
      const std::vector<uint16_t> addresses = AddressesOf(tables, rows.row(i));
      std::map<uint32_t, int> hits = Hits(tables, addresses);
      IdSet found(kNumRows, budget);
      const size_t num_new =
          tables.Query(addresses, options, rng, counts, found);
      ASSERT_EQ(num_new, std::min(budget, hits.size()));
      ExpectNoRepeats(found);
      int fewest = static_cast<int>(tables.tables().size());
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

TEST(LshTables, ThresholdTakesRowsWithEnoughBucketsInCommon) {
  constexpr uint32_t kNumRows = 600;
  SCOPED_TRACE(kSeed);
  const WrittenRows rows = RandomRows(kNumRows, 32, Rng(kSeed));
  const auto index = SimHashIndex(rows, 4, 12, 1);
  const LshTables& tables = index->tables();
  Rng rng = Rng(kSeed).Stream(Purpose::kTest);
  for (const int min_hits : {1, 2, 4, 12, 13}) {
    for (const size_t budget : {5, 600}) {
      const QueryOptions options = {.strategy = SamplingStrategy::kThreshold,
                                    .min_hits = static_cast<uint32_t>(min_hits),
                                    .budget = budget};
      HitCounts counts(kNumRows);
      for (uint32_t i = 0; i < kNumRows; i += 50) {
        const std::vector<uint16_t> addresses =
            AddressesOf(tables, rows.row(i));
        const std::map<uint32_t, int> hits = Hits(tables, addresses);
        const auto num_enough = static_cast<size_t>(std::count_if(
            hits.begin(), hits.end(),
            [&](const auto& row) { return row.second >= min_hits; }));
        IdSet found(kNumRows, budget);
        ASSERT_EQ(tables.Query(addresses, options, rng, counts, found),
                  std::min(budget, num_enough));
        ExpectNoRepeats(found);
        for (const uint32_t id : found.ids()) {
          ASSERT_GE(hits.at(id), min_hits);
        }
      }
    }
  }
}

TEST(LshTables, EveryStrategyLeavesAloneWhatIsThereAndRepeatsItself) {
  constexpr uint32_t kNumRows = 300;
  const WrittenRows rows = RandomRows(kNumRows, 32, Rng(kSeed));
  const auto index = SimHashIndex(rows, 3, 10, 1);
  const LshTables& tables = index->tables();
  const std::vector<uint16_t> query = AddressesOf(tables, rows.row(0));
  for (const SamplingStrategy strategy :
       {SamplingStrategy::kVanilla, SamplingStrategy::kTopK,
        SamplingStrategy::kThreshold}) {
    const QueryOptions options = {
        .strategy = strategy, .min_hits = 2, .budget = 20};
    HitCounts counts(kNumRows);
    std::set<std::vector<uint32_t>> results;
    for (int repeat = 0; repeat < 3; ++repeat) {
      Rng rng(kSeed);
      IdSet found(kNumRows, 22);
      for (const uint32_t id : {0, 299}) found.Insert(id);
      EXPECT_EQ(tables.Query(query, options, rng, counts, found), 20u);
      ExpectNoRepeats(found);
      EXPECT_EQ(found.ids()[0], 0u);
      EXPECT_EQ(found.ids()[1], 299u);
      results.insert({found.ids().begin(), found.ids().end()});
    }
    EXPECT_EQ(results.size(), 1u) << Name(strategy);
  }
}

TEST(LshTables, OccupancyCountsBucketsBySize) {
  // Table 0: buckets of 1, 2 and 4 rows; table 1: all 7 in one.
  const std::vector<std::vector<uint16_t>> addresses = {
      {0, 5}, {1, 5}, {1, 5}, {9, 5}, {9, 5}, {9, 5}, {9, 5}};
  const BucketOccupancy all = WrittenOutIndex(addresses)->tables().Occupancy();
  EXPECT_EQ(all.num_buckets, 512u);
  EXPECT_EQ(all.num_bytes, 2 * 4 * (257 + 7));
  EXPECT_EQ(all.largest, 7u);
  EXPECT_EQ(all.empty_share, 508.0 / 512.0);
  EXPECT_EQ(all.num_left_out, 0u);
  // None, 1, 2 to 3, 4 to 7 rows.
  EXPECT_EQ(all.by_size, (std::vector<uint64_t>{508, 1, 1, 2}));
  const LshIndex limited(std::make_unique<WrittenOutFamily>(2), RowVectors(2),
                         7, {3, BucketPolicy::kFifo});
  EXPECT_EQ(limited.tables().Occupancy().num_left_out, 14u) << "not built yet";
}

TEST(LshTables, LimitedBucketsSayHowManyTheyLeaveOut) {
  const std::vector<std::vector<uint16_t>> addresses = {
      {1, 3}, {1, 3}, {2, 3}, {2, 3}, {2, 3}, {2, 3}, {2, 3}};
  const BucketOccupancy occupancy =
      WrittenOutIndex(addresses, {3, BucketPolicy::kFifo})
          ->tables()
          .Occupancy();
  EXPECT_EQ(occupancy.num_left_out, 2u + 4u);
  EXPECT_EQ(occupancy.largest, 3u);
}

// A row at angle a shares a bucket of K hashes with probability (1 - a / pi)^K,
// one of L with 1 - (1 - that)^L; other rows are at angles around pi / 2.
TEST(LshTables, FindsNearRowsMuchMoreOftenThanOthers) {
  constexpr size_t kNumRows = 4000, kWidth = 128, kBudget = 200;
  constexpr int kHashes = 7, kTables = 20, kQueries = 400;
  constexpr double kAngle = 0.4;
  SCOPED_TRACE(kSeed);
  const WrittenRows rows = RandomRows(kNumRows, kWidth, Rng(kSeed));
  const auto index = SimHashIndex(rows, kHashes, kTables, 2);
  const LshTables& tables = index->tables();
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
    num_found += FirstMet(tables, AddressesOf(tables, x), kBudget, rng, found);
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
}  // namespace slide::hashing::lsh_tables_test
