// Grown sparse parts against maps from features and labels to weights.
#include "nn/sparse_growth.h"

#include <gtest/gtest.h>

#include <map>
#include <utility>
#include <vector>

#include "nn/sparse_pairs.h"
#include "support/make_data.h"
#include "util/rng.h"
#include "util/thread_team.h"

namespace slide::nn::sparse_growth_test {
namespace {

using Weights = std::map<std::pair<uint32_t, uint32_t>, float>;

// The pairs of data, by looking at every sample.
Weights PairsOf(const Dataset& data) {
  Weights pairs;
  for (size_t i = 0; i < data.size(); ++i) {
    for (const uint32_t f : data[i].features.ids) {
      for (const uint32_t n : data[i].labels) pairs[{f, n}] = 0.0f;
    }
  }
  return pairs;
}

SparsePart MakePart(const Dataset& data) {
  SparsePartOptions options;
  options.mode = SparsePartMode::kOn;
  options.min_samples = 1;
  return SparsePart(SparsePairs(data, options, util::ThreadTeam(1)),
                    data.num_features(), data.num_labels());
}

// Sets weights, accumulators and the weight of the whole to random numbers;
// returns the weights of the pairs.
Weights Draw(const Dataset& data, SparsePart& part, util::Rng& rng) {
  const auto [lists, words, accumulators, weight] = part.arrays();
  Weights weights = PairsOf(data);
  const kernels::ConstPairs pairs = part.pairs();
  for (auto& [pair, value] : weights) {
    const kernels::PairList& list = part.ListOf(pair.first);
    const auto place = kernels::FindPair(pairs, list, pair.second);
    value = rng.Normal();
    const_cast<float*>(pairs.weights(list))[place.value()] = value;
  }
  for (const float& one : accumulators) {
    const_cast<float&>(one) = static_cast<float>(rng.Uniform());
  }
  part.set_weight(1.25f);
  return weights;
}

// The pairs of the part are those expected, in their order, no others.
void ExpectPairs(const SparsePart& part, const Weights& expected) {
  part.CheckLists();
  uint64_t num = 0;
  for (const kernels::PairList& list : part.arrays().lists) num += list.num;
  EXPECT_EQ(num, expected.size());
  for (const auto& [pair, weight] : expected) {
    const kernels::PairList& list = part.ListOf(pair.first);
    const auto place = kernels::FindPair(part.pairs(), list, pair.second);
    ASSERT_TRUE(place) << pair.first << ' ' << pair.second;
    EXPECT_EQ(part.pairs().weights(list)[*place], weight);
  }
}

class SparseGrowth : public testing::Test {
 protected:
  // Features of many labels have dense lists, others sparse ones.
  const Dataset old_data_ = testing_support::RandomData(300, 40, 600, 5, 2, 3);
  const Dataset more_data_ = testing_support::RandomData(200, 50, 900, 5, 2, 4);
  util::Rng rng_{7};
};

TEST_F(SparseGrowth, KeepsPairsAccumulatorsAndWeight) {
  SparsePart part = MakePart(old_data_);
  const Weights weights = Draw(old_data_, part, rng_);
  int num_dense = 0;
  for (const kernels::PairList& list : part.arrays().lists) {
    num_dense += static_cast<int>(list.is_dense);
  }
  // 1,200 and 1,000,000 labels: in the latter no list is dense.
  ASSERT_GT(num_dense, 0);
  for (const uint32_t num_labels : {600u, 1'200u, 1'000'000u}) {
    const SparsePart grown = GrownSparsePart(part, nullptr, 45, num_labels);
    ExpectPairs(grown, weights);
    EXPECT_EQ(grown.weight(), 1.25f);
    ASSERT_EQ(grown.arrays().lists.size(), 45u);
    ASSERT_EQ(grown.arrays().accumulators.size(), num_labels);
    for (uint32_t n = 0; n < num_labels; ++n) {
      ASSERT_EQ(grown.arrays().accumulators[n],
                n < 600 ? part.arrays().accumulators[n] : 0.0f);
    }
  }
}

TEST_F(SparseGrowth, NewPairsBeginAtZeroAndOldOnesStay) {
  SparsePart part = MakePart(old_data_);
  Weights expected = Draw(old_data_, part, rng_);
  const size_t num_old = expected.size();
  expected.merge(PairsOf(more_data_));
  ASSERT_GT(expected.size(), num_old);
  ASSERT_LT(expected.size(), num_old + PairsOf(more_data_).size())
      << "no pair is in both";
  const SparsePart more = MakePart(more_data_);
  ExpectPairs(GrownSparsePart(part, &more, 50, 900), expected);
}

TEST_F(SparseGrowth, ScoresOfOldPairsAreTheSameBits) {
  SparsePart part = MakePart(old_data_);
  Draw(old_data_, part, rng_);
  const SparsePart more = MakePart(more_data_);
  const SparsePart grown = GrownSparsePart(part, &more, 50, 900);
  for (size_t i = 0; i < 50; ++i) {
    const SparseView x = old_data_[i].features;
    for (uint32_t n = 0; n < 600; n += 7) {
      EXPECT_EQ(grown.ScoreOf(x, n), part.ScoreOf(x, n)) << i << ' ' << n;
    }
  }
}

}  // namespace
}  // namespace slide::nn::sparse_growth_test
