#include "sampling/alias_sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include "support/label_counts.h"

namespace slide::sampling::alias_sampler_test {
namespace {

constexpr uint64_t kSeed = 5;
using testing_support::kNeurons;
using testing_support::ZipfCounts;

TEST(AliasSampler, DrawsEachNeuronWithItsProbability) {
  const std::vector<uint64_t> counts = ZipfCounts();
  for (const double mix : {0.0, 0.5, 1.0}) {
    constexpr size_t kNumDraws = 30;
    const AliasSampler sampler(counts, mix, kNumDraws);
    util::Rng rng(kSeed);
    constexpr int kDraws = 400'000;
    std::vector<int> hits(kNeurons);
    for (int i = 0; i < kDraws; ++i) {
      const auto [neuron, correction] =
          sampler.FinishDraw(sampler.StartDraw(rng));
      ++hits[neuron];
      const double q = sampler.Probability(neuron);
      ASSERT_NEAR(correction, std::max(0.0, -std::log(kNumDraws * q)), 1e-5);
    }
    double sum = 0.0;
    for (uint32_t n = 0; n < kNeurons; ++n) {
      const double q = sampler.Probability(n);
      sum += q;
      EXPECT_NEAR(hits[n], kDraws * q,
                  5.0 * std::sqrt(kDraws * q * (1.0 - q)) + 1e-9)
          << n << " " << mix;
    }
    EXPECT_NEAR(sum, 1.0, 1e-6);
  }
}

TEST(AliasSampler, WithoutAnyCountsItIsEven) {
  const AliasSampler sampler(std::vector<uint64_t>(8), 0.5, 0);
  for (uint32_t n = 0; n < 8; ++n) {
    EXPECT_NEAR(sampler.Probability(n), 0.125, 1e-7);
  }
  util::Rng rng(kSeed);
  std::set<uint32_t> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto [neuron, correction] =
        sampler.FinishDraw(sampler.StartDraw(rng));
    seen.insert(neuron);
    EXPECT_EQ(correction, 0.0f);
  }
  EXPECT_EQ(seen.size(), 8u);
}

}  // namespace
}  // namespace slide::sampling::alias_sampler_test
