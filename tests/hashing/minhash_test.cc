#include "hashing/minhash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "hashing/family_test.h"
#include "util/rng.h"

namespace slide::hashing {
namespace {

using ::testing::Each;
using util::Purpose;
using util::Rng;

constexpr uint64_t kSeed = 2'012;

Rng FamilyRng(uint64_t number) {
  return Rng(kSeed).Stream(Purpose::kHashFunctions, number);
}

MinHash Family(const HashShape& shape, uint64_t number = 0) {
  return {shape, FamilyRng(number)};
}

// By definition, from all coordinates in descending order.
std::vector<uint32_t> SetOf(const Vector& x) {
  std::vector<uint32_t> order(x.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return x[a] > x[b]; });
  order.resize(std::max<size_t>(1, x.size() / 4));
  std::erase_if(order, [&](uint32_t i) { return !(x[i] > 0.0f); });
  return order;
}

Addresses Expected(const MinHash& family, const Vector& x) {
  const std::vector<uint32_t> set = SetOf(x);
  if (set.empty()) {
    return Addresses(static_cast<size_t>(family.num_tables()), 0);
  }
  std::vector<uint32_t> codes;
  for (size_t round = 0; round < family.num_rounds(); ++round) {
    std::vector<std::vector<uint64_t>> bins(32);
    for (const uint32_t element : set) {
      const uint64_t hash = family.ElementHash(round, element);
      bins.at(hash >> 59).push_back(hash);
    }
    for (size_t b = 0; b < 32; ++b) {
      const size_t donor =
          bins[b].empty() ? family.donors().Find(
                                b, [&](size_t i) { return !bins[i].empty(); })
                          : b;
      codes.push_back(static_cast<uint32_t>(
          *std::min_element(bins[donor].begin(), bins[donor].end())));
    }
  }
  return PackedByHand(codes, 32, family.shape());
}

TEST(MinHash, AddressesAreThoseOfTheDefinition) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 1);
  for (const size_t width : {1, 2, 5, 8, 16, 100, 128, 1000}) {
    for (int k = 1; k <= 6; ++k) {
      for (const auto& [tables, table_bits] :
           {std::pair(1, 16), {32, 16}, {50, 7}}) {
        SCOPED_TRACE("width " + std::to_string(width) + ", K " +
                     std::to_string(k) + ", L " + std::to_string(tables));
        const MinHash family = Family({width, k, tables, table_bits});
        for (const Vector& x : ExampleVectors(width, rng)) {
          const Addresses expected = Expected(family, x);
          ASSERT_EQ(Hash(family, x), expected);
          ASSERT_EQ(Hash(family, Sparse(x)), expected);
          for (const uint64_t one_of : {2, 100}) {
            ASSERT_EQ(Hash(family, SparseWithZeros(x, one_of, rng)), expected);
          }
        }
      }
    }
  }
}

TEST(MinHash, ReportsItsShape) {
  const MinHash family = Family({200, 2, 50, 9});
  EXPECT_EQ(family.width(), 200u);
  EXPECT_EQ(family.num_tables(), 50);
  EXPECT_EQ(family.address_bits(), 9);
  EXPECT_EQ(family.max_set_size(), 50u);
  EXPECT_EQ(family.num_rounds(), 4u);
  EXPECT_EQ(Family({200, 2, 48}).num_rounds(), 3u);
  EXPECT_EQ(Family({3, 1, 1}).max_set_size(), 1u);
}

// P[a code agrees] = |A and B| / |A or B|, and different codes give one of the
// 2^16 addresses all the same with probability 2^-16. Sets of 2 elements leave
// 30 bins to borrow, sets of 300 none; codes of both rounds take their turn.
TEST(MinHash, CodesAgreeAsOftenAsTheJaccardSimilarity) {
  constexpr int kTrials = 10'000;
  constexpr size_t kWidth = 2'000, kTables = 40;
  struct Case {
    uint32_t only_a, both, only_b;
  };
  SCOPED_TRACE(kSeed);
  for (const Case& sets : {Case{1, 1, 1},
                           {0, 1, 1},
                           {0, 1, 9},
                           {4, 2, 4},
                           {1, 4, 0},
                           {8, 16, 8},
                           {20, 10, 20},
                           {30, 5, 30},
                           {50, 100, 150},
                           {30, 200, 40}}) {
    SCOPED_TRACE(std::to_string(sets.only_a) + ", " +
                 std::to_string(sets.both) + ", " +
                 std::to_string(sets.only_b));
    SparseVector a, b;
    for (uint32_t i = 0; i < sets.only_a + sets.both + sets.only_b; ++i) {
      if (i < sets.only_a + sets.both) a.ids.push_back(5 * i);
      if (i >= sets.only_a) b.ids.push_back(5 * i);
    }
    a.values.assign(a.ids.size(), 1.0f);
    b.values.assign(b.ids.size(), 2.0f);
    int agreements = 0;
    HashScratch scratch = Family({kWidth, 1, kTables}).MakeScratch();
    Addresses of_a(kTables), of_b(kTables);
    for (int i = 0; i < kTrials; ++i) {
      const auto number = static_cast<uint64_t>(i);
      const MinHash family = Family({kWidth, 1, kTables}, number);
      family.Hash(a.view(), scratch, of_a);
      family.Hash(b.view(), scratch, of_b);
      agreements += of_a[number % kTables] == of_b[number % kTables] ? 1 : 0;
    }
    const double similarity =
        sets.both / static_cast<double>(sets.only_a + sets.both + sets.only_b);
    const double p = similarity + (1.0 - similarity) * 0x1p-16;
    EXPECT_NEAR(agreements, kTrials * p,
                5.0 * std::sqrt(kTrials * p * (1.0 - p)));
  }
}

// Whether a table finds two vectors does not depend on another one, within a
// round and over the ends of it: otherwise L tables would find little more than
// one does. All bins are filled but once in 10^11.
TEST(MinHash, TablesAgreeIndependently) {
  constexpr int kTrials = 5'000;
  SCOPED_TRACE(kSeed);
  // 600 elements each, 400 of 800 shared: similarity 1/2.
  SparseVector a, b;
  for (uint32_t i = 0; i < 800; ++i) {
    if (i < 600) a.ids.push_back(i);
    if (i >= 200) b.ids.push_back(i);
  }
  a.values.assign(600, 1.0f);
  b.values.assign(600, 1.0f);
  int in_round = 0, over_rounds = 0;
  for (int i = 0; i < kTrials; ++i) {
    const MinHash family = Family({2'400, 1, 64}, static_cast<uint64_t>(i));
    const Addresses of_a = Hash(family, a), of_b = Hash(family, b);
    const auto agrees = [&](size_t t) { return of_a[t] == of_b[t]; };
    in_round += agrees(3) == agrees(11) ? 1 : 0;
    over_rounds += agrees(3) == agrees(35) ? 1 : 0;
  }
  // Two bins of a round never have the same element first: of the other 799
  // elements, 399 are shared if the first one's was.
  const double sigma = std::sqrt(kTrials) / 2.0;
  EXPECT_NEAR(in_round, kTrials * 399.0 / 799.0, 5.0 * sigma);
  EXPECT_NEAR(over_rounds, kTrials / 2.0, 5.0 * sigma);
}

TEST(MinHash, ScaleDoesNotMatter) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 2);
  for (const size_t width : {2, 5, 100, 128, 300}) {
    const MinHash family = Family({width, 2, 31});
    for (const Vector& x : ExampleVectors(width, rng)) {
      for (const float scale : {0x1p-30f, 0.5f, 2.0f, 0x1p30f}) {
        Vector scaled = x;
        for (float& value : scaled) value *= scale;
        EXPECT_EQ(Hash(family, scaled), Hash(family, x));
        EXPECT_EQ(Hash(family, Sparse(scaled)), Hash(family, x));
      }
    }
  }
}

TEST(MinHash, CoordinatesOutsideTheSetDoNotMatter) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 3);
  const MinHash family = Family({128, 2, 50});
  for (int i = 0; i < 50; ++i) {
    Vector x = RandomVector(128, rng);
    const Addresses addresses = Hash(family, x);
    const std::vector<uint32_t> set = SetOf(x);
    EXPECT_EQ(set.size(), 32u);
    Vector only_set(128);
    for (const uint32_t element : set) only_set[element] = 1.0f;
    EXPECT_EQ(Hash(family, only_set), addresses);
    EXPECT_EQ(Hash(family, Sparse(only_set)), addresses);
  }
}

// A code is one of few elements most of the time: with random sets of a quarter
// of all coordinates, the first of them in the order with probability 1/4. So
// it takes several codes to spread vectors evenly.
TEST(MinHash, EveryAddressIsReached) {
  constexpr size_t kTables = 5, kAddresses = 256;
  SCOPED_TRACE(kSeed);
  for (const size_t width : {128, 200}) {
    const MinHash family = Family({width, 6, kTables, 8});
    Rng rng = Rng(kSeed).Stream(Purpose::kTest, 4, width);
    std::vector<std::set<uint16_t>> seen(kTables);
    size_t num_missing = kTables * kAddresses;
    for (size_t i = 0; i < 100 * kAddresses && num_missing > 0; ++i) {
      const Addresses addresses = Hash(family, RandomVector(width, rng));
      for (size_t t = 0; t < kTables; ++t) {
        ASSERT_LT(addresses[t], kAddresses);
        num_missing -= seen[t].insert(addresses[t]).second ? 1 : 0;
      }
    }
    EXPECT_EQ(num_missing, 0u) << width;
  }
}

TEST(MinHash, WithoutAPositiveCoordinateEveryAddressIsZero) {
  for (const size_t width : {1, 5, 128}) {
    Vector x(width);
    x[width / 2] = -1.0f;
    EXPECT_THAT(Hash(Family({width, 2, 40}), x), Each(0));
    EXPECT_THAT(Hash(Family({width, 2, 40}), Sparse(x)), Each(0));
  }
}

TEST(MinHash, TheSameSeedGivesTheSameAddressesAndAnotherOthers) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 5);
  const HashShape shape{128, 2, 50, 9};
  const Vector x = RandomVector(128, rng);
  const Addresses a = Hash(Family(shape, 1), x);
  EXPECT_EQ(Hash(Family(shape, 1), x), a);
  const Addresses b = Hash(Family(shape, 2), x);
  int equal = 0;
  for (size_t t = 0; t < a.size(); ++t) equal += a[t] == b[t] ? 1 : 0;
  // 50 trials of 1/512: 6 or more happen once in 10^9.
  EXPECT_LT(equal, 6);
}

TEST(MinHash, IsMadeByItsName) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 6);
  const HashShape shape{100, 2, 20};
  const Vector x = RandomVector(100, rng);
  const auto family = MakeHashFamily(HashKind::kMinHash, shape, FamilyRng(3));
  EXPECT_EQ(Hash(*family, x), Hash(Family(shape, 3), x));
}

}  // namespace
}  // namespace slide::hashing
