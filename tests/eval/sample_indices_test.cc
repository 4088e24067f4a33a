#include "eval/sample_indices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace slide::sample_indices_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint64_t kSeed = 11;

TEST(SampleIndices, AreAscendingWithoutRepeats) {
  const std::vector<uint64_t> indices = eval::SampleIndices(1000, 300, kSeed);
  ASSERT_EQ(indices.size(), 300u);
  for (size_t i = 1; i < indices.size(); ++i) {
    EXPECT_LT(indices[i - 1], indices[i]);
  }
  EXPECT_LT(indices.back(), 1000u);
}

TEST(SampleIndices, AreAllWhenNoneOrTooManyAreAskedFor) {
  EXPECT_THAT(eval::SampleIndices(3, 0, kSeed), ElementsAre(0, 1, 2));
  EXPECT_THAT(eval::SampleIndices(3, 3, kSeed), ElementsAre(0, 1, 2));
  EXPECT_THAT(eval::SampleIndices(3, 9, kSeed), ElementsAre(0, 1, 2));
  EXPECT_THAT(eval::SampleIndices(0, 9, kSeed), IsEmpty());
}

TEST(SampleIndices, DependOnTheSeedAlone) {
  EXPECT_EQ(eval::SampleIndices(1000, 10, 1), eval::SampleIndices(1000, 10, 1));
  EXPECT_NE(eval::SampleIndices(1000, 10, 1), eval::SampleIndices(1000, 10, 2));
}

// Each index is in a sample of 3 out of 10 with probability 0.3.
TEST(SampleIndices, TakeEveryIndexEquallyOften) {
  constexpr int kTrials = 20'000;
  std::vector<int> counts(10, 0);
  for (int seed = 0; seed < kTrials; ++seed) {
    for (const uint64_t i :
         eval::SampleIndices(10, 3, static_cast<uint64_t>(seed))) {
      ++counts[i];
    }
  }
  const double sigma = std::sqrt(kTrials * 0.3 * 0.7);
  for (const int count : counts) {
    EXPECT_NEAR(count, kTrials * 0.3, 5.0 * sigma);
  }
}

}  // namespace
}  // namespace slide::sample_indices_test
