#include "hashing/minhash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string>
#include <tuple>
#include <vector>

#include "hashing/family_test.h"
#include "support/binomial.h"
#include "util/rng.h"

namespace slide::hashing::minhash_test {
namespace {

using ::testing::Each;
using testing_support::IsBinomial;
using util::Purpose;
using util::Rng;

constexpr uint64_t kSeed = 2'012;

MinHash Family(const HashShape& shape, uint64_t number = 0) {
  return {shape, FamilyRng(kSeed, number)};
}

// Returns the set by its definition, from all coordinates in descending order.
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
  for (const HashShape& shape : ShapesOf({1, 2, 5, 8, 16, 100, 128, 1000},
                                         {{1, 16}, {32, 16}, {50, 7}})) {
    const MinHash family = Family(shape);
    const auto expected = [&](const Vector& x) { return Expected(family, x); };
    ASSERT_NO_FATAL_FAILURE(ExpectAddresses(family, expected, rng));
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
    const int agreements = CountAgreements(
        kTrials,
        [](uint64_t number) {
          return Family({kWidth, 1, kTables}, number);
        },
        [&](uint64_t) { return std::tie(a, b); });
    const double similarity =
        sets.both / static_cast<double>(sets.only_a + sets.both + sets.only_b);
    const double p = similarity + (1.0 - similarity) * 0x1p-16;
    EXPECT_THAT(agreements, IsBinomial(kTrials, p));
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
  EXPECT_THAT(in_round, IsBinomial(kTrials, 399.0 / 799.0));
  EXPECT_THAT(over_rounds, IsBinomial(kTrials, 0.5));
}

TEST(MinHash, ScaleDoesNotMatter) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 2);
  for (const size_t width : {2, 5, 100, 128, 300}) {
    const MinHash family = Family({width, 2, 31});
    for (const Vector& x : ExampleVectors(width, rng)) {
      ExpectScaleDoesNotMatter(family, x);
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
  SCOPED_TRACE(kSeed);
  for (const size_t width : {128, 200}) {
    ExpectEveryAddressIsReached(Family({width, 6, 5, 8}), 256, 100,
                                Rng(kSeed).Stream(Purpose::kTest, 4, width));
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
  ExpectTheSeedDecides(
      [](uint64_t number) {
        return Family({128, 2, 50, 9}, number);
      },
      RandomVector(128, rng));
}

TEST(MinHash, IsMadeByItsName) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 6);
  const HashShape shape{100, 2, 20};
  const Vector x = RandomVector(100, rng);
  const auto family =
      MakeHashFamily(HashKind::kMinHash, shape, FamilyRng(kSeed, 3));
  EXPECT_EQ(Hash(*family, x), Hash(Family(shape, 3), x));
}

}  // namespace
}  // namespace slide::hashing::minhash_test
