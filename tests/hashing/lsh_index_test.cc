#include "hashing/lsh_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "hashing/index_test.h"
#include "slide/error.h"
#include "util/rng.h"

namespace slide::hashing::lsh_index_test {
namespace {

using ::testing::Contains;
using util::Purpose;
using util::Rng;
using util::ThreadTeam;

constexpr uint64_t kSeed = 1234;

// Where each row is in each table: what a build must have left.
void ExpectInTheirBuckets(const LshTables& tables, const WrittenRows& rows) {
  for (uint32_t i = 0; i < rows.num_rows(); ++i) {
    const auto addresses = AddressesOf(tables, rows.row(i));
    for (size_t t = 0; t < addresses.size(); ++t) {
      const auto bucket = tables.tables()[t].bucket(addresses[t]);
      ASSERT_TRUE(std::binary_search(bucket.begin(), bucket.end(), i))
          << "row " << i << ", table " << t;
    }
  }
}

TEST(LshIndex, IsTheSameFromAnyTeam) {
  constexpr size_t kNumRows = 1003;
  SCOPED_TRACE(kSeed);
  const WrittenRows rows = RandomRows(kNumRows, 40, Rng(kSeed));
  const auto one = SimHashIndex(rows, 5, 7, 1);
  EXPECT_EQ(one->tables().num_rows(), kNumRows);
  EXPECT_EQ(one->tables().Occupancy().num_bytes, 7 * 4 * (kNumRows + 32 + 1));
  for (const int team : {2, 3, 9}) {
    SCOPED_TRACE(team);
    ExpectSameTables(SimHashIndex(rows, 5, 7, team)->tables(), one->tables());
  }
}

TEST(LshIndex, PutsEveryRowWhereItsHashSays) {
  const WrittenRows rows = RandomRows(300, 100, Rng(kSeed));
  ExpectInTheirBuckets(SimHashIndex(rows, 6, 11, 2)->tables(), rows);
}

TEST(LshIndex, BuildReplacesTheTables) {
  const WrittenRows before = RandomRows(200, 30, Rng(kSeed));
  const WrittenRows after = RandomRows(200, 30, Rng(kSeed + 1));
  const auto index = SimHashIndex(before, 4, 3);
  index->Build(after.view(), ThreadTeam(2));
  ExpectSameTables(index->tables(), SimHashIndex(after, 4, 3)->tables());
}

TEST(LshIndex, ARestoredIndexIsWhatItWasAndGoesOnAlike) {
  constexpr size_t kNumRows = 200;
  const WrittenRows rows = RandomRows(kNumRows, 30, Rng(kSeed));
  const WrittenRows moved = RandomRows(kNumRows, 30, Rng(kSeed + 1));
  const auto index = SimHashIndex(rows, 4, 3);
  index->Build(rows.view(), ThreadTeam(1));
  const auto restored = SimHashIndex(moved, 4, 3);
  util::AlignedBuffer<uint16_t> addresses(index->addresses().size());
  std::ranges::copy(index->addresses(), addresses.data());
  restored->Restore(std::move(addresses), index->num_builds(), ThreadTeam(2));
  ExpectSameTables(restored->tables(), index->tables());
  EXPECT_EQ(restored->num_builds(), 2u);
  EXPECT_EQ(restored->Drift(moved.view()), index->Drift(moved.view()));
}

TEST(LshIndex, AnAddressWithoutABucketIsNotRestored) {
  const WrittenRows rows = RandomRows(20, 30, Rng(kSeed));
  const auto index = SimHashIndex(rows, 4, 3),
             before = SimHashIndex(rows, 4, 3);
  util::AlignedBuffer<uint16_t> addresses(3 * 20);
  addresses[2 * 20 + 7] = 16;
  try {
    index->Restore(std::move(addresses), 5, ThreadTeam(1));
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "row 7 in table 2: got the bucket 16, expected one below 16");
  }
  ExpectSameTables(index->tables(), before->tables());
  EXPECT_EQ(index->num_builds(), 1u);
}

// The weight is hashed as it is stored.
TEST(LshIndex, BFloat16RowsAreHashedAsTheFloatsTheyStandFor) {
  constexpr size_t kNumRows = 200, kWidth = 37;
  const WrittenRows stored =
      RandomRows(kNumRows, kWidth, Rng(kSeed), Precision::kBf16);
  const auto index = SimHashIndex(stored, 6, 9, 2);
  std::vector<float> weights(kWidth);
  for (uint32_t i = 0; i < kNumRows; ++i) {
    const auto addresses = AddressesOf(
        index->tables(), kernels::ReadWeights(stored.view(), i, weights));
    for (size_t t = 0; t < addresses.size(); ++t) {
      EXPECT_THAT(index->tables().tables()[t].bucket(addresses[t]),
                  Contains(i));
    }
  }
}

TEST(LshIndex, ABuildBesidePutsOtherTablesInPlace) {
  constexpr size_t kNumRows = 300, kWidth = 24;
  const WrittenRows before = RandomRows(kNumRows, kWidth, Rng(kSeed));
  WrittenRows rows = RandomRows(kNumRows, kWidth, Rng(kSeed));
  const auto index = SimHashIndex(before, 5, 6);
  const LshTables* first = &index->tables();
  rows.Fill(17, 1.0f);
  index->BuildBeside(rows.view(), ThreadTeam(2));
  const LshTables* second = &index->tables();
  EXPECT_NE(second, first);
  ExpectSameTables(*second, SimHashIndex(rows, 5, 6)->tables());
  // The tables before are as they were, for whoever still reads them.
  ExpectSameTables(*first, SimHashIndex(before, 5, 6)->tables());
  // The next build takes their place.
  rows.Fill(18, 1.0f);
  index->BuildBeside(rows.view(), ThreadTeam(1));
  EXPECT_EQ(&index->tables(), first);
  ExpectInTheirBuckets(index->tables(), rows);
  // One that nobody reads meanwhile stays where it is.
  rows.Fill(19, 1.0f);
  index->Build(rows.view(), ThreadTeam(1));
  EXPECT_EQ(&index->tables(), first);
  ExpectInTheirBuckets(index->tables(), rows);
}

// Readers on several threads while builds go on beside them and rows move:
// whatever tables they meet are whole, and hash as they were hashed.
TEST(LshIndex, ReadersNeverSeeAHalfBuiltTable) {
  constexpr uint32_t kNumRows = 400;
  constexpr size_t kWidth = 16;
  constexpr int kTables = 8, kRounds = 10, kThreads = 4;
  WrittenRows rows = RandomRows(kNumRows, kWidth, Rng(kSeed));
  const std::vector<float> fixed(rows.row(0).begin(), rows.row(0).end());
  const auto index = SimHashIndex(rows, 4, kTables);
  const auto read = [&](uint64_t reader, const std::atomic<bool>& is_over) {
    Rng rng = Rng(kSeed).Stream(Purpose::kTest, reader);
    const QueryOptions options = {.budget = kNumRows};
    HitCounts hits;
    AddressScratch scratch(index->tables().family());
    std::vector<uint16_t> addresses(kTables);
    IdSet found(kNumRows, kNumRows);
    size_t num_switches = 0;
    const LshTables* last = &index->tables();
    do {
      const LshTables& tables = index->tables();
      num_switches += &tables != std::exchange(last, &tables) ? 1 : 0;
      ASSERT_TRUE(tables.Hash(util::VectorView(fixed), scratch, addresses));
      found.Clear();
      tables.Query(addresses, options, rng, hits, found);
      ASSERT_TRUE(found.Contains(0)) << "row 0 never moves";
      for (const BucketTable& table : tables.tables()) {
        ASSERT_EQ(table.num_held(), kNumRows);
      }
      for (const uint32_t id : found.ids()) ASSERT_LT(id, kNumRows);
    } while (!is_over);
    // A build's tables are met at the latest when it is over.
    EXPECT_LE(num_switches, 1u);
  };
  for (uint64_t round = 1; round <= kRounds; ++round) {
    std::atomic<bool> is_over = false;
    ThreadTeam(kThreads).Run([&](int worker, int) {
      if (worker > 1) {
        read(static_cast<uint64_t>(worker), is_over);
      } else if (worker == 1) {
        Rng rng = Rng(kSeed).Stream(Purpose::kTest, round, 1);
        while (!is_over) {
          const float weight = rng.Normal();
          rows.Fill(1 + rng.UniformInt(kNumRows - 1), weight);
        }
      } else {
        index->BuildBeside(rows.view(), ThreadTeam(1));
        is_over = true;
      }
    });
  }
}

TEST(LshIndex, RefusesARowThatIsNotFiniteAndKeepsItsTables) {
  constexpr size_t kNumRows = 100, kWidth = 20;
  for (const int team : {1, 2}) {
    for (const bool beside : {false, true}) {
      const auto build = [&](LshIndex& index, const WrittenRows& rows) {
        return beside ? index.BuildBeside(rows.view(), ThreadTeam(team))
                      : index.Build(rows.view(), ThreadTeam(team));
      };
      WrittenRows rows = RandomRows(kNumRows, kWidth, Rng(kSeed));
      const auto index = SimHashIndex(rows, 4, 3);
      const LshTables* tables = &index->tables();
      std::vector<float> bad(rows.row(70).begin(), rows.row(70).end());
      bad[3] = std::numeric_limits<float>::infinity();
      rows.Set(70, bad);
      bad[3] = std::numeric_limits<float>::quiet_NaN();
      rows.Set(40, bad);
      try {
        build(*index, rows);
        FAIL() << "built";
      } catch (const DataError& error) {
        EXPECT_STREQ(error.what(),
                     "row 40: got a value that is not a finite number");
      }
      EXPECT_EQ(&index->tables(), tables);
      ExpectSameTables(
          *tables, SimHashIndex(RandomRows(kNumRows, kWidth, Rng(kSeed)), 4, 3)
                       ->tables());
      // Nothing that the failed build left is believed.
      rows.Fill(70, 0.5f);
      rows.Fill(40, -0.5f);
      build(*index, rows);
      ExpectSameTables(index->tables(), SimHashIndex(rows, 4, 3)->tables());
    }
  }
}

TEST(LshIndex, DriftIsTheShareOfAddressesThatChanged) {
  constexpr size_t kTables = 4;
  for (const size_t num_rows : {10, 1000}) {
    WrittenRows rows(num_rows, FormatOf(kTables));
    for (size_t i = 0; i < num_rows; ++i) rows.Fill(i, 7.0f);
    LshIndex index(std::make_unique<WrittenOutFamily>(kTables),
                   RowVectors(kTables), num_rows);
    EXPECT_EQ(index.Drift(rows.view()), 0.0) << "not built yet";
    index.Build(rows.view(), ThreadTeam(1));
    EXPECT_EQ(index.Drift(rows.view()), 0.0);
    // One of four addresses of every row.
    for (size_t i = 0; i < num_rows; ++i) {
      rows.Set(i, std::vector<float>{7.0f, 7.0f, 8.0f, 7.0f});
    }
    EXPECT_EQ(index.Drift(rows.view()), 0.25);
    // And all of those of half the rows.
    for (size_t i = 0; i < num_rows; i += 2) rows.Fill(i, 9.0f);
    const double sample =
        static_cast<double>(std::min(num_rows, LshIndex::kDriftRows));
    EXPECT_NEAR(index.Drift(rows.view()), 0.625,
                num_rows == 10 ? 0.0 : 5.0 * 0.375 / std::sqrt(sample));
    rows.Fill(0, std::numeric_limits<float>::quiet_NaN());
    if (num_rows == 10) {
      EXPECT_EQ(index.Drift(rows.view()), 0.625);
    }
    for (size_t i = 0; i < num_rows; ++i) {
      rows.Fill(i, std::numeric_limits<float>::infinity());
    }
    EXPECT_EQ(index.Drift(rows.view()), 1.0);
    for (size_t i = 0; i < num_rows; ++i) rows.Fill(i, 1.0f);
    index.Build(rows.view(), ThreadTeam(1));
    EXPECT_EQ(index.Drift(rows.view()), 0.0) << "built anew";
  }
}

// Every build draws its own sample, and so does every table.
TEST(LshIndex, ReservoirsOfTablesAndBuildsDiffer) {
  constexpr uint32_t kNumRows = 200;
  const auto make = [&](uint64_t seed) {
    return std::make_unique<LshIndex>(
        std::make_unique<WrittenOutFamily>(3), RowVectors(3), kNumRows,
        BucketLimit{20, BucketPolicy::kReservoir}, seed);
  };
  WrittenRows rows(kNumRows, FormatOf(3));
  for (size_t i = 0; i < kNumRows; ++i) rows.Fill(i, 9.0f);
  const auto index = make(1), same = make(1);
  std::set<std::vector<uint32_t>> samples;
  for (int build = 0; build < 4; ++build) {
    index->Build(rows.view(), ThreadTeam(1));
    same->Build(rows.view(), ThreadTeam(2));
    for (const BucketTable& table : index->tables().tables()) {
      const auto bucket = table.bucket(9);
      EXPECT_EQ(bucket.size(), 20u);
      samples.insert({bucket.begin(), bucket.end()});
    }
    ExpectSameTables(index->tables(), same->tables());
  }
  EXPECT_EQ(samples.size(), 12u);
}

// Centered rows go where the offset behind their weights puts them: a query is
// the row less the mean, with a 1 behind it.
TEST(LshIndex, HashesTheVectorsItIsTold) {
  constexpr size_t kNumRows = 100, kWidth = 10;
  const WrittenRows rows = RandomRows(kNumRows, kWidth, Rng(kSeed));
  const std::vector<float> mean(kWidth, 3.0f);
  RowVectors vectors(kWidth, true);
  LshIndex index(SimHashOf(kWidth + 1, 8, 20), vectors, kNumRows);
  index.Center(mean);
  index.Build(rows.view(), ThreadTeam(1));
  vectors.Center(mean);
  const auto family = SimHashOf(kWidth + 1, 8, 20);
  HashScratch scratch = family->MakeScratch();
  std::vector<float> buffer(kWidth + 1);
  std::vector<uint16_t> addresses(20);
  for (uint32_t i = 0; i < kNumRows; ++i) {
    const util::VectorView row(vectors.Row(rows.view(), i, buffer));
    family->Hash(row, scratch, addresses);
    for (size_t t = 0; t < addresses.size(); ++t) {
      EXPECT_THAT(index.tables().tables()[t].bucket(addresses[t]), Contains(i));
    }
    const util::VectorView query(rows.row(i));
    family->Hash(vectors.Query(query, buffer), scratch, addresses);
    EXPECT_EQ(AddressesOf(index.tables(), rows.row(i)), addresses);
  }
}

}  // namespace
}  // namespace slide::hashing::lsh_index_test
