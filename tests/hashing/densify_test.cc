#include "hashing/densify.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "util/rng.h"

namespace slide::hashing::densify_test {
namespace {

using util::Purpose;
using util::Rng;

constexpr uint64_t kSeed = 2'017;
constexpr size_t kSizes[] = {1, 2, 3, 5, 8, 31, 32, 33, 100, 150};

DonorSearch Search(size_t num_bins, uint64_t number = 0) {
  return {num_bins, Rng(kSeed).Stream(Purpose::kHashFunctions, number).Next()};
}

TEST(DonorSearch, FindsASingleFilledBinAnywhereFromEverywhere) {
  SCOPED_TRACE(kSeed);
  for (const size_t num_bins : kSizes) {
    const DonorSearch search = Search(num_bins);
    EXPECT_EQ(search.num_bins(), num_bins);
    for (size_t filled = 0; filled < num_bins; ++filled) {
      for (size_t bin = 0; bin < num_bins; ++bin) {
        ASSERT_EQ(search.Find(bin, [=](size_t b) { return b == filled; }),
                  filled)
            << "from " << bin << " of " << num_bins;
      }
    }
  }
}

// Draws, and then each bin once: at most 16 + 2 n and 2^ceil(log2(n)), and the
// donor again in a check of preconditions.
TEST(DonorSearch, AsksFewTimesMoreThanThereAreBins) {
  SCOPED_TRACE(kSeed);
  for (const size_t num_bins : kSizes) {
    for (uint64_t number = 0; number < 100; ++number) {
      size_t num_asked = 0;
      Search(num_bins, number).Find(number % num_bins, [&](size_t b) {
        EXPECT_LT(b, num_bins);
        ++num_asked;
        return b == (number / 7) % num_bins;
      });
      EXPECT_LE(num_asked, 4 * num_bins + 17);
    }
  }
}

// The donor is the first filled bin of an order that does not depend on which
// bins are filled: without others it would be the first all the same.
TEST(DonorSearch, TheDonorStaysTheSameWhenOtherBinsBecomeEmpty) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest);
  for (const size_t num_bins : kSizes) {
    const DonorSearch search = Search(num_bins);
    for (int i = 0; i < 50; ++i) {
      std::vector<bool> filled(num_bins);
      const uint64_t one_of = 1 + rng.UniformInt(20);
      filled[rng.UniformInt(num_bins)] = true;
      for (size_t b = 0; b < num_bins; ++b) {
        if (rng.UniformInt(one_of) == 0) filled[b] = true;
      }
      for (size_t bin = 0; bin < num_bins; ++bin) {
        const size_t donor =
            search.Find(bin, [&](size_t b) { return filled[b]; });
        ASSERT_TRUE(filled[donor]);
        std::vector<bool> fewer = filled;
        for (size_t b = 0; b < num_bins; ++b) {
          if (b != donor && rng.UniformInt(2) == 0) fewer[b] = false;
        }
        ASSERT_EQ(search.Find(bin, [&](size_t b) { return fewer[b]; }), donor);
      }
    }
  }
}

// Over seeds and over bins that ask, each filled bin is the donor equally
// often, also where they are neighbours or evenly spaced: a walk of equal
// steps, for one, would favour those at the ends of a row.
TEST(DonorSearch, EachFilledBinIsTheDonorEquallyOften) {
  constexpr size_t kTrials = 40'000;
  SCOPED_TRACE(kSeed);
  for (const size_t num_bins : {3, 8, 32, 150}) {
    for (const size_t num_filled : {2, 3, 5, 20}) {
      if (num_filled > num_bins) continue;
      for (const bool neighbours : {true, false}) {
        SCOPED_TRACE(std::to_string(num_filled) + " of " +
                     std::to_string(num_bins));
        std::vector<bool> filled(num_bins);
        for (size_t i = 0; i < num_filled; ++i) {
          filled[neighbours ? i : i * num_bins / num_filled] = true;
        }
        std::vector<int> counts(num_bins);
        const size_t num_seeds = kTrials / num_bins;
        for (uint64_t number = 0; number < num_seeds; ++number) {
          const DonorSearch search = Search(num_bins, number);
          for (size_t bin = 0; bin < num_bins; ++bin) {
            ++counts[search.Find(bin, [&](size_t b) { return filled[b]; })];
          }
        }
        const auto trials = static_cast<double>(num_seeds * num_bins);
        const double p = 1.0 / static_cast<double>(num_filled);
        const double sigma = std::sqrt(trials * p * (1.0 - p));
        for (size_t b = 0; b < num_bins; ++b) {
          if (filled[b]) {
            EXPECT_NEAR(counts[b], trials * p, 5.0 * sigma) << b;
          } else {
            EXPECT_EQ(counts[b], 0) << b;
          }
        }
      }
    }
  }
}

// Empty bins of one vector choose independently: of 2 filled ones, two bins
// have the same donor half of the time.
TEST(DonorSearch, BinsHaveOrdersOfTheirOwn) {
  constexpr int kTrials = 10'000;
  SCOPED_TRACE(kSeed);
  int equal = 0;
  for (int i = 0; i < kTrials; ++i) {
    const DonorSearch search = Search(32, static_cast<uint64_t>(i));
    const auto is_filled = [](size_t b) { return b == 3 || b == 17; };
    equal += search.Find(20, is_filled) == search.Find(21, is_filled) ? 1 : 0;
  }
  EXPECT_NEAR(equal, kTrials / 2.0, 5.0 * std::sqrt(kTrials) / 2.0);
}

TEST(DonorSearch, TheSameSeedGivesTheSameDonorsAndAnotherOthers) {
  SCOPED_TRACE(kSeed);
  const auto is_filled = [](size_t b) { return b % 2 == 0; };
  int equal = 0;
  for (size_t bin = 0; bin < 100; ++bin) {
    const size_t donor = Search(100, 1).Find(bin, is_filled);
    EXPECT_EQ(Search(100, 1).Find(bin, is_filled), donor);
    equal += Search(100, 2).Find(bin, is_filled) == donor ? 1 : 0;
  }
  // 100 trials of 1/50: 15 or more happen once in 10^9.
  EXPECT_LT(equal, 15);
}

}  // namespace
}  // namespace slide::hashing::densify_test
