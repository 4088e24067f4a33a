#include "sampling/selector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <set>
#include <vector>

#include "hashing/lsh_index.h"
#include "hashing/simhash.h"
#include "nn/row_store.h"
#include "support/make_data.h"

namespace slide::sampling {
namespace {

constexpr uint64_t kSeed = 5;
constexpr size_t kNeurons = 200;

// Frequencies like those of labels: n-th most frequent ~ 1 / n; some never
// occur.
std::vector<uint64_t> ZipfCounts() {
  std::vector<uint64_t> counts(kNeurons);
  for (size_t n = 0; n < kNeurons; ++n) {
    counts[n] = n < kNeurons - 20 ? 1000 / (n + 1) : 0;
  }
  return counts;
}

SamplingOptions Options(int max_hashed, int random_negatives, double mix) {
  SamplingOptions options;
  options.max_hashed = max_hashed;
  options.random_negatives = random_negatives;
  options.frequency_share = mix;
  return options;
}

// Random rows under an index of a few bits.
struct Index {
  explicit Index(int bits)
      : rows(kNeurons, {16, Precision::kFp32, Optimizer::kRowAdagrad}),
        index(std::make_unique<hashing::SimHash>(
                  hashing::HashShape{
                      .width = 16, .hashes_per_table = bits, .num_tables = 10},
                  util::Rng(kSeed)),
              hashing::RowVectors(16), kNeurons),
        addresses(10) {
    const util::ThreadTeam team(1);
    rows.DrawWeights(1.0, util::Rng(kSeed), 0, team);
    index.Build(std::as_const(rows).rows(), team);
    hashing::AddressScratch scratch = index.tables().MakeScratch();
    index.tables().Hash({rows.rows().weights<float>(3), 16}, scratch,
                        addresses);
  }
  nn::RowStore rows;
  hashing::LshIndex index;
  std::vector<uint16_t> addresses;
};

void Select(const Selector& selector, std::span<const uint32_t> labels,
            const hashing::LshTables* tables,
            std::span<const uint16_t> addresses, util::Rng& rng,
            ActiveSet& active) {
  selector.StartTail(rng, active);
  selector.SelectCandidates({.features = {}, .labels = labels}, tables,
                            addresses, rng, active);
  selector.AddTail(rng, active);
}

void ExpectNoRepeats(const ActiveSet& active) {
  const auto ids = active.ids.ids();
  EXPECT_EQ(std::set<uint32_t>(ids.begin(), ids.end()).size(), ids.size());
}

TEST(Selector, LabelsComeFirstThenCandidatesThenTail) {
  const Index index(3);
  const Selector selector(Options(20, 30, 0.5), ZipfCounts());
  const std::vector<uint32_t> labels = {4, 150, 199};
  ActiveSet active(kNeurons, selector.MaxActive(labels.size()));
  util::Rng rng(kSeed);
  for (int round = 0; round < 100; ++round) {
    Select(selector, labels, &index.index.tables(), index.addresses, rng,
           active);
    EXPECT_EQ(active.num_labels, 3u);
    EXPECT_TRUE(
        std::equal(labels.begin(), labels.end(), active.ids.ids().begin()));
    EXPECT_EQ(active.num_selected, 23u);
    EXPECT_LE(active.size(), 53u);
    EXPECT_GT(active.size(), 23u);
    ExpectNoRepeats(active);
    for (size_t j = 0; j < active.num_selected; ++j) {
      EXPECT_EQ(active.corrections()[j], 0.0f);
    }
  }
}

TEST(Selector, CandidatesShareABucketWithTheQuery) {
  const Index index(4);
  std::set<uint32_t> mates;
  for (size_t t = 0; t < 10; ++t) {
    const auto bucket =
        index.index.tables().tables()[t].bucket(index.addresses[t]);
    mates.insert(bucket.begin(), bucket.end());
  }
  const Selector selector(Options(1000, 0, 0.5), ZipfCounts());
  ActiveSet active(kNeurons, selector.MaxActive(0));
  util::Rng rng(kSeed);
  Select(selector, {}, &index.index.tables(), index.addresses, rng, active);
  const auto ids = active.ids.ids();
  EXPECT_EQ(std::set<uint32_t>(ids.begin(), ids.end()), mates);
  EXPECT_LT(mates.size(), kNeurons);
}

TEST(Selector, ALargeTailActivatesEveryNeuronOnceWithoutCorrection) {
  for (const double mix : {0.0, 0.5}) {
    const Selector selector(Options(0, kNeurons, mix), ZipfCounts());
    const std::vector<uint32_t> labels = {7};
    ActiveSet active(kNeurons, selector.MaxActive(1));
    util::Rng rng(kSeed);
    Select(selector, labels, nullptr, {}, rng, active);
    EXPECT_EQ(active.size(), kNeurons);
    ExpectNoRepeats(active);
    for (const float c : active.corrections()) EXPECT_EQ(c, 0.0f);
  }
}

TEST(Selector, AnEvenTailHasItsSizeAndStandsForTheRest) {
  const std::vector<uint32_t> labels = {0, 1, 2, 3};
  // Both ways of drawing: few of many, and nearly all of those left.
  for (const int num_tail : {10, 190}) {
    const Selector selector(Options(0, num_tail, 0.0), ZipfCounts());
    ActiveSet active(kNeurons, selector.MaxActive(labels.size()));
    util::Rng rng(kSeed);
    std::vector<int> hits(kNeurons);
    constexpr int kRounds = 5000;
    for (int round = 0; round < kRounds; ++round) {
      Select(selector, labels, nullptr, {}, rng, active);
      ASSERT_EQ(active.size(), labels.size() + static_cast<size_t>(num_tail));
      for (size_t j = labels.size(); j < active.size(); ++j) {
        ++hits[active.ids.ids()[j]];
        ASSERT_FLOAT_EQ(active.corrections()[j],
                        static_cast<float>(std::log(196.0 / num_tail)));
      }
    }
    const double p = num_tail / 196.0;
    const double sigma = std::sqrt(kRounds * p * (1.0 - p));
    for (size_t n = labels.size(); n < kNeurons; ++n) {
      EXPECT_NEAR(hits[n], kRounds * p, 5.0 * sigma) << n;
    }
    for (size_t n = 0; n < labels.size(); ++n) EXPECT_EQ(hits[n], 0);
  }
}

TEST(Selector, TheCorrectionIsTheLogOfOneOverTheExpectedDraws) {
  constexpr int kTail = 30;
  const std::vector<uint64_t> counts = ZipfCounts();
  double total = 0.0;
  for (const uint64_t count : counts) total += static_cast<double>(count);
  const Selector selector(Options(0, kTail, 0.25), counts);
  ActiveSet active(kNeurons, selector.MaxActive(0));
  util::Rng rng(kSeed);
  bool clipped = false;
  for (int round = 0; round < 200; ++round) {
    Select(selector, {}, nullptr, {}, rng, active);
    for (size_t j = 0; j < active.size(); ++j) {
      const uint32_t n = active.ids.ids()[j];
      const double q =
          0.75 / kNeurons + 0.25 * static_cast<double>(counts[n]) / total;
      const double expected = std::max(0.0, -std::log(kTail * q));
      clipped = clipped || expected == 0.0;
      EXPECT_NEAR(active.corrections()[j], expected, 1e-5);
    }
  }
  EXPECT_TRUE(clipped);  // 30 draws meet the most frequent label more than once
}

TEST(Selector, WithoutCorrectionAllCorrectionsAreZero) {
  for (const double mix : {0.0, 0.5}) {
    SamplingOptions options = Options(0, 20, mix);
    options.correction = Correction::kNone;
    const Selector selector(options, ZipfCounts());
    ActiveSet active(kNeurons, selector.MaxActive(0));
    util::Rng rng(kSeed);
    Select(selector, {}, nullptr, {}, rng, active);
    for (const float c : active.corrections()) EXPECT_EQ(c, 0.0f);
  }
}

// The tail's weighted sum of any function over the neurons that are not
// selected is, in the mean, the full sum. Draws are dropped when they repeat,
// so a neuron is in with probability 1 - (1 - q)^T instead of T q; the test's
// expectation has that in it.
TEST(Selector, TheWeightedTailEstimatesTheSumOverAllOthers) {
  constexpr int kTail = 20, kRounds = 20'000;
  const std::vector<uint64_t> counts = ZipfCounts();
  const TailSampler sampler(counts, 0.5, kTail);
  const Selector selector(Options(0, kTail, 0.5), counts);
  const std::vector<uint32_t> labels = {0, 50};
  const auto value = [](uint32_t n) { return 1.0 + std::sin(n); };
  double full = 0.0, expected = 0.0, variance = 0.0;
  for (uint32_t n = 0; n < kNeurons; ++n) {
    if (n == 0 || n == 50) continue;
    const double q = sampler.Probability(n);
    const double weight = std::max(1.0, 1.0 / (kTail * q));
    const double in = 1.0 - std::pow(1.0 - q, kTail);
    full += value(n);
    expected += in * weight * value(n);
    variance += in * (1.0 - in) * std::pow(weight * value(n), 2);
  }
  EXPECT_NEAR(expected / full, 1.0, 0.08);  // what dropping repeats costs
  ActiveSet active(kNeurons, selector.MaxActive(labels.size()));
  util::Rng rng(kSeed);
  double sum = 0.0;
  for (int round = 0; round < kRounds; ++round) {
    Select(selector, labels, nullptr, {}, rng, active);
    for (size_t j = active.num_selected; j < active.size(); ++j) {
      sum += std::exp(static_cast<double>(active.corrections()[j])) *
             value(active.ids.ids()[j]);
    }
  }
  EXPECT_NEAR(sum / kRounds, expected, 5.0 * std::sqrt(variance / kRounds));
}

TEST(TailSampler, DrawsEachNeuronWithItsProbability) {
  const std::vector<uint64_t> counts = ZipfCounts();
  for (const double mix : {0.0, 0.5, 1.0}) {
    constexpr size_t kTail = 30;
    const TailSampler sampler(counts, mix, kTail);
    util::Rng rng(kSeed);
    constexpr int kDraws = 400'000;
    std::vector<int> hits(kNeurons);
    for (int i = 0; i < kDraws; ++i) {
      const auto [neuron, correction] = sampler.Draw(rng);
      ++hits[neuron];
      const double q = sampler.Probability(neuron);
      ASSERT_NEAR(correction, std::max(0.0, -std::log(kTail * q)), 1e-5);
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

TEST(TailSampler, WithoutAnyCountsItIsEven) {
  const TailSampler sampler(std::vector<uint64_t>(8), 0.5, 0);
  for (uint32_t n = 0; n < 8; ++n) {
    EXPECT_NEAR(sampler.Probability(n), 0.125, 1e-7);
  }
  util::Rng rng(kSeed);
  std::set<uint32_t> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto [neuron, correction] = sampler.Draw(rng);
    seen.insert(neuron);
    EXPECT_EQ(correction, 0.0f);
  }
  EXPECT_EQ(seen.size(), 8u);
}

// Neighbours come behind the hashed candidates, within a budget of their own,
// and stand for themselves.
TEST(Selector, NeighboursAreCandidatesToo) {
  const Index index(3);
  const Dataset data = testing_support::RandomData(100, 20, kNeurons, 5, 3, 1);
  const NeighbourIndex neighbours(data);
  SamplingOptions options = Options(20, 10, 0.5);
  options.max_neighbours = 15;
  const Selector selector(options, ZipfCounts(), true, &neighbours);
  EXPECT_EQ(selector.MaxActive(3), 3u + 20u + 15u + 10u);
  ActiveSet active(kNeurons, selector.MaxActive(3));
  util::Rng rng(kSeed);
  for (size_t i = 0; i < data.size(); ++i) {
    selector.StartTail(rng, active);
    selector.SelectCandidates(data[i], &index.index.tables(), index.addresses,
                              rng, active);
    EXPECT_EQ(active.num_labels, 3u);
    EXPECT_GT(active.num_selected, 23u);
    EXPECT_LE(active.num_selected, 38u);
    selector.AddTail(rng, active);
    ExpectNoRepeats(active);
    for (size_t j = 0; j < active.num_selected; ++j) {
      EXPECT_EQ(active.corrections()[j], 0.0f);
    }
  }
}

// The sum over the tail of exp(z + correction) is the sum over all neurons that
// are not selected, on average: where no correction is cut off at 0. A neuron
// is in the tail with probability 1 - (1 - q)^T, which is below T q by the
// share T q / 2 at most; the tolerance adds that to five standard errors.
TEST(Selector, TheCorrectedTailStandsForAllOthersInExpectation) {
  constexpr size_t kMany = 20'000;
  constexpr int kTail = 50, kRounds = 4000;
  util::Rng rng(kSeed);
  std::vector<uint64_t> counts(kMany);
  std::vector<double> exps(kMany);
  for (size_t n = 0; n < kMany; ++n) {
    counts[n] = 50 + rng.UniformInt(100);
    exps[n] = std::exp(static_cast<double>(rng.Normal()));
  }
  const double total_count =
      static_cast<double>(std::accumulate(counts.begin(), counts.end(), 0ull));
  const std::vector<uint32_t> labels = {3, 14, 159};
  double others = 0.0;
  for (size_t n = 0; n < kMany; ++n) {
    if (std::ranges::find(labels, n) == labels.end()) others += exps[n];
  }
  for (const double mix : {0.0, 0.5, 1.0}) {
    const Selector selector(Options(0, kTail, mix), counts);
    ActiveSet active(kMany, selector.MaxActive(labels.size()));
    double sum = 0.0, sum_of_squares = 0.0;
    for (int round = 0; round < kRounds; ++round) {
      Select(selector, labels, nullptr, {}, rng, active);
      double estimate = 0.0;
      for (size_t j = active.num_selected; j < active.size(); ++j) {
        ASSERT_GT(active.corrections()[j], 0.0f);
        estimate += exps[active.ids.ids()[j]] *
                    std::exp(static_cast<double>(active.corrections()[j]));
      }
      sum += estimate;
      sum_of_squares += estimate * estimate;
    }
    const double mean = sum / kRounds;
    const double sigma =
        std::sqrt((sum_of_squares / kRounds - mean * mean) / kRounds);
    double max_share = 0.0;  // T q
    for (const uint64_t count : counts) {
      const double q =
          (1.0 - mix) / kMany + mix * static_cast<double>(count) / total_count;
      max_share = std::max(max_share, kTail * q);
    }
    EXPECT_NEAR(mean, others, 5.0 * sigma + 0.5 * max_share * others) << mix;
    EXPECT_LT(5.0 * sigma, 0.05 * others) << "too few rounds to tell";
  }
}

}  // namespace
}  // namespace slide::sampling
