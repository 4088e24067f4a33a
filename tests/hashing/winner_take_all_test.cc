#include "hashing/winner_take_all.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "hashing/family_test.h"
#include "util/rng.h"

namespace slide::hashing {
namespace {

using ::testing::Each;
using util::Purpose;
using util::Rng;

constexpr uint64_t kSeed = 2'011;

Rng FamilyRng(uint64_t number) {
  return Rng(kSeed).Stream(Purpose::kHashFunctions, number);
}

WinnerTakeAll Family(const HashShape& shape, bool densified,
                     uint64_t number = 0) {
  return {shape, densified, FamilyRng(number)};
}

// By definition: the place of the first of the largest coordinates of a bin,
// for dwta of those that are not 0.
std::optional<uint32_t> Winner(const WinnerTakeAll& family, bool densified,
                               size_t bin, const Vector& x) {
  std::optional<uint32_t> winner;
  for (size_t place = 0; place < family.num_places(); ++place) {
    if (family.coordinate(bin, place) == WinnerTakeAll::kNoCoordinate) continue;
    const float value = x[family.coordinate(bin, place)];
    if (densified && value == 0.0f) continue;
    if (!winner || value > x[family.coordinate(bin, *winner)]) {
      winner = static_cast<uint32_t>(place);
    }
  }
  return winner;
}

Addresses Expected(const WinnerTakeAll& family, bool densified,
                   const Vector& x) {
  std::vector<std::optional<uint32_t>> winners;
  for (size_t bin = 0; bin < family.num_bins(); ++bin) {
    winners.push_back(Winner(family, densified, bin, x));
  }
  if (std::none_of(winners.begin(), winners.end(),
                   [](const auto& winner) { return winner.has_value(); })) {
    return Addresses(static_cast<size_t>(family.num_tables()), 0);
  }
  std::vector<uint32_t> codes;
  for (size_t bin = 0; bin < winners.size(); ++bin) {
    const size_t donor =
        winners[bin] ? bin : family.donors().Find(bin, [&](size_t b) {
          return winners[b].has_value();
        });
    codes.push_back(*winners[donor] % static_cast<uint32_t>(family.bin_size()));
  }
  const int code_bits = static_cast<int>(
      std::lround(std::log2(static_cast<double>(family.bin_size()))));
  return PackedByHand(codes, code_bits, family.shape());
}

TEST(WinnerTakeAll, AddressesAreThoseOfTheDefinition) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 1);
  for (const bool densified : {false, true}) {
    for (const size_t width : {2, 3, 5, 8, 16, 100, 128, 1000, 3000}) {
      for (int k = 1; k <= 6; ++k) {
        for (const auto& [tables, table_bits] :
             {std::pair(1, 16), {7, 16}, {50, 7}}) {
          SCOPED_TRACE(std::string(densified ? "dwta" : "wta") + ", width " +
                       std::to_string(width) + ", K " + std::to_string(k) +
                       ", L " + std::to_string(tables));
          const WinnerTakeAll family =
              Family({width, k, tables, table_bits}, densified);
          for (const Vector& x : ExampleVectors(width, rng)) {
            const Addresses expected = Expected(family, densified, x);
            ASSERT_EQ(Hash(family, x), expected);
            ASSERT_EQ(Hash(family, Sparse(x)), expected);
            for (const uint64_t one_of : {2, 100}) {
              ASSERT_EQ(Hash(family, SparseWithZeros(x, one_of, rng)),
                        expected);
            }
          }
        }
      }
    }
  }
}

TEST(WinnerTakeAll, ReportsItsShape) {
  const WinnerTakeAll family = Family({200, 4, 50}, false);
  EXPECT_EQ(family.width(), 200u);
  EXPECT_EQ(family.num_tables(), 50);
  EXPECT_EQ(family.address_bits(), 12);
  EXPECT_EQ(family.num_bins(), 200u);
  EXPECT_EQ(Family({200, 4, 50, 10}, false).address_bits(), 10);
  EXPECT_EQ(Family({7, 4, 50}, false).address_bits(), 8);
  EXPECT_EQ(Family({2, 4, 50}, true).address_bits(), 4);
}

TEST(WinnerTakeAll, ABinHasEightCoordinatesOrAPowerOfTwoWithinTheWidth) {
  for (const auto& [width, bin_size] :
       {std::pair(2, 2), {3, 2}, {4, 4}, {7, 4}, {8, 8}, {9, 8}, {1000, 8}}) {
    EXPECT_EQ(Family({static_cast<size_t>(width), 1, 1}, true).bin_size(),
              static_cast<size_t>(bin_size));
  }
}

TEST(WinnerTakeAll, APermutationUsesEachCoordinateOnce) {
  SCOPED_TRACE(kSeed);
  for (const size_t width : {2, 5, 8, 16, 100, 128, 1000}) {
    const WinnerTakeAll family = Family({width, 6, 50}, false);
    const size_t bins_a_permutation = width / family.bin_size();
    std::set<uint32_t> used;
    for (size_t bin = 0; bin < family.num_bins(); ++bin) {
      if (bin % bins_a_permutation == 0) used.clear();
      for (size_t place = 0; place < family.bin_size(); ++place) {
        const uint32_t coordinate = family.coordinate(bin, place);
        EXPECT_LT(coordinate, width);
        EXPECT_TRUE(used.insert(coordinate).second) << coordinate;
      }
    }
  }
}

TEST(WinnerTakeAll, DwtaDealsOutAllCoordinatesOfWideVectors) {
  SCOPED_TRACE(kSeed);
  // 24 bins of 8 have room for 192 coordinates.
  for (const size_t width : {191, 192, 193, 215, 216, 217, 5000}) {
    const WinnerTakeAll family = Family({width, 3, 8}, true);
    EXPECT_EQ(family.address_bits(), 9);
    std::vector<int> num_in(family.num_bins());
    std::set<uint32_t> used;
    for (size_t bin = 0; bin < family.num_bins(); ++bin) {
      for (size_t place = 0; place < family.num_places(); ++place) {
        const uint32_t coordinate = family.coordinate(bin, place);
        if (coordinate == WinnerTakeAll::kNoCoordinate) continue;
        EXPECT_LT(coordinate, width);
        used.insert(coordinate);
        ++num_in[bin];
      }
    }
    if (width > 192) {
      const auto [fewest, most] =
          std::minmax_element(num_in.begin(), num_in.end());
      EXPECT_LE(*most - *fewest, 1) << width;
      EXPECT_EQ(used.size(), width);
    } else {
      EXPECT_EQ(family.num_places(), 8u);
    }
    EXPECT_EQ(Family({width, 3, 8}, false).num_places(), 8u);
  }
}

// Sets of 75 of 100,000 coordinates: two that share all but a few meet in most
// tables, two others hardly ever.
TEST(WinnerTakeAll, DwtaTellsWideSparseVectorsApart) {
  constexpr size_t kWidth = 100'000, kNonzeros = 75, kTables = 50;
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 9);
  const WinnerTakeAll family = Family({kWidth, 2, kTables}, true);
  const auto draw = [&] {
    std::set<uint32_t> ids;
    while (ids.size() < kNonzeros) {
      ids.insert(static_cast<uint32_t>(rng.UniformInt(kWidth)));
    }
    return ids;
  };
  const auto hash = [&](const std::set<uint32_t>& ids) {
    return Hash(family, SparseVector{{ids.begin(), ids.end()},
                                     Vector(ids.size(), 1.0f)});
  };
  int near = 0, far = 0;
  for (int i = 0; i < 100; ++i) {
    const std::set<uint32_t> a = draw();
    std::set<uint32_t> b = a;
    for (int j = 0; j < 7; ++j) b.erase(b.begin());
    const Addresses x = hash(a), y = hash(b), z = hash(draw());
    for (size_t t = 0; t < kTables; ++t) {
      near += x[t] == y[t] ? 1 : 0;
      far += x[t] == z[t] ? 1 : 0;
    }
  }
  EXPECT_GT(near, 100 * static_cast<int>(kTables) / 2);
  EXPECT_LT(far, 100 * static_cast<int>(kTables) / 20);
}

// Each coordinate is at each place of a bin as often as the others, also in the
// last permutation, of which a part is drawn.
TEST(WinnerTakeAll, PlacesOfACoordinateAreEven) {
  constexpr int kTrials = 20'000;
  constexpr size_t kWidth = 20, kBins = 3;  // 2 bins a permutation
  SCOPED_TRACE(kSeed);
  std::vector<std::vector<int>> counts(kBins * 8, std::vector<int>(kWidth));
  for (int i = 0; i < kTrials; ++i) {
    const WinnerTakeAll family =
        Family({kWidth, 1, kBins}, false, static_cast<uint64_t>(i));
    for (size_t bin = 0; bin < kBins; ++bin) {
      for (size_t place = 0; place < 8; ++place) {
        ++counts[bin * 8 + place][family.coordinate(bin, place)];
      }
    }
  }
  const double p = 1.0 / kWidth;
  for (const std::vector<int>& of_place : counts) {
    for (const int count : of_place) {
      EXPECT_NEAR(count, kTrials * p, 5.0 * std::sqrt(kTrials * p * (1 - p)));
    }
  }
}

// Small integers, which these functions keep apart.
TEST(WinnerTakeAll, WtaSeesNothingButTheOrder) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 2);
  for (const size_t width : {2, 5, 100, 128, 300}) {
    const WinnerTakeAll family = Family({width, 3, 31}, false);
    for (int i = 0; i < 20; ++i) {
      Vector x(width), exponential(width), scaled(width), moved(width);
      for (size_t j = 0; j < width; ++j) {
        x[j] = static_cast<float>(rng.UniformInt(41)) - 20.0f;
        exponential[j] = std::exp(x[j]);
        scaled[j] = 0.37f * x[j];
        moved[j] = x[j] + 1000.0f;
      }
      const Addresses addresses = Hash(family, x);
      EXPECT_EQ(Hash(family, exponential), addresses);
      EXPECT_EQ(Hash(family, scaled), addresses);
      EXPECT_EQ(Hash(family, moved), addresses);
    }
  }
}

TEST(WinnerTakeAll, ScaleDoesNotMatterToDwta) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 3);
  for (const size_t width : {2, 5, 100, 128, 300}) {
    const WinnerTakeAll family = Family({width, 3, 31}, true);
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

TEST(WinnerTakeAll, DwtaIsWtaWhereNothingIsZero) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 4);
  for (const size_t width : {2, 5, 100, 128}) {
    const HashShape shape{width, 3, 50};
    for (int i = 0; i < 20; ++i) {
      const Vector x = RandomVector(width, rng);
      EXPECT_EQ(Hash(Family(shape, true), x), Hash(Family(shape, false), x));
    }
  }
}

// Over families and vectors, each place wins equally often, and two vectors
// have the same winner with probability 1 / B.
TEST(WinnerTakeAll, CodesOfRandomVectorsAreEven) {
  constexpr int kTrials = 20'000, kTables = 5;
  SCOPED_TRACE(kSeed);
  for (const size_t width : {2, 5, 8, 128}) {
    SCOPED_TRACE(width);
    Rng rng = Rng(kSeed).Stream(Purpose::kTest, 5, width);
    std::vector<int> counts(8);
    int agreements = 0;
    double bin_size = 0.0;
    for (int i = 0; i < kTrials; ++i) {
      const auto number = static_cast<uint64_t>(i);
      const WinnerTakeAll family = Family({width, 1, kTables}, false, number);
      const size_t table = number % kTables;
      const uint16_t a = Hash(family, RandomVector(width, rng))[table];
      const uint16_t b = Hash(family, RandomVector(width, rng))[table];
      bin_size = static_cast<double>(family.bin_size());
      ++counts.at(a);
      agreements += a == b ? 1 : 0;
    }
    const double p = 1.0 / bin_size;
    const double sigma = std::sqrt(kTrials * p * (1.0 - p));
    for (size_t place = 0; place < 8; ++place) {
      if (static_cast<double>(place) < bin_size) {
        EXPECT_NEAR(counts[place], kTrials * p, 5.0 * sigma) << place;
      } else {
        EXPECT_EQ(counts[place], 0);
      }
    }
    EXPECT_NEAR(agreements, kTrials * p, 5.0 * sigma);
  }
}

// A vector with one coordinate fills one bin of the 16 a permutation has, the
// others borrow, and all are even over the places.
TEST(WinnerTakeAll, BorrowedCodesAreEven) {
  constexpr int kTrials = 20'000, kTables = 32;
  SCOPED_TRACE(kSeed);
  std::vector<int> counts(8);
  for (int i = 0; i < kTrials; ++i) {
    const auto number = static_cast<uint64_t>(i);
    const WinnerTakeAll family = Family({128, 1, kTables}, true, number);
    const SparseVector x{{static_cast<uint32_t>(number % 128)}, {-1.0f}};
    ++counts.at(Hash(family, x)[(number / 128) % kTables]);
  }
  for (const int count : counts) {
    EXPECT_NEAR(count, kTrials / 8.0, 5.0 * std::sqrt(kTrials * 7.0 / 64.0));
  }
}

// The reason to densify: of two vectors with the same few coordinates and equal
// order, all codes agree; of two that share nothing but zeros, codes agree as
// those of any two vectors do, where wta takes the zeros for a likeness.
TEST(WinnerTakeAll, ZerosAreNoLikenessToDwta) {
  constexpr int kTrials = 5'000;
  SCOPED_TRACE(kSeed);
  Vector a(128), b(128);
  for (size_t i = 0; i < 4; ++i) {
    a[i] = -1.0f - static_cast<float>(i);
    b[64 + i] = -1.0f - static_cast<float>(i);
  }
  int wta = 0, dwta = 0;
  for (int i = 0; i < kTrials; ++i) {
    const auto number = static_cast<uint64_t>(i);
    const HashShape shape{128, 1, 16};
    const WinnerTakeAll plain = Family(shape, false, number);
    const WinnerTakeAll dense = Family(shape, true, number);
    const size_t table = number % 16;
    wta += Hash(plain, a)[table] == Hash(plain, b)[table] ? 1 : 0;
    dwta += Hash(dense, a)[table] == Hash(dense, b)[table] ? 1 : 0;
  }
  EXPECT_GT(wta, kTrials * 0.8);
  // Two coordinates of one bin have different places: one in 8 and less.
  EXPECT_LT(dwta, kTrials / 8.0 + 5.0 * std::sqrt(kTrials * 7.0 / 64.0));
  EXPECT_GT(dwta, kTrials / 10.0);
}

TEST(WinnerTakeAll, EveryAddressIsReached) {
  constexpr size_t kTables = 5, kAddresses = 512;
  SCOPED_TRACE(kSeed);
  for (const bool densified : {false, true}) {
    for (const size_t width : {128, 200}) {
      const WinnerTakeAll family = Family({width, 3, kTables}, densified);
      Rng rng = Rng(kSeed).Stream(Purpose::kTest, 6, width);
      std::vector<std::set<uint16_t>> seen(kTables);
      size_t num_missing = kTables * kAddresses;
      for (size_t i = 0; i < 100 * kAddresses && num_missing > 0; ++i) {
        const Addresses addresses = Hash(family, RandomVector(width, rng));
        for (size_t t = 0; t < kTables; ++t) {
          ASSERT_LT(addresses[t], kAddresses);
          num_missing -= seen[t].insert(addresses[t]).second ? 1 : 0;
        }
      }
      EXPECT_EQ(num_missing, 0u);
    }
  }
}

// Coordinates that no bin has: the rest of every permutation. Addresses are
// codes side by side, or taken from a hash.
TEST(WinnerTakeAll, WithoutAnyFilledBinEveryAddressOfDwtaIsZero) {
  SCOPED_TRACE(kSeed);
  for (const HashShape& shape : {HashShape{7, 2, 1}, HashShape{15, 1, 2},
                                 HashShape{15, 2, 1, 4}, HashShape{23, 3, 1}}) {
    const WinnerTakeAll family = Family(shape, true);
    std::vector<bool> is_used(shape.width);
    for (size_t bin = 0; bin < family.num_bins(); ++bin) {
      for (size_t place = 0; place < family.bin_size(); ++place) {
        is_used[family.coordinate(bin, place)] = true;
      }
    }
    Vector x(shape.width);
    for (size_t i = 0; i < shape.width; ++i) x[i] = is_used[i] ? 0.0f : 3.0f;
    ASSERT_FALSE(Sparse(x).ids.empty());
    EXPECT_THAT(Hash(family, x), Each(0));
    EXPECT_THAT(Hash(family, Sparse(x)), Each(0));
  }
}

TEST(WinnerTakeAll, TheSameSeedGivesTheSameAddressesAndAnotherOthers) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 7);
  const HashShape shape{128, 3, 50};
  for (const bool densified : {false, true}) {
    const Vector x = RandomVector(128, rng);
    const Addresses a = Hash(Family(shape, densified, 1), x);
    EXPECT_EQ(Hash(Family(shape, densified, 1), x), a);
    const Addresses b = Hash(Family(shape, densified, 2), x);
    int equal = 0;
    for (size_t t = 0; t < a.size(); ++t) equal += a[t] == b[t] ? 1 : 0;
    // 50 trials of 1/512: 6 or more happen once in 10^9.
    EXPECT_LT(equal, 6);
  }
}

TEST(WinnerTakeAll, IsMadeByItsNames) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 8);
  const HashShape shape{100, 3, 20};
  Vector x = RandomVector(100, rng);
  std::fill_n(x.begin(), 80, 0.0f);
  const auto wta = MakeHashFamily(HashKind::kWta, shape, FamilyRng(3));
  const auto dwta = MakeHashFamily(HashKind::kDwta, shape, FamilyRng(3));
  EXPECT_EQ(Hash(*wta, x), Hash(Family(shape, false, 3), x));
  EXPECT_EQ(Hash(*dwta, x), Hash(Family(shape, true, 3), x));
  EXPECT_NE(Hash(*wta, x), Hash(*dwta, x));
}

}  // namespace
}  // namespace slide::hashing
