#include "sampling/sources.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "support/make_data.h"

namespace slide::sampling::neighbour_source_test {
namespace {

using testing_support::AddSample;

constexpr uint64_t kSeed = 17;

Dataset MakeData() {
  CsrArrays arrays;
  arrays.num_features = 6;
  arrays.num_labels = 10;
  AddSample(arrays, {0, 1}, {1.0f, 1.0f}, {2});
  AddSample(arrays, {1}, {1.0f}, {3, 4});
  AddSample(arrays, {1, 3}, {1.0f, 1.0f}, {});  // no label: no neighbour
  AddSample(arrays, {4}, {1.0f}, {5});
  return Dataset(std::move(arrays));
}

// Draws from neighbours alone.
class Neighbours {
 public:
  Neighbours(const Dataset& data, size_t max_draws)
      : source_(MakeNeighbourSource(data, max_draws)),
        scratch_(source_->MakeScratch()) {}

  void Add(SparseView x, size_t num, util::Rng& rng, Selection& found) const {
    source_->Add({.features = x, .hidden = {}}, num, rng, *scratch_, found);
  }

 private:
  std::unique_ptr<CandidateSource> source_;
  std::unique_ptr<CandidateSource::Scratch> scratch_;
};

// How often each label comes, in single draws.
std::map<uint32_t, double> Shares(const Neighbours& neighbours, SparseView x,
                                  int num_draws) {
  util::Rng rng(kSeed);
  Selection found(10, 1);
  std::map<uint32_t, double> shares;
  for (int i = 0; i < num_draws; ++i) {
    found.Clear();
    neighbours.Add(x, 1, rng, found);
    for (const uint32_t label : found.ids().ids()) {
      shares[label] += 1.0 / num_draws;
    }
  }
  return shares;
}

// Features with squares 1 and 3: a quarter of the draws go to sample 0 (label
// 2), three quarters to samples 0 and 1 alike, whose labels are 2; and 3 or 4.
TEST(NeighbourSource, DrawsByTheSquareOfTheValueThenEvenly) {
  const Neighbours index(MakeData(), 3);
  const std::vector<uint32_t> ids = {0, 1};
  const std::vector<float> values = {1.0f, std::sqrt(3.0f)};
  constexpr int kDraws = 40'000;
  const auto shares = Shares(index, {ids, values}, kDraws);
  const std::map<uint32_t, double> expected = {
      {2, 0.25 + 0.375}, {3, 0.1875}, {4, 0.1875}};
  ASSERT_EQ(shares.size(), expected.size());
  for (const auto& [label, share] : expected) {
    const double sigma = std::sqrt(share * (1.0 - share) / kDraws);
    EXPECT_NEAR(shares.at(label), share, 5.0 * sigma) << label;
  }
}

// Many draws at once are spread over the features as their squares are.
TEST(NeighbourSource, ManyDrawsAreSpreadEvenlyOverTheFeatures) {
  const Dataset data = testing_support::LearnableData(500, 50, 1, kSeed);
  const Neighbours index(data, 8);
  util::Rng rng(kSeed);
  Selection found(50, 8);
  // Features of two labels, one pair a label, with the same squares: of eight
  // draws four find either label, whatever the chance.
  const std::vector<uint32_t> ids = {4, 5, 80, 81};
  const std::vector<float> values = {1.0f, 1.0f, 1.0f, 1.0f};
  for (int round = 0; round < 50; ++round) {
    found.Clear();
    index.Add({ids, values}, 8, rng, found);
    EXPECT_EQ(found.size(), 2u);
    EXPECT_TRUE(found.ids().Contains(1));
    EXPECT_TRUE(found.ids().Contains(20));
  }
}

TEST(NeighbourSource, FeaturesWithoutANeighbourGiveNothing) {
  const Neighbours index(MakeData(), 3);
  const std::vector<float> one = {1.0f}, zero = {0.0f};
  // Only an unlabelled sample has feature 3, none has 5, and 9 is not known.
  for (const uint32_t f : {3u, 5u, 9u}) {
    const std::vector<uint32_t> ids = {f};
    EXPECT_TRUE(Shares(index, {ids, one}, 100).empty()) << f;
  }
  const std::vector<uint32_t> known = {1};
  EXPECT_TRUE(Shares(index, {known, zero}, 100).empty());
  EXPECT_TRUE(Shares(index, {}, 100).empty());
}

TEST(NeighbourSource, WhatIsThereAlreadyIsDropped) {
  const Neighbours index(MakeData(), 3);
  util::Rng rng(kSeed);
  Selection found(10, 4);
  found.Insert(5);
  const std::vector<uint32_t> ids = {4};
  const std::vector<float> values = {1.0f};
  index.Add({ids, values}, 3, rng, found);
  EXPECT_EQ(found.size(), 1u);
}

TEST(NeighbourSource, OfNoSamplesFindsNothing) {
  const Neighbours index(Dataset(), 1);
  const std::vector<uint32_t> ids = {0};
  const std::vector<float> values = {1.0f};
  EXPECT_TRUE(Shares(index, {ids, values}, 10).empty());
}

}  // namespace
}  // namespace slide::sampling::neighbour_source_test
