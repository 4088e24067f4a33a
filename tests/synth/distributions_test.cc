#include "synth/distributions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "util/rng.h"

namespace slide::synth::distributions_test {
namespace {

using util::Purpose;
using util::Rng;

constexpr uint64_t kSeed = 20'250'101;
constexpr int kNumDraws = 200'000;

Rng TestRng() { return Rng(kSeed).Stream(Purpose::kTest); }

template <int kRoot>
void ExpectDrawsAsProbable() {
  constexpr uint32_t kNumRanks = 50;
  const PowerLaw<kRoot> law(kNumRanks);
  std::vector<double> counts(kNumRanks, 0.0);
  Rng rng = TestRng();
  for (int i = 0; i < kNumDraws; ++i) ++counts[law(ToUnit(rng.Next()))];
  double sum = 0.0;
  for (uint32_t rank = 0; rank < kNumRanks; ++rank) {
    const double p = law.Probability(rank);
    const double sigma = std::sqrt(p * (1.0 - p) / kNumDraws);
    EXPECT_NEAR(counts[rank] / kNumDraws, p, 5.0 * sigma) << rank;
    sum += p;
  }
  EXPECT_NEAR(sum, 1.0, 1e-12);
}

TEST(PowerLaw, DrawsRanksWithTheirProbability) {
  ExpectDrawsAsProbable<2>();
  ExpectDrawsAsProbable<3>();
  ExpectDrawsAsProbable<4>();
}

// The difference of x^(1 / k) at r + 2 and r + 1 is its slope at r + 1.5 but
// for a share of 1 / r^2, here 1e-6, so that at seven times that place it is
// 7^(1 - 1 / k), less than 5, times smaller.
TEST(PowerLaw, IsZipfsLawForLargeRanks) {
  const auto ratio = [](const auto& law) {
    return law.Probability(1000) / law.Probability(7009);
  };
  EXPECT_NEAR(ratio(PowerLaw<2>(100'000)), std::pow(7.0, 1.0 / 2.0), 5e-6);
  EXPECT_NEAR(ratio(PowerLaw<3>(100'000)), std::pow(7.0, 2.0 / 3.0), 5e-6);
  EXPECT_NEAR(ratio(PowerLaw<4>(100'000)), std::pow(7.0, 3.0 / 4.0), 5e-6);
}

TEST(PowerLaw, StaysBelowTheNumberOfRanks) {
  constexpr double kAlmostOne = 1.0 - 0x1p-53;
  for (const uint32_t n : {1u, 2u, 3u, 1000u, 670'091u, 4'294'967'295u}) {
    EXPECT_EQ(PowerLaw<2>(n)(0.0), 0u);
    EXPECT_EQ(PowerLaw<3>(n)(kAlmostOne), n - 1);
    EXPECT_EQ(PowerLaw<4>(n)(kAlmostOne), n - 1);
  }
}

TEST(LengthDistribution, HasTheMeanAskedFor) {
  struct Case {
    double mean;
    uint32_t max;
  };
  for (const auto [mean, max] :
       {Case{5.45, 44}, {75.0, 600}, {1.2, 10}, {3.0, 4}, {9.9, 10}}) {
    const LengthDistribution lengths(mean, 0.5, max);
    EXPECT_EQ(lengths.max(), max);
    Rng rng = TestRng();
    double sum = 0.0, squares = 0.0;
    for (int i = 0; i < kNumDraws; ++i) {
      const uint32_t length = lengths.Draw(rng);
      ASSERT_GE(length, 1u);
      ASSERT_LE(length, max);
      sum += length;
      squares += static_cast<double>(length) * length;
    }
    const double found = sum / kNumDraws;
    const double sigma =
        std::sqrt((squares / kNumDraws - found * found) / kNumDraws);
    EXPECT_NEAR(found, mean, 5.0 * sigma) << mean << " of " << max;
  }
}

TEST(LengthDistribution, IsConstantWhereTheMeanLeavesNoChoice) {
  Rng rng = TestRng();
  const LengthDistribution ones(1.0, 0.5, 100), all(100.0, 0.5, 100),
      single(1.0, 0.5, 1);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(ones.Draw(rng), 1u);
    EXPECT_EQ(all.Draw(rng), 100u);
    EXPECT_EQ(single.Draw(rng), 1u);
  }
}

// With the mean far from both ends the logarithm is normal, so its quartiles
// lie 2 * 0.6745 standard deviations apart. Lengths are whole numbers: 1 / 60
// of the length at the lower quartile, 1 / 100 at the upper one.
TEST(LengthDistribution, SpreadsAsALogNormalVariable) {
  constexpr double kSpread = 0.6;
  const LengthDistribution lengths(100.0, kSpread, 2000);
  Rng rng = TestRng();
  std::vector<uint32_t> drawn(kNumDraws);
  for (uint32_t& length : drawn) length = lengths.Draw(rng);
  std::sort(drawn.begin(), drawn.end());
  const double quartiles = std::log(static_cast<double>(drawn[150'000]) /
                                    static_cast<double>(drawn[50'000]));
  EXPECT_NEAR(quartiles, 2.0 * 0.6745 * kSpread, 1.0 / 60.0 + 1.0 / 100.0);
}

}  // namespace
}  // namespace slide::synth::distributions_test
