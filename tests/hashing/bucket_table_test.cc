#include "hashing/bucket_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "util/rng.h"

namespace slide::hashing::bucket_table_test {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using util::Purpose;
using util::Rng;

constexpr uint64_t kSeed = 5;

std::vector<uint16_t> RandomAddresses(size_t num_rows, int address_bits,
                                      Rng& rng) {
  std::vector<uint16_t> addresses(num_rows);
  for (uint16_t& a : addresses) {
    a = static_cast<uint16_t>(rng.UniformInt(uint64_t{1} << address_bits));
  }
  return addresses;
}

// The ids of each bucket, put together the slow way.
void ExpectHolds(const BucketTable& table,
                 const std::vector<uint16_t>& addresses) {
  std::vector<std::vector<uint32_t>> buckets(table.num_buckets());
  for (uint32_t i = 0; i < addresses.size(); ++i) {
    buckets[addresses[i]].push_back(i);
  }
  for (size_t a = 0; a < buckets.size(); ++a) {
    const auto bucket = table.bucket(a);
    ASSERT_EQ(std::vector<uint32_t>(bucket.begin(), bucket.end()), buckets[a])
        << "bucket " << a;
  }
}

TEST(BucketTable, HoldsEveryIdOnceInItsBucketAscending) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest);
  for (const int bits : {1, 2, 7, 12, 16}) {
    for (const size_t num_rows : {1, 2, 3, 100, 5000}) {
      SCOPED_TRACE(std::to_string(num_rows) + " rows, " + std::to_string(bits) +
                   " bits");
      const auto addresses = RandomAddresses(num_rows, bits, rng);
      BucketTable table(num_rows, bits);
      EXPECT_EQ(table.num_buckets(), size_t{1} << bits);
      EXPECT_EQ(table.num_bytes(), 4 * (num_rows + (size_t{1} << bits) + 1));
      table.Build(addresses);
      ExpectHolds(table, addresses);
    }
  }
}

TEST(BucketTable, IsEmptyBeforeBuild) {
  const BucketTable table(10, 4);
  for (size_t a = 0; a < 16; ++a) EXPECT_THAT(table.bucket(a), IsEmpty());
}

TEST(BucketTable, MayHaveNoRows) {
  BucketTable table(0, 3);
  table.Build({});
  for (size_t a = 0; a < 8; ++a) EXPECT_THAT(table.bucket(a), IsEmpty());
}

TEST(BucketTable, KeepsALoneRowInAnyBucket) {
  for (uint16_t address = 0; address < 8; ++address) {
    BucketTable table(1, 3);
    table.Build({&address, 1});
    for (uint16_t a = 0; a < 8; ++a) {
      EXPECT_THAT(table.bucket(a), SizeIs(a == address ? 1 : 0));
    }
    EXPECT_THAT(table.bucket(address), ElementsAre(0));
  }
}

TEST(BucketTable, KeepsAllRowsInOneBucket) {
  for (const uint16_t address : {uint16_t{0}, uint16_t{7}, uint16_t{65'535}}) {
    BucketTable table(1000, 16);
    const std::vector<uint16_t> addresses(1000, address);
    table.Build(addresses);
    ExpectHolds(table, addresses);
    EXPECT_THAT(table.bucket(address), SizeIs(1000));
  }
}

// Nothing of the old build may shine through, in particular not where the new
// one leaves buckets empty.
TEST(BucketTable, BuildReplacesWhatWasThere) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 1);
  BucketTable table(300, 6);
  for (int round = 0; round < 5; ++round) {
    const auto addresses = RandomAddresses(300, round + 2, rng);
    table.Build(addresses);
    ExpectHolds(table, addresses);
  }
  const std::vector<uint16_t> last(300, 63);
  table.Build(last);
  ExpectHolds(table, last);
}

// The buckets put together the slow way, and cut to the last that came.
TEST(BucketTable, FifoKeepsTheLastThatCame) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 2);
  for (const uint32_t capacity : {1u, 2u, 7u, 100u, 100'000u}) {
    for (const int bits : {1, 4, 9}) {
      const auto addresses = RandomAddresses(1000, bits, rng);
      std::vector<std::vector<uint32_t>> buckets(size_t{1} << bits);
      for (uint32_t i = 0; i < addresses.size(); ++i) {
        buckets[addresses[i]].push_back(i);
      }
      BucketTable table(1000, bits, {capacity, BucketPolicy::kFifo});
      EXPECT_LE(table.num_bytes(),
                4 * (std::min<size_t>(1000, capacity * buckets.size()) +
                     buckets.size() + 1));
      for (int round = 0; round < 2; ++round) {
        table.Build(addresses);
        size_t num_held = 0;
        for (size_t a = 0; a < buckets.size(); ++a) {
          auto expected = buckets[a];
          if (expected.size() > capacity) {
            expected.erase(expected.begin(), expected.end() - capacity);
          }
          num_held += expected.size();
          ASSERT_THAT(table.bucket(a), ElementsAreArray(expected));
        }
        EXPECT_EQ(table.num_held(), num_held);
      }
    }
  }
}

TEST(BucketTable, AReservoirKeepsSomeOfThoseThatCameAscending) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 3);
  const auto addresses = RandomAddresses(1000, 3, rng);
  BucketTable whole(1000, 3);
  whole.Build(addresses);
  for (const uint32_t capacity : {1u, 50u, 1000u}) {
    BucketTable table(1000, 3, {capacity, BucketPolicy::kReservoir});
    for (uint64_t seed = 0; seed < 20; ++seed) {
      table.Build(addresses, seed);
      for (size_t a = 0; a < 8; ++a) {
        const auto all = whole.bucket(a), kept = table.bucket(a);
        ASSERT_EQ(kept.size(), std::min<size_t>(all.size(), capacity));
        ASSERT_TRUE(std::is_sorted(kept.begin(), kept.end()));
        ASSERT_TRUE(
            std::includes(all.begin(), all.end(), kept.begin(), kept.end()));
        ASSERT_EQ(std::adjacent_find(kept.begin(), kept.end()), kept.end());
      }
    }
  }
}

// Each of those that came, the first and the last among them, is kept in
// capacity / size of the builds. The covariance matrix of the counts has the
// eigenvalue variance n / (n - 1), n - 1 times (and 0, as their sum is fixed),
// so that sum (count - mean)^2 (n - 1) / (n variance) is about chi-square.
TEST(BucketTable, AReservoirIsAUniformSample) {
  constexpr size_t kRows = 60;
  constexpr uint32_t kCapacity = 12;
  constexpr int kBuilds = 20'000;
  BucketTable table(kRows, 1, {kCapacity, BucketPolicy::kReservoir});
  const std::vector<uint16_t> addresses(kRows, 1);
  std::vector<int> counts(kRows);
  for (uint64_t seed = 0; seed < kBuilds; ++seed) {
    table.Build(addresses, util::Mix64(seed + kSeed));
    for (const uint32_t id : table.bucket(1)) ++counts[id];
  }
  const double p = static_cast<double>(kCapacity) / kRows;
  const double expected = kBuilds * p;
  double statistic = 0.0;
  for (const int count : counts) {
    statistic += (count - expected) * (count - expected) / (expected * (1 - p));
  }
  const double degrees = kRows - 1.0;
  EXPECT_NEAR(statistic * degrees / kRows, degrees,
              5.0 * std::sqrt(2.0 * degrees));
}

// A query reads the very bounds that it prefetches.
TEST(BucketTable, BoundsAreThoseOfTheBucket) {
  BucketTable table(4, 2);
  table.Build(std::vector<uint16_t>{3, 1, 3, 0});
  for (size_t a = 0; a < 4; ++a) {
    const uint32_t* bounds = table.bounds(a);
    EXPECT_EQ(bounds[1] - bounds[0], table.bucket(a).size());
  }
  EXPECT_THAT(table.bucket(3), ElementsAre(0, 2));
}

}  // namespace
}  // namespace slide::hashing::bucket_table_test
