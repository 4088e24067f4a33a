#include "sampling/selector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace slide::sampling::selector_test {
namespace {

using testing::ElementsAre;

constexpr size_t kNeurons = 20;

// Adds neurons from `first` on with a correction of its own.
class Run final : public CandidateSource {
 public:
  Run(uint32_t first, float correction)
      : first_(first), correction_(correction) {}

  std::unique_ptr<Scratch> MakeScratch() const override {
    return std::make_unique<Starts>();
  }
  void Start(util::Rng& /*rng*/, Scratch& scratch) const noexcept override {
    ++static_cast<Starts&>(scratch).num;
  }
  void Add(const Query& /*query*/, size_t budget, util::Rng& /*rng*/,
           Scratch& scratch, Selection& selection) const noexcept override {
    EXPECT_EQ(static_cast<Starts&>(scratch).num, 1);
    static_cast<Starts&>(scratch).num = 0;
    for (uint32_t n = first_; budget > 0 && n < kNeurons; ++n) {
      if (selection.Insert(n, correction_)) --budget;
    }
  }

 private:
  struct Starts final : Scratch {
    int num = 0;
  };
  uint32_t first_;
  float correction_;
};

Selector MakeSelector(std::vector<std::pair<Run, size_t>> runs) {
  std::vector<BudgetedSource> sources;
  for (auto& [run, budget] : runs) {
    sources.push_back({std::make_unique<Run>(std::move(run)), budget});
  }
  return Selector(kNeurons, std::move(sources));
}

std::vector<uint32_t> Ids(const Selector::Scratch& scratch) {
  const auto ids = scratch.selection.ids().ids();
  return {ids.begin(), ids.end()};
}

TEST(Selector, LabelsComeFirstThenEachSourceWithinItsBudget) {
  const Selector selector = MakeSelector({{{3, 0.0f}, 2}, {{3, 0.5f}, 3}});
  EXPECT_EQ(selector.MaxActive(2), 7u);
  Selector::Scratch scratch = selector.MakeScratch(2);
  util::Rng rng(1);
  const std::vector<uint32_t> labels = {4, 9};
  for (int round = 0; round < 2; ++round) {  // nothing is left of the first
    selector.Select(labels, {}, rng, scratch);
    EXPECT_THAT(Ids(scratch), ElementsAre(4, 9, 3, 5, 6, 7, 8));
    const auto corrections = scratch.selection.corrections();
    EXPECT_THAT(std::vector<float>(corrections.begin(), corrections.end()),
                ElementsAre(0, 0, 0, 0, 0.5f, 0.5f, 0.5f));
  }
}

TEST(Selector, BudgetsEndWithTheNeurons) {
  const Selector selector = MakeSelector({{{0, 0.0f}, 15}, {{0, 1.0f}, 15}});
  EXPECT_EQ(selector.MaxActive(1), kNeurons);
  Selector::Scratch scratch = selector.MakeScratch(1);
  util::Rng rng(1);
  const std::vector<uint32_t> labels = {19};
  selector.Select(labels, {}, rng, scratch);
  EXPECT_EQ(scratch.selection.size(), kNeurons);
}

TEST(Selector, WithoutSourcesTheLabelsAreActive) {
  const Selector selector = MakeSelector({});
  Selector::Scratch scratch = selector.MakeScratch(3);
  util::Rng rng(1);
  const std::vector<uint32_t> labels = {1, 5, 7};
  selector.Select(labels, {}, rng, scratch);
  EXPECT_THAT(Ids(scratch), ElementsAre(1, 5, 7));
}

TEST(Selector, MakesRoomForMoreLabels) {
  const Selector selector = MakeSelector({{{0, 0.0f}, 2}});
  Selector::Scratch scratch = selector.MakeScratch(1);
  EXPECT_EQ(scratch.selection.capacity(), 3u);
  selector.Reserve(4, scratch);
  EXPECT_EQ(scratch.selection.capacity(), 6u);
  selector.Reserve(2, scratch);
  EXPECT_EQ(scratch.selection.capacity(), 6u);
  util::Rng rng(1);
  const std::vector<uint32_t> labels = {10, 11, 12, 13};
  selector.Select(labels, {}, rng, scratch);
  EXPECT_THAT(Ids(scratch), ElementsAre(10, 11, 12, 13, 0, 1));
}

}  // namespace
}  // namespace slide::sampling::selector_test
