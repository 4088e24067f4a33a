#include "util/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <map>
#include <span>
#include <unordered_set>
#include <utility>
#include <vector>

namespace slide::util::rng_test {
namespace {

constexpr uint64_t kSeed = 20'240'607;
constexpr Purpose kPurposes[] = {
    Purpose::kWeights,  Purpose::kHashFunctions, Purpose::kShuffle,
    Purpose::kSample,   Purpose::kEvalSample,    Purpose::kRecallSample,
    Purpose::kBuckets,  Purpose::kDrift,         Purpose::kSynthetic,
    Purpose::kRounding, Purpose::kTest,
};

// splitmix64 and xoshiro256++ written down once more, after the authors' C
// code (prng.di.unimi.it), so that another generator or seeding is noticed.
struct ReferenceRng {
  explicit ReferenceRng(uint64_t seed) {
    for (uint64_t& word : s) {
      seed += 0x9e3779b97f4a7c15;
      uint64_t z = seed;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
      z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
      word = z ^ (z >> 31);
    }
  }
  static uint64_t RotateLeft(uint64_t x, int k) {
    return (x << k) | (x >> (64 - k));
  }
  uint64_t Next() {
    const uint64_t result = RotateLeft(s[0] + s[3], 23) + s[0];
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = RotateLeft(s[3], 45);
    return result;
  }
  std::array<uint64_t, 4> s;
};

// Pearson's statistic, as deviations from its mean in units of its own: with
// many counts it is nearly normal.
double ChiSquareDeviation(const std::vector<uint64_t>& counts,
                          double expected) {
  double sum = 0.0;
  for (const uint64_t count : counts) {
    const double excess = static_cast<double>(count) - expected;
    sum += excess * excess / expected;
  }
  const double degrees = static_cast<double>(counts.size()) - 1.0;
  return (sum - degrees) / std::sqrt(2.0 * degrees);
}

TEST(Rng, IsXoshiroSeededBySplitMix) {
  for (const uint64_t seed : {uint64_t{0}, uint64_t{1}, kSeed, ~uint64_t{0}}) {
    SCOPED_TRACE(seed);
    Rng rng(seed);
    ReferenceRng reference(seed);
    for (int i = 0; i < 1000; ++i) ASSERT_EQ(rng.Next(), reference.Next()) << i;
  }
  // The first output of splitmix64 from 0, as published with it.
  EXPECT_EQ(ReferenceRng(0).s[0], 0xe220a8397b1dcdafu);
}

// Models, tables and draws of old runs must be reproducible: these numbers are
// part of the library's promise.
TEST(Rng, GivesTheSameNumbersInEveryVersion) {
  Rng rng(42);
  EXPECT_EQ(rng.Next(), 0xd0764d4f4476689fu);
  EXPECT_EQ(rng.Next(), 0x519e4174576f3791u);
  EXPECT_EQ(rng.Stream(Purpose::kSample, 3, 4).Next(), 0xb8d4949967b7971eu);
  EXPECT_EQ(rng.UniformInt(1'000'000), 983'894u);
  EXPECT_EQ(rng.Uniform(), 0x1.66fb3ep-1f);
  // log and sqrt may differ in the last place between libraries.
  EXPECT_NEAR(rng.Normal(), 1.3403257f, 1e-6);
  EXPECT_NEAR(rng.Normal(), 0.4023129f, 1e-6);
}

// Fisher and Yates, from the end: the draws are as they have always been.
TEST(Rng, ShufflesIntoEveryOrderAlike) {
  std::vector<int> items = {0, 1, 2, 3, 4};
  Rng rng(kSeed), same(kSeed);
  rng.Shuffle(std::span(items));
  std::vector<int> expected = {0, 1, 2, 3, 4};
  for (size_t i = 5; i > 1; --i) {
    std::swap(expected[i - 1], expected[same.UniformInt(i)]);
  }
  EXPECT_EQ(items, expected);
  constexpr int kRounds = 60'000;
  std::map<std::vector<int>, int> counts;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<int> three = {0, 1, 2};
    rng.Shuffle(std::span(three));
    ++counts[three];
  }
  ASSERT_EQ(counts.size(), 6u);
  // Five standard deviations of 10,000: 456.
  for (const auto& [order, count] : counts) EXPECT_NEAR(count, 10'000, 456);
}

TEST(Rng, AStreamDoesNotDependOnWhatWasDrawn) {
  SCOPED_TRACE(kSeed);
  const Rng fresh(kSeed);
  Rng used(kSeed);
  for (int i = 0; i < 7; ++i) used.Next();
  used.Normal();  // leaves a spare behind
  Rng a = fresh.Stream(Purpose::kSample, 5, 9);
  Rng b = used.Stream(Purpose::kSample, 5, 9);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(a.Normal(), b.Normal()) << i;
}

TEST(Rng, MakingAStreamDrawsNothing) {
  Rng a(kSeed), b(kSeed);
  (void)a.Stream(Purpose::kShuffle, 1);
  EXPECT_EQ(a.Next(), b.Next());
}

// Any two of the first outputs of 2^18 good streams agree with probability
// 2^36 / 2^65 < 1e-8.
TEST(Rng, StreamsShareNoDraws) {
  SCOPED_TRACE(kSeed);
  std::unordered_set<uint64_t> seen;
  size_t num_draws = 0;
  const auto draw = [&](Rng rng) {
    for (int i = 0; i < 2; ++i) seen.insert(rng.Next());
    num_draws += 2;
  };
  for (uint64_t seed = kSeed; seed < kSeed + 3; ++seed) {  // neighbours
    const Rng rng(seed);
    draw(rng);
    for (const Purpose purpose : kPurposes) {
      for (uint64_t a = 0; a < 70; ++a) {
        for (uint64_t b = 0; b < 70; ++b) draw(rng.Stream(purpose, a, b));
      }
      for (int bit = 7; bit < 64; ++bit) {
        draw(rng.Stream(purpose, uint64_t{1} << bit, 0));
        draw(rng.Stream(purpose, 0, uint64_t{1} << bit));
      }
      // Streams of streams.
      for (uint64_t a = 0; a < 70; ++a) {
        draw(rng.Stream(purpose).Stream(Purpose::kTest, a));
        draw(rng.Stream(Purpose::kTest, a, 71).Stream(purpose));
      }
    }
  }
  EXPECT_GT(num_draws, 200'000u);
  EXPECT_EQ(seen.size(), num_draws);
}

// The bits of neighbouring streams' first outputs differ in half their places:
// 64 n fair coins.
TEST(Rng, NeighbouringStreamsAreNotAlike) {
  SCOPED_TRACE(kSeed);
  const Rng rng(kSeed);
  constexpr int kPairs = 20'000;
  for (const bool step_a : {true, false}) {
    int64_t num_different = 0;
    for (uint64_t i = 0; i < kPairs; ++i) {
      const uint64_t first = rng.Stream(Purpose::kSample, i, i).Next();
      const uint64_t second = rng.Stream(Purpose::kSample, i + (step_a ? 1 : 0),
                                         i + (step_a ? 0 : 1))
                                  .Next();
      num_different += std::popcount(first ^ second);
    }
    const double n = 64.0 * kPairs;
    EXPECT_NEAR(static_cast<double>(num_different), n / 2.0,
                5.0 * std::sqrt(n) / 2.0);
  }
}

TEST(Rng, UniformIntIsEven) {
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 1);
  for (const uint64_t n : {2, 3, 7, 10, 64, 100, 1000}) {
    SCOPED_TRACE(n);
    std::vector<uint64_t> counts(n);
    const uint64_t draws = 2000 * n;
    for (uint64_t i = 0; i < draws; ++i) {
      const uint64_t x = rng.UniformInt(n);
      ASSERT_LT(x, n);
      ++counts[x];
    }
    // The statistic's right tail is longer than a normal one's for few counts:
    // at n = 2, a coin 5 sigma off gives (25 - 1) / sqrt(2) = 17.
    EXPECT_LT(ChiSquareDeviation(counts, 2000.0), n < 10 ? 17.0 : 7.0);
  }
}

TEST(Rng, UniformIntOfOneIsZero) {
  Rng rng(kSeed);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(rng.UniformInt(1), 0u);
}

// For n = 3 * 2^62, taking the upper half of a product without rejection would
// give every third number twice as often: 1/2 of all draws are 0 mod 3.
TEST(Rng, UniformIntIsEvenForLargeBounds) {
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 2);
  constexpr uint64_t n = 3 * (uint64_t{1} << 62);
  constexpr int kDraws = 90'000;
  std::vector<uint64_t> residues(3), thirds(3);
  for (int i = 0; i < kDraws; ++i) {
    const uint64_t x = rng.UniformInt(n);
    ASSERT_LT(x, n);
    ++residues[x % 3];
    ++thirds[x >> 62];
  }
  const double sigma = std::sqrt(kDraws * 2.0) / 3.0;
  for (size_t r = 0; r < 3; ++r) {
    EXPECT_NEAR(static_cast<double>(residues[r]), kDraws / 3.0, 5.0 * sigma);
    EXPECT_NEAR(static_cast<double>(thirds[r]), kDraws / 3.0, 5.0 * sigma);
  }
  // The largest bounds of all.
  uint64_t largest = 0;
  for (int i = 0; i < 1000; ++i) {
    largest = std::max(largest, rng.UniformInt(~uint64_t{0}));
    ASSERT_LE(rng.UniformInt((uint64_t{1} << 63) + 1), uint64_t{1} << 63);
  }
  EXPECT_LT(largest, ~uint64_t{0});
  EXPECT_GT(largest, ~uint64_t{0} / 100 * 98);
}

// Both parts of a split are even, and the rest is so for each whole by itself.
TEST(Rng, UniformSplitGivesTwoIndependentNumbers) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 6);
  constexpr size_t kNum = 1000, kParts = 10;
  constexpr int kDraws = 1'000'000;
  std::vector<uint64_t> wholes(kNum), pairs(kNum * kParts);
  for (int i = 0; i < kDraws; ++i) {
    const Rng::Split split = rng.UniformSplit(kNum);
    ASSERT_LT(split.whole, kNum);
    ASSERT_GE(split.rest, 0.0f);
    ASSERT_LT(split.rest, 1.0f);
    const auto part =
        static_cast<size_t>(split.rest * static_cast<float>(kParts));
    ++wholes[split.whole];
    ++pairs[split.whole * kParts + part];
  }
  EXPECT_LT(std::abs(ChiSquareDeviation(wholes, kDraws / 1000.0)), 6.0);
  EXPECT_LT(std::abs(ChiSquareDeviation(pairs, kDraws / 10'000.0)), 6.0);
  for (const uint64_t n : {uint64_t{1}, uint64_t{1} << 32}) {
    double sum = 0.0;
    for (int i = 0; i < 10'000; ++i) {
      const Rng::Split split = rng.UniformSplit(n);
      ASSERT_LT(split.whole, n);
      sum += static_cast<double>(split.rest);
    }
    EXPECT_NEAR(sum / 10'000, 0.5, 5.0 * std::sqrt(1.0 / 12.0 / 10'000)) << n;
  }
}

// Mean 1/2, variance 1/12; the variance of (x - 1/2)^2 is 1/180.
TEST(Rng, UniformHasTheMomentsOfUniform) {
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 3);
  constexpr int kDraws = 1'000'000;
  double sum = 0.0, squares = 0.0;
  std::vector<uint64_t> counts(1000);
  float smallest = 1.0f, largest = 0.0f;
  for (int i = 0; i < kDraws; ++i) {
    const float x = rng.Uniform();
    smallest = std::min(smallest, x);
    largest = std::max(largest, x);
    const double centred = static_cast<double>(x) - 0.5;
    sum += centred;
    squares += centred * centred;
    ++counts[static_cast<size_t>(x * 1000.0f)];
  }
  EXPECT_GE(smallest, 0.0f);
  EXPECT_LT(largest, 1.0f);
  EXPECT_NEAR(sum / kDraws, 0.0, 5.0 * std::sqrt(1.0 / 12.0 / kDraws));
  EXPECT_NEAR(squares / kDraws, 1.0 / 12.0,
              5.0 * std::sqrt(1.0 / 180.0 / kDraws));
  EXPECT_LT(std::abs(ChiSquareDeviation(counts, kDraws / 1000.0)), 6.0);
}

// Both halves of the 24 bits are as random as each other: a step of 2^-24, and
// the lowest bit as often set as not.
TEST(Rng, UniformUsesAllItsBits) {
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 4);
  constexpr int kDraws = 100'000;
  int num_odd = 0;
  for (int i = 0; i < kDraws; ++i) {
    const float steps = rng.Uniform() * 0x1p24f;
    const auto whole = static_cast<uint32_t>(steps);
    ASSERT_EQ(static_cast<float>(whole), steps);
    num_odd += static_cast<int>(whole % 2);
  }
  EXPECT_NEAR(num_odd, kDraws / 2.0, 5.0 * std::sqrt(kDraws) / 2.0);
}

TEST(Rng, NormalHasTheMomentsAndTailsOfNormal) {
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 5);
  constexpr int kDraws = 2'000'000;
  double sum = 0.0, squares = 0.0, fourth = 0.0, neighbours = 0.0;
  double before = 0.0;
  constexpr double kCuts[] = {-3.0, -2.0, -1.0, -0.5, 0.0,
                              0.5,  1.0,  2.0,  3.0,  4.0};
  std::map<double, int> above;
  for (int i = 0; i < kDraws; ++i) {
    const double x = static_cast<double>(rng.Normal());
    ASSERT_TRUE(std::isfinite(x));
    sum += x;
    squares += x * x;
    fourth += x * x * x * x;
    neighbours += x * before;
    before = x;
    for (const double cut : kCuts) above[cut] += x > cut ? 1 : 0;
  }
  // Var x = 1, Var x^2 = 2, Var x^4 = 105 - 9.
  const double root = std::sqrt(static_cast<double>(kDraws));
  EXPECT_NEAR(sum / kDraws, 0.0, 5.0 / root);
  EXPECT_NEAR(squares / kDraws, 1.0, 5.0 * std::sqrt(2.0) / root);
  EXPECT_NEAR(fourth / kDraws, 3.0, 5.0 * std::sqrt(96.0) / root);
  // The two numbers of a pair are uncorrelated.
  EXPECT_NEAR(neighbours / kDraws, 0.0, 5.0 / root);
  for (const double cut : kCuts) {
    const double p = 0.5 * std::erfc(cut / std::sqrt(2.0));
    EXPECT_NEAR(above[cut], kDraws * p, 5.0 * std::sqrt(kDraws * p * (1 - p)))
        << "above " << cut;
  }
}

}  // namespace
}  // namespace slide::util::rng_test
