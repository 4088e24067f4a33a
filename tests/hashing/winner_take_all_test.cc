#include "hashing/winner_take_all.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "hashing/family_test.h"
#include "support/binomial.h"
#include "support/make_data.h"
#include "util/rng.h"

namespace slide::hashing::winner_take_all_test {
namespace {

using ::testing::Each;
using testing_support::DrawIds;
using testing_support::IsBinomial;
using util::Purpose;
using util::Rng;

constexpr uint64_t kSeed = 2'011;

WinnerTakeAll Family(const HashShape& shape, bool densified,
                     uint64_t number = 0) {
  return {shape, densified, FamilyRng(kSeed, number)};
}

// Returns the winner by its definition: the place of the first of the largest
// coordinates of a bin, for dwta of those that are not 0.
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
    SCOPED_TRACE(densified ? "dwta" : "wta");
    for (const HashShape& shape :
         ShapesOf({2, 3, 5, 8, 16, 100, 128, 1000, 3000},
                  {{1, 16}, {7, 16}, {50, 7}})) {
      const WinnerTakeAll family = Family(shape, densified);
      const auto expected = [&](const Vector& x) {
        return Expected(family, densified, x);
      };
      ASSERT_NO_FATAL_FAILURE(ExpectAddresses(family, expected, rng));
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
  constexpr uint32_t kWidth = 100'000;
  constexpr size_t kNonzeros = 75;
  constexpr int kTables = 50;
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 9);
  const WinnerTakeAll family = Family({kWidth, 2, kTables}, true);
  const auto draw = [&] { return DrawIds(kWidth, kNonzeros, rng); };
  const auto hash = [&](const std::vector<uint32_t>& ids) {
    return Hash(family, SparseVector{ids, Vector(ids.size(), 1.0f)});
  };
  int near = 0, far = 0;
  for (int i = 0; i < 100; ++i) {
    const std::vector<uint32_t> a = draw(), b(a.begin() + 7, a.end());
    const Addresses addresses = hash(a);
    near += NumEqual(addresses, hash(b));
    far += NumEqual(addresses, hash(draw()));
  }
  EXPECT_GT(near, 100 * kTables / 2);
  EXPECT_LT(far, 100 * kTables / 20);
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
  for (const std::vector<int>& of_place : counts) {
    for (const int count : of_place) {
      EXPECT_THAT(count, IsBinomial(kTrials, 1.0 / kWidth));
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
      ExpectScaleDoesNotMatter(family, x);
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
    for (size_t place = 0; place < 8; ++place) {
      if (static_cast<double>(place) < bin_size) {
        EXPECT_THAT(counts[place], IsBinomial(kTrials, p)) << place;
      } else {
        EXPECT_EQ(counts[place], 0);
      }
    }
    EXPECT_THAT(agreements, IsBinomial(kTrials, p));
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
    EXPECT_THAT(count, IsBinomial(kTrials, 1.0 / 8.0));
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
  const auto count = [&](bool densified) {
    return CountAgreements(
        kTrials,
        [=](uint64_t number) {
          return Family({128, 1, 16}, densified, number);
        },
        [&](uint64_t) { return std::tie(a, b); });
  };
  const int wta = count(false), dwta = count(true);
  EXPECT_GT(wta, kTrials * 0.8);
  // Two coordinates of one bin have different places: one in 8 and less.
  EXPECT_LT(dwta, kTrials / 8.0 + 5.0 * std::sqrt(kTrials * 7.0 / 64.0));
  EXPECT_GT(dwta, kTrials / 10.0);
}

TEST(WinnerTakeAll, EveryAddressIsReached) {
  SCOPED_TRACE(kSeed);
  for (const bool densified : {false, true}) {
    for (const size_t width : {128, 200}) {
      ExpectEveryAddressIsReached(Family({width, 3, 5}, densified), 512, 100,
                                  Rng(kSeed).Stream(Purpose::kTest, 6, width));
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
  for (const bool densified : {false, true}) {
    ExpectTheSeedDecides(
        [=](uint64_t number) {
          return Family({128, 3, 50}, densified, number);
        },
        RandomVector(128, rng));
  }
}

TEST(WinnerTakeAll, IsMadeByItsNames) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 8);
  const HashShape shape{100, 3, 20};
  Vector x = RandomVector(100, rng);
  std::fill_n(x.begin(), 80, 0.0f);
  const auto wta = MakeHashFamily(HashKind::kWta, shape, FamilyRng(kSeed, 3));
  const auto dwta = MakeHashFamily(HashKind::kDwta, shape, FamilyRng(kSeed, 3));
  EXPECT_EQ(Hash(*wta, x), Hash(Family(shape, false, 3), x));
  EXPECT_EQ(Hash(*dwta, x), Hash(Family(shape, true, 3), x));
  EXPECT_NE(Hash(*wta, x), Hash(*dwta, x));
}

}  // namespace
}  // namespace slide::hashing::winner_take_all_test
