#include "sampling/sources.h"

#include <gtest/gtest.h>

#include <vector>

#include "support/make_data.h"
#include "support/small_index.h"

namespace slide::sampling::sources_test {
namespace {

using testing_support::SmallIndex;

SamplingOptions Budgets(int hashed, int neighbours, int random) {
  SamplingOptions options;
  options.max_hashed = hashed;
  options.max_neighbours = neighbours;
  options.random_negatives = random;
  return options;
}

// Labels, then hashed candidates and neighbours, which stand for themselves,
// then random negatives, which are corrected.
TEST(MakeSelector, AsksTheSourcesInTheirOrderEachWithinItsBudget) {
  SmallIndex small(3);
  const Dataset data =
      testing_support::RandomData(100, 20, SmallIndex::kRows, 5, 3, 1);
  const Selector selector = MakeSelector(
      Budgets(20, 15, 10),
      {.num_neurons = SmallIndex::kRows, .index = &small.index, .data = data});
  EXPECT_EQ(selector.MaxActive(3), 3u + 20u + 15u + 10u);
  Selector::Scratch scratch = selector.MakeScratch(3);
  util::Rng rng(5);
  for (size_t i = 0; i < data.size(); ++i) {
    selector.Select(data[i].labels,
                    {data[i].features, util::VectorView(small.Row(i))}, rng,
                    scratch);
    const auto corrections = scratch.selection.corrections();
    size_t num_selected = 0;
    while (num_selected < corrections.size() &&
           corrections[num_selected] == 0.0f) {
      ++num_selected;
    }
    EXPECT_GT(num_selected, 23u);
    EXPECT_LE(num_selected, 38u);
    EXPECT_LE(corrections.size(), num_selected + 10u);
    for (size_t j = num_selected; j < corrections.size(); ++j) {
      EXPECT_GT(corrections[j], 0.0f);
    }
  }
}

TEST(MakeSelector, WithoutAnIndexNothingIsHashed) {
  const Selector selector =
      MakeSelector(Budgets(20, 0, 7),
                   {.num_neurons = 50, .index = nullptr, .data = Dataset()});
  EXPECT_EQ(selector.MaxActive(1), 8u);
}

TEST(MakeSelector, LabelsOfTheDataAreDrawnMoreOften) {
  CsrArrays arrays;
  arrays.num_features = 1;
  arrays.num_labels = 3;  // of 100 neurons
  for (int i = 0; i < 30; ++i) {
    testing_support::AddSample(arrays, {0}, {1.0f}, {2});
  }
  SamplingOptions options = Budgets(0, 0, 1);
  options.frequency_share = 1.0;
  const Selector selector =
      MakeSelector(options, {.num_neurons = 100,
                             .index = nullptr,
                             .data = Dataset(std::move(arrays))});
  Selector::Scratch scratch = selector.MakeScratch(1);
  util::Rng rng(5);
  const std::vector<uint32_t> labels = {50};
  selector.Select(labels, {}, rng, scratch);
  ASSERT_EQ(scratch.selection.size(), 2u);
  EXPECT_EQ(scratch.selection.ids().ids()[1], 2u);
}

}  // namespace
}  // namespace slide::sampling::sources_test
