#include "hashing/auto_settings.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>

#include "hashing/bucket_table.h"
#include "hashing/hash_family.h"

namespace slide::hashing::auto_settings_test {
namespace {

// Returns the rows in all L buckets of an average row, for each candidate, by
// the rule.
double RowsPerCandidate(const HashOptions& hash, size_t num_neurons) {
  return static_cast<double>(num_neurons) * *hash.num_tables /
         std::exp2(*hash.hashes_per_table) / *hash.candidates;
}

TEST(SettledHash, AQuerysBucketsHoldFiveTimesTheCandidatesOnAverage) {
  for (const size_t n : {5'000u, 22'601u, 100'000u, 670'091u, 3'000'000u}) {
    for (const int candidates : {50, 100, 200, 400, 1000}) {
      const HashOptions hash = SettledHash(
          {.kind = HashKind::kSimHash, .candidates = candidates}, n);
      if (*hash.hashes_per_table == 16) continue;
      EXPECT_GT(RowsPerCandidate(hash, n), 5.0 / std::sqrt(2.0) - 0.01);
      EXPECT_LT(RowsPerCandidate(hash, n), 5.0 * std::sqrt(2.0) + 0.01);
    }
  }
}

TEST(SettledHash, TablesAreAQuarterOfTheCandidates) {
  for (const auto& [candidates, num_tables] :
       {std::pair{1, 10}, {100, 25}, {200, 50}, {1'000'000, 100}}) {
    EXPECT_EQ(SettledHash({.candidates = candidates}, 1000).num_tables,
              num_tables);
  }
}

// An address takes 1 to 16 bits, whatever the sizes.
TEST(SettledHash, ExtremeSizesHaveSettingsToo) {
  for (const size_t n : {size_t{1}, size_t{159}, size_t{~uint32_t{0}}}) {
    for (const int candidates : {1, 200, 100'000'000}) {
      const HashOptions hash = SettledHash(
          {.kind = HashKind::kSimHash, .candidates = candidates}, n);
      EXPECT_GE(*hash.hashes_per_table, 1);
      EXPECT_LE(*hash.hashes_per_table, 16);
      hash.Validate();
    }
  }
}

TEST(SettledHash, EveryFamilyFillsTheAddressWithWhatAHashTakes) {
  struct Case {
    HashKind kind;
    int hashes_per_table, table_bits;
  };
  // 22,601 neurons want 10 bits.
  for (const Case& at : {Case{HashKind::kSimHash, 10, 16},
                         {HashKind::kWta, 4, 16},
                         {HashKind::kDwta, 4, 16},
                         {HashKind::kMinHash, 1, 10}}) {
    const HashOptions hash = SettledHash({.kind = at.kind}, 22'601);
    EXPECT_EQ(hash.hashes_per_table, at.hashes_per_table) << Name(at.kind);
    EXPECT_EQ(hash.table_bits, at.table_bits) << Name(at.kind);
  }
}

TEST(SettledHash, WhatIsSetStaysAndTheRestSuitsIt) {
  const HashOptions all = SettledHash(
      {.hashes_per_table = 3, .num_tables = 7, .table_bits = 2}, 22'601);
  EXPECT_EQ(all.hashes_per_table, 3);
  EXPECT_EQ(all.num_tables, 7);
  EXPECT_EQ(all.table_bits, 2);
  // Half the tables want buckets twice as full.
  EXPECT_EQ(SettledHash({.kind = HashKind::kSimHash, .num_tables = 25}, 22'601)
                .hashes_per_table,
            9);
}

TEST(TableBytes, AreThoseOfTheTables) {
  constexpr size_t kNumNeurons = 1000;
  for (const HashKind kind : {HashKind::kSimHash, HashKind::kWta,
                              HashKind::kDwta, HashKind::kMinHash}) {
    for (const int capacity : {0, 1, 16}) {
      const HashOptions hash =
          SettledHash({.kind = kind, .bucket_capacity = capacity}, kNumNeurons);
      const auto family =
          MakeHashFamily(kind,
                         {.width = 8,
                          .hashes_per_table = *hash.hashes_per_table,
                          .num_tables = *hash.num_tables,
                          .table_bits = *hash.table_bits},
                         util::Rng(1));
      const BucketTable table(kNumNeurons, family->address_bits(),
                              {.capacity = static_cast<uint32_t>(capacity)});
      EXPECT_EQ(TableBytes(hash, kNumNeurons),
                static_cast<size_t>(*hash.num_tables) * table.num_bytes())
          << Name(kind) << " " << capacity;
    }
  }
  EXPECT_EQ(TableBytes(SettledHash({.kind = HashKind::kNone}, kNumNeurons),
                       kNumNeurons),
            0u);
}

}  // namespace
}  // namespace slide::hashing::auto_settings_test
