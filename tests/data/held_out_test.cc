#include "slide/held_out.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "slide/dataset_io.h"
#include "slide/error.h"
#include "support/make_data.h"
#include "support/temp_folder.h"

namespace slide::held_out_test {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// Sample i has the one feature i, with the value i + 1, and the label i % 7.
Dataset Numbered(uint32_t num_samples) {
  CsrArrays arrays;
  arrays.num_features = num_samples + 3;
  arrays.num_labels = 9;
  for (uint32_t i = 0; i < num_samples; ++i) {
    testing_support::AddSample(arrays, {i}, {static_cast<float>(i) + 1.0f},
                               {i % 7});
  }
  return Dataset(std::move(arrays));
}

// The numbers of the samples of a part, after a look at all they hold.
std::vector<uint32_t> NumbersOf(const Dataset& part) {
  std::vector<uint32_t> numbers;
  for (size_t i = 0; i < part.size(); ++i) {
    const Sample sample = part[i];
    EXPECT_EQ(sample.features.size(), 1u);
    const uint32_t number = sample.features.ids[0];
    EXPECT_EQ(sample.features.values[0], static_cast<float>(number) + 1.0f);
    EXPECT_EQ(std::vector(sample.labels.begin(), sample.labels.end()),
              std::vector<uint32_t>{number % 7});
    numbers.push_back(number);
  }
  return numbers;
}

// The lengths of the runs of neighbours.
std::vector<size_t> RunsOf(const std::vector<uint32_t>& numbers) {
  std::vector<size_t> runs;
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (i == 0 || numbers[i] != numbers[i - 1] + 1) runs.push_back(0);
    ++runs.back();
  }
  return runs;
}

TEST(HeldOut, PartsAreDisjointAndCoverEverythingInOrder) {
  for (const uint32_t size : {2u, 3u, 10u, 99u, 1000u}) {
    for (const double share : {0.001, 0.1, 0.5, 0.9, 0.999}) {
      SCOPED_TRACE(testing::Message() << size << " samples, " << share);
      const Dataset data = Numbered(size);
      const HeldOutSplit split = SplitHeldOut(data, {.share = share});
      const std::vector<uint32_t> train = NumbersOf(split.train);
      const std::vector<uint32_t> held_out = NumbersOf(split.held_out);
      EXPECT_TRUE(std::is_sorted(train.begin(), train.end()));
      EXPECT_TRUE(std::is_sorted(held_out.begin(), held_out.end()));
      std::vector<uint32_t> all(train.size() + held_out.size());
      std::merge(train.begin(), train.end(), held_out.begin(), held_out.end(),
                 all.begin());
      EXPECT_EQ(all, NumbersOf(data));
      EXPECT_TRUE(std::ranges::equal(split.train_samples, train));
      for (const Dataset& part : {split.train, split.held_out}) {
        EXPECT_EQ(part.num_features(), size + 3);
        EXPECT_EQ(part.num_labels(), 9u);
      }
    }
  }
}

TEST(HeldOut, TheShareIsRoundedAndNeitherPartIsEmpty) {
  const auto num = [](uint32_t size, double share) {
    return SplitHeldOut(Numbered(size), {.share = share}).held_out.size();
  };
  EXPECT_EQ(num(1000, 0.1), 100u);
  EXPECT_EQ(num(997, 0.1), 100u);
  EXPECT_EQ(num(1003, 0.25), 251u);
  EXPECT_EQ(num(10, 0.001), 1u);
  EXPECT_EQ(num(10, 0.999), 9u);
}

// With 10,000 samples there is room for runs of 40, whose neighbours may be
// drawn too.
TEST(HeldOut, WholeRunsOfNeighboursAreHeldOut) {
  const HeldOutSplit split = SplitHeldOut(Numbered(10'000), {.share = 0.1});
  const std::vector<size_t> runs = RunsOf(NumbersOf(split.held_out));
  for (const size_t run : runs) EXPECT_EQ(run % 40, 0u);
  EXPECT_GE(runs.size(), 15u);  // 25 were drawn
  EXPECT_LE(runs.size(), 25u);
}

// 40 of 400 samples are 4 runs of 10, and so are 40 of 200. Runs that are
// neighbours look like one.
TEST(HeldOut, SmallSetsHaveShorterRuns) {
  EXPECT_LE(
      RunsOf(NumbersOf(SplitHeldOut(Numbered(400), {.share = 0.1}).held_out))
          .size(),
      4u);
  size_t num_runs = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const HeldOutSplit split =
        SplitHeldOut(Numbered(200), {.share = 0.2, .seed = seed});
    EXPECT_EQ(split.held_out.size(), 40u);
    num_runs = std::max(num_runs, RunsOf(NumbersOf(split.held_out)).size());
  }
  EXPECT_EQ(num_runs, 4u);
}

TEST(HeldOut, TheSeedDecides) {
  const Dataset data = Numbered(2000);
  const auto held_out = [&](uint64_t seed) {
    return NumbersOf(SplitHeldOut(data, {.share = 0.1, .seed = seed}).held_out);
  };
  EXPECT_EQ(held_out(1), held_out(1));
  EXPECT_NE(held_out(1), held_out(2));
}

// Each sample is held out about as often as the share says: 400 seeds, 0.2 of
// 100 samples, within five standard deviations of a binomial's.
TEST(HeldOut, EverySampleMayBeHeldOut) {
  constexpr int kSeeds = 400;
  std::vector<int> counts(100, 0);
  const Dataset data = Numbered(100);
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    for (const uint32_t i :
         NumbersOf(SplitHeldOut(data, {.share = 0.2, .seed = seed}).held_out)) {
      ++counts[i];
    }
  }
  for (const int count : counts) {
    EXPECT_NEAR(count, 0.2 * kSeeds, 5.0 * 8.0);  // sqrt(400 * 0.2 * 0.8)
  }
}

TEST(HeldOut, SharesOutOfRangeAreRefused) {
  const Dataset data = Numbered(100);
  for (const double share : {-0.1, 1.0, 1.5}) {
    EXPECT_THAT([&] { SplitHeldOut(data, {.share = share}); },
                ThrowsMessage<OptionsError>(HasSubstr("share: got")));
  }
  EXPECT_THAT([&] { SplitHeldOut(data, {}); },
              ThrowsMessage<OptionsError>(HasSubstr(
                  "share: got 0, expected a number above 0 and below 1")));
}

TEST(HeldOut, PartsWithoutLabelsAreRefused) {
  for (const uint32_t size : {0u, 1u}) {
    EXPECT_THAT([&] { SplitHeldOut(Numbered(size), {.share = 0.5}); },
                ThrowsMessage<DataError>(HasSubstr("expected two or more")));
  }
  // One sample of 100 has a label, so one of the parts has none.
  CsrArrays arrays;
  arrays.num_features = 1;
  arrays.num_labels = 1;
  testing_support::AddSample(arrays, {0}, {1.0f}, {0});
  for (int i = 1; i < 100; ++i) {
    testing_support::AddSample(arrays, {0}, {1.0f}, {});
  }
  const Dataset data(std::move(arrays));
  EXPECT_THAT([&] { SplitHeldOut(data, {.share = 0.01, .seed = 1}); },
              ThrowsMessage<DataError>(
                  testing::AllOf(HasSubstr("held-out part"),
                                 HasSubstr("got 1 samples, none of them"))));
  EXPECT_THAT([&] { SplitHeldOut(data, {.share = 0.99, .seed = 1}); },
              ThrowsMessage<DataError>(
                  testing::AllOf(HasSubstr("without its held-out part"),
                                 HasSubstr("got 1 samples, none of them"))));
}

TEST(HeldOut, FoldsAreWholeRunsThatCoverEverythingOnce) {
  for (const uint32_t size : {2u, 7u, 1000u, 1003u}) {
    for (const int num_folds : {2, 3, 5}) {
      if (size < static_cast<uint32_t>(num_folds)) continue;
      SCOPED_TRACE(testing::Message() << size << " in " << num_folds);
      const Dataset data = Numbered(size);
      std::vector<uint32_t> all;
      size_t smallest = size, largest = 0, longest_run = 0;
      for (int fold = 0; fold < num_folds; ++fold) {
        const HeldOutSplit split = SplitFold(data, fold, num_folds, 3);
        const std::vector<uint32_t> own = NumbersOf(split.held_out);
        const std::vector<uint32_t> train = NumbersOf(split.train);
        EXPECT_TRUE(std::is_sorted(own.begin(), own.end()));
        EXPECT_TRUE(std::ranges::equal(split.train_samples, train));
        EXPECT_EQ(own.size() + train.size(), size);
        for (const uint32_t number : own) {
          EXPECT_FALSE(std::ranges::binary_search(train, number));
        }
        all.insert(all.end(), own.begin(), own.end());
        smallest = std::min(smallest, own.size());
        largest = std::max(largest, own.size());
        for (const size_t run : RunsOf(own)) {
          longest_run = std::max(longest_run, run);
        }
      }
      std::ranges::sort(all);
      EXPECT_EQ(all, NumbersOf(data));
      EXPECT_LE(largest - smallest, 80u);  // a run and one cut short
      EXPECT_GE(longest_run, size >= 1000 ? 40u : 1u);
    }
  }
}

TEST(HeldOut, FoldsDependOnTheSeedAlone) {
  const Dataset data = Numbered(400);
  const auto fold = [&](uint64_t seed) {
    return NumbersOf(SplitFold(data, 1, 4, seed).held_out);
  };
  EXPECT_EQ(fold(1), fold(1));
  EXPECT_NE(fold(1), fold(2));
}

TEST(HeldOut, FoldsThatCannotBeAreRefused) {
  const Dataset data = Numbered(4);
  EXPECT_THROW(SplitFold(data, 0, 1), OptionsError);
  EXPECT_THROW(SplitFold(data, 3, 3), OptionsError);
  EXPECT_THROW(SplitFold(data, -1, 3), OptionsError);
  EXPECT_THAT([&] { SplitFold(data, 0, 5); },
              ThrowsMessage<DataError>(HasSubstr(
                  "got 4 samples, expected one or more for each of 5 folds")));
}

TEST(HeldOut, PartsOfACacheAreCopies) {
  const testing_support::TempFolder folder;
  const Dataset data = Numbered(300);
  WriteCache(data, false, folder.Path("cache"));
  HeldOutSplit split;
  {
    const Dataset cache = OpenCache(folder.Path("cache"));
    split = SplitHeldOut(cache, {.share = 0.3});
  }
  const HeldOutSplit same = SplitHeldOut(data, {.share = 0.3});
  EXPECT_EQ(NumbersOf(split.train), NumbersOf(same.train));
  EXPECT_EQ(NumbersOf(split.held_out), NumbersOf(same.held_out));
}

// A sample that breaks a rule is named, and not taken for an empty one.
TEST(HeldOut, DamagedSamplesAreNamed) {
  const CsrArrays arrays = {.num_features = 2,
                            .num_labels = 2,
                            .feature_offsets = {0, 1, 2},
                            .feature_ids = {0, 7},
                            .feature_values = {1.0f, 1.0f},
                            .label_offsets = {0, 1, 2},
                            .label_ids = {0, 1}};
  const Dataset data =
      Dataset::ViewUnchecked(ViewOf(arrays), nullptr, "damaged");
  EXPECT_THAT([&] { SplitHeldOut(data, {.share = 0.5}); },
              ThrowsMessage<DataError>(HasSubstr("damaged: sample 1")));
}

}  // namespace
}  // namespace slide::held_out_test
