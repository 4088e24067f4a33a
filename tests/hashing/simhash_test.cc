#include "hashing/simhash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <numbers>
#include <set>
#include <utility>
#include <vector>

#include "hashing/family_test.h"
#include "support/binomial.h"
#include "support/make_data.h"
#include "util/rng.h"

namespace slide::hashing::simhash_test {
namespace {

using ::testing::Each;
using testing_support::DrawIds;
using testing_support::IsBinomial;
using util::Purpose;
using util::Rng;

constexpr uint64_t kSeed = 2'002;
// All bits of the first transform of vectors up to this width, one a table.
constexpr size_t kMinPaddedWidth = 128;

SimHash Family(const HashShape& shape, uint64_t number = 0) {
  return {shape, FamilyRng(kSeed, number)};
}

double Dot(const Vector& a, const Vector& b) {
  double sum = 0.0;
  for (size_t i = 0; i < a.size(); ++i) {
    sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  }
  return sum;
}

// Two random vectors, the second turned from the first by the angle.
std::pair<Vector, Vector> PairAt(double angle, size_t width, Rng& rng) {
  const Vector a = RandomVector(width, rng);
  Vector b = RandomVector(width, rng);
  const double along = Dot(a, b) / Dot(a, a);
  for (size_t i = 0; i < width; ++i) {
    b[i] -= static_cast<float>(along) * a[i];
  }
  const double length = std::sqrt(Dot(a, a) / Dot(b, b));
  for (size_t i = 0; i < width; ++i) {
    b[i] = static_cast<float>(std::cos(angle) * static_cast<double>(a[i]) +
                              std::sin(angle) * length *
                                  static_cast<double>(b[i]));
  }
  return {a, b};
}

// In how many of the trials one bit of a pair agrees, each trial with a family
// and a pair of its own; all bits of the first transform take their turn.
int CountBitAgreements(
    int trials, size_t width,
    const std::function<std::pair<Vector, Vector>(Rng&)>& draw_pair) {
  return CountAgreements(
      trials,
      [=](uint64_t number) {
        return Family({width, 1, kMinPaddedWidth}, number);
      },
      [&](uint64_t number) {
        Rng rng = Rng(kSeed).Stream(Purpose::kTest, number, width);
        return draw_pair(rng);
      });
}

// P[one bit agrees] = 1 - angle / pi (Charikar 2002). For projections made of
// signs that is a limit: measured with 2.5 million bits, it holds from width 3
// on to within 0.001 for pairs like these, and is 0.006 off at width 2.
TEST(SimHash, AgreementFallsLinearlyWithAngle) {
  constexpr int kTrials = 20'000;
  SCOPED_TRACE(kSeed);
  for (const size_t width : {3, 16, 100, 128, 200}) {
    for (const double angle : {0.1, 0.5, 1.0, 1.5, 2.5}) {
      const double p = 1.0 - angle / std::numbers::pi;
      const int agreements = CountBitAgreements(
          kTrials, width, [&](Rng& rng) { return PairAt(angle, width, rng); });
      EXPECT_THAT(agreements, IsBinomial(kTrials, p))
          << "width " << width << ", angle " << angle;
    }
  }
}

// P[a sum of n random signs is s].
double SignSumProbability(int n, int s) {
  if (std::abs(s) > n || (n + s) % 2 != 0) return 0.0;
  const int k = (n + s) / 2;
  return std::exp(std::lgamma(n + 1.0) - std::lgamma(k + 1.0) -
                  std::lgamma(n - k + 1.0) - n * std::numbers::ln2);
}

// P[one bit of e_i and of p e_i + q e_j agrees]. The entries of a row of
// H D2 H D1 in columns i and j are A + B and A - B, each times a sign, where A
// and B are sums of d / 2 random signs: rows k of H have equal signs in the two
// columns for half of all k, and different ones for the other half.
double OneHotAgreement(int d, int p, int q) {
  double agreement = 0.0;
  for (int a = -d / 2; a <= d / 2; a += 2) {
    for (int b = -d / 2; b <= d / 2; b += 2) {
      const double probability =
          SignSumProbability(d / 2, a) * SignSumProbability(d / 2, b);
      for (const int sign_i : {-1, 1}) {
        for (const int sign_j : {-1, 1}) {
          const int first = sign_i * (a + b);
          const int second = p * first + q * sign_j * (a - b);
          agreement += (first < 0) == (second < 0) ? probability / 4.0 : 0.0;
        }
      }
    }
  }
  return agreement;
}

// The sparsest pairs there are: their projections are integers, zero among
// them, and up to 0.014 off the theorem. All sums are exact here.
TEST(SimHash, AgreementOfOneHotPairsIsThatOfSumsOfSigns) {
  constexpr int kTrials = 20'000;
  struct Case {
    size_t width;
    int padded_width, p, q;
  };
  SCOPED_TRACE(kSeed);
  std::vector<Case> cases;
  for (const auto& [p, q] :
       {std::pair(10, 1), {4, 3}, {3, 5}, {1, 14}, {-4, 3}}) {
    cases.push_back({2, 128, p, q});
    cases.push_back({128, 128, p, q});
    cases.push_back({200, 256, p, q});
  }
  for (const Case& at : cases) {
    const double expected = OneHotAgreement(at.padded_width, at.p, at.q);
    const int agreements = CountBitAgreements(kTrials, at.width, [&](Rng& rng) {
      const size_t i = rng.UniformInt(at.width);
      const size_t j = (i + 1 + rng.UniformInt(at.width - 1)) % at.width;
      Vector a(at.width), b(at.width);
      a[i] = 1.0f;
      b[i] = static_cast<float>(at.p);
      b[j] = static_cast<float>(at.q);
      return std::pair(a, b);
    });
    EXPECT_THAT(agreements, IsBinomial(kTrials, expected))
        << "width " << at.width << ", " << at.p << " and " << at.q;
  }
}

// Over the families, each bit of a one-hot vector is as likely set as not, but
// for projections of zero, and those are as rare as sums of 128 signs are zero:
// at all places, also where rows and columns of H have the same number.
TEST(SimHash, EachBitIsAFairCoin) {
  constexpr int kTrials = 10'000;
  SCOPED_TRACE(kSeed);
  Vector x(5), opposite(5);
  x[3] = 1.0f;
  opposite[3] = -1.0f;
  std::vector<int> num_set(kMinPaddedWidth), num_zero(kMinPaddedWidth);
  for (int i = 0; i < kTrials; ++i) {
    const SimHash family =
        Family({5, 1, kMinPaddedWidth}, static_cast<uint64_t>(i));
    const Addresses a = Hash(family, x), b = Hash(family, opposite);
    for (size_t bit = 0; bit < kMinPaddedWidth; ++bit) {
      num_set[bit] += a[bit];
      num_zero[bit] += a[bit] == 0 && b[bit] == 0 ? 1 : 0;
    }
  }
  const double zero = SignSumProbability(kMinPaddedWidth, 0);
  const double set = (1.0 - zero) / 2.0;
  for (size_t bit = 0; bit < kMinPaddedWidth; ++bit) {
    EXPECT_THAT(num_set[bit], IsBinomial(kTrials, set)) << bit;
    EXPECT_THAT(num_zero[bit], IsBinomial(kTrials, zero)) << bit;
  }
}

// Over the families, any two bits of one vector are equal half of the time, be
// the vector random or one that a row of H is a multiple of.
TEST(SimHash, BitsOfATableAreNotCopiesOfEachOther) {
  constexpr size_t kWidth = 128;
  constexpr int kTrials = 4'000, kBits = 9;
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 1);
  const Vector ones(kWidth, 1.0f);
  for (const bool random : {true, false}) {
    std::vector<std::vector<int>> equal(kBits, std::vector<int>(kBits));
    for (int i = 0; i < kTrials; ++i) {
      const SimHash family =
          Family({kWidth, kBits, 1}, static_cast<uint64_t>(i));
      const uint16_t address =
          Hash(family, random ? RandomVector(kWidth, rng) : ones)[0];
      for (size_t a = 0; a < kBits; ++a) {
        for (size_t b = 0; b < a; ++b) {
          equal[a][b] += ((address >> a) & 1) == ((address >> b) & 1) ? 1 : 0;
        }
      }
    }
    for (size_t a = 0; a < kBits; ++a) {
      for (size_t b = 0; b < a; ++b) {
        EXPECT_THAT(equal[a][b], IsBinomial(kTrials, 0.5))
            << a << ", " << b << (random ? ", random" : ", ones");
      }
    }
  }
}

// Vectors of the padded width have orthogonal projections, narrower ones nearly
// so, and projections that correlate make some addresses rarer than others.
TEST(SimHash, EveryAddressIsReached) {
  constexpr int kTables = 13;  // the last one cut from two transforms
  SCOPED_TRACE(kSeed);
  for (const size_t width : {100, 128, 200}) {
    for (const int hashes : {1, 5, 10}) {
      ExpectEveryAddressIsReached(Family({width, hashes, kTables}),
                                  size_t{1} << hashes, 1000,
                                  Rng(kSeed).Stream(Purpose::kTest, width));
    }
  }
}

TEST(SimHash, ReportsItsShape) {
  const SimHash family = Family({200, 7, 50});
  EXPECT_EQ(family.width(), 200u);
  EXPECT_EQ(family.num_tables(), 50);
  EXPECT_EQ(family.address_bits(), 7);
}

// With one hash a table the addresses are the bits themselves; with more they
// are the same bits, the first the lowest. Streams of every length are cut
// here, also across the ends of transforms.
TEST(SimHash, AddressesAreTheStreamOfBitsCutIntoPieces) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 2);
  for (const size_t width : {1, 5, 64, 100, 128, 129, 300}) {
    const Vector x = RandomVector(width, rng);
    const Addresses bits = Hash(Family({width, 1, 16 * 60}), x);
    for (size_t k = 1; k <= 16; ++k) {
      for (const size_t tables : {1, 2, 7, 50, 60}) {
        const SimHash family =
            Family({width, static_cast<int>(k), static_cast<int>(tables)});
        const Addresses addresses = Hash(family, x);
        for (size_t t = 0; t < tables; ++t) {
          unsigned expected = 0;
          for (size_t j = 0; j < k; ++j) {
            expected |= static_cast<unsigned>(bits[t * k + j]) << j;
          }
          ASSERT_EQ(addresses[t], expected)
              << "width " << width << ", K " << k << ", table " << t << " of "
              << tables;
        }
      }
    }
  }
}

// Steps of a power of two round nothing, nor do small integers times 37.
TEST(SimHash, LengthDoesNotMatter) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 4);
  for (const size_t width : {1, 77, 128, 200}) {
    const SimHash family = Family({width, 9, 31});
    for (int i = 0; i < 50; ++i) {
      ExpectScaleDoesNotMatter(family, RandomVector(width, rng));
      Vector x(width), scaled(width);
      for (size_t j = 0; j < width; ++j) {
        x[j] = static_cast<float>(rng.UniformInt(9)) - 4.0f;
        scaled[j] = 37.0f * x[j];
      }
      ASSERT_EQ(Hash(family, scaled), Hash(family, x));
    }
  }
}

TEST(SimHash, TheOppositeVectorHasTheOppositeBits) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 5);
  constexpr int kHashes = 11;
  for (const size_t width : {16, 100, 128, 300}) {
    const SimHash family = Family({width, kHashes, 23});
    for (int i = 0; i < 50; ++i) {
      const Vector x = RandomVector(width, rng);
      Vector opposite(width);
      for (size_t j = 0; j < width; ++j) opposite[j] = -x[j];
      const Addresses a = Hash(family, x), b = Hash(family, opposite);
      for (size_t t = 0; t < a.size(); ++t) {
        ASSERT_EQ(a[t] ^ b[t], (1 << kHashes) - 1);
      }
    }
    // Where a projection is zero neither has the bit; never have both.
    for (size_t j = 0; j < width; ++j) {
      Vector x(width), opposite(width);
      x[j] = 1.0f;
      opposite[j] = -1.0f;
      const Addresses a = Hash(family, x), b = Hash(family, opposite);
      for (size_t t = 0; t < a.size(); ++t) ASSERT_EQ(a[t] & b[t], 0);
    }
  }
}

TEST(SimHash, ZeroHasAddressZeroEverywhere) {
  for (const size_t width : {1, 100, 128, 1000}) {
    for (const float zero : {0.0f, -0.0f}) {
      EXPECT_THAT(Hash(Family({width, 12, 40}), Vector(width, zero)), Each(0));
    }
  }
}

TEST(SimHash, TheSameSeedGivesTheSameAddressesAndAnotherOthers) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 6);
  // Transformed, and too wide for that.
  for (const size_t width : {size_t{128}, SimHash::kMaxTransformedWidth + 1}) {
    ExpectTheSeedDecides(
        [width](uint64_t number) {
          return Family({width, 10, 50}, number);
        },
        RandomVector(width, rng));
  }
}

// Wider vectors than are transformed: the projections are sums of normal
// coefficients, up to their 256 levels, so that the theorem holds for sparse
// pairs too, down to two coordinates.
TEST(SimHash, AgreementOfWideSparsePairsFallsLinearlyWithAngle) {
  constexpr uint32_t kWidth = 100'000;
  constexpr int kTrials = 20'000;
  SCOPED_TRACE(kSeed);
  for (const size_t num_nonzeros : {2, 3, 10, 75}) {
    for (const double angle : {0.1, 0.5, 1.0, 1.5, 2.5}) {
      const int agreements = CountAgreements(
          kTrials,
          [](uint64_t number) {
            return Family({kWidth, 1, 2}, number);
          },
          [&](uint64_t number) {
            Rng rng = Rng(kSeed).Stream(Purpose::kTest, number, num_nonzeros);
            const auto [a, b] = PairAt(angle, num_nonzeros, rng);
            const std::vector<uint32_t> ids =
                DrawIds(kWidth, num_nonzeros, rng);
            return std::pair(SparseVector{ids, a}, SparseVector{ids, b});
          });
      EXPECT_THAT(agreements,
                  IsBinomial(kTrials, 1.0 - angle / std::numbers::pi))
          << num_nonzeros << " coordinates, angle " << angle;
    }
  }
}

// The bits behind a mixed address are those of the exact one.
TEST(SimHash, MoreHashesThanBitsAreMixedTableByTable) {
  constexpr int kTables = 30;
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 8);
  for (const int k : {12, 16}) {
    const SimHash exact = Family({128, k, kTables});
    const SimHash mixed = Family({128, k, kTables, 8});
    EXPECT_EQ(mixed.address_bits(), 8);
    // Equal exact addresses stay equal, and every mixed one is reached.
    std::map<uint16_t, uint16_t> image;
    for (int i = 0; i < 300; ++i) {
      const Vector x = RandomVector(128, rng);
      const Addresses a = Hash(exact, x), b = Hash(mixed, x);
      for (size_t t = 0; t < kTables; ++t) {
        const auto [place, is_new] = image.emplace(a[t], b[t]);
        ASSERT_EQ(place->second, b[t]);
      }
    }
    std::set<uint16_t> images;
    for (const auto& [address, mixed_address] : image) {
      images.insert(mixed_address);
    }
    EXPECT_EQ(images.size(), 256u) << "K = " << k;
  }
}

// Two tables with the same function would give equal addresses for every x;
// different ones of 8 bits do so for all of 10 with probability 2^-80.
TEST(SimHash, TablesAreDifferent) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 7);
  constexpr size_t kTables = 100;
  for (const size_t width : {64, 128, 200}) {
    const SimHash family = Family({width, 8, kTables});
    std::vector<Addresses> signatures(kTables);
    for (int i = 0; i < 10; ++i) {
      const Addresses addresses = Hash(family, RandomVector(width, rng));
      for (size_t t = 0; t < kTables; ++t) {
        signatures[t].push_back(addresses[t]);
      }
    }
    const std::set<Addresses> different(signatures.begin(), signatures.end());
    EXPECT_EQ(different.size(), kTables) << width;
  }
}

}  // namespace
}  // namespace slide::hashing::simhash_test
