#include "hashing/hit_counts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "support/binomial.h"
#include "util/rng.h"

namespace slide::hashing::hit_counts_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using testing_support::IsBinomial;
using util::Purpose;
using util::Rng;

constexpr uint64_t kSeed = 404;

using Lists = std::vector<std::vector<uint32_t>>;

void Count(HitCounts& counts, const Lists& lists,
           const std::vector<uint32_t>& left_out = {}) {
  std::vector<std::span<const uint32_t>> spans(lists.begin(), lists.end());
  counts.Count(spans, left_out);
}

// Every id below num_rows is in a list with the probability.
Lists RandomLists(size_t num_lists, size_t num_rows, double probability,
                  Rng& rng) {
  Lists lists(num_lists);
  for (auto& list : lists) {
    for (uint32_t id = 0; id < num_rows; ++id) {
      if (static_cast<double>(rng.Uniform()) < probability) list.push_back(id);
    }
  }
  return lists;
}

std::map<uint32_t, uint32_t> CountedSlowly(const Lists& lists) {
  std::map<uint32_t, uint32_t> hits;
  for (const auto& list : lists) {
    for (const uint32_t id : list) ++hits[id];
  }
  return hits;
}

std::vector<uint32_t> Ids(const IdSet& found) {
  return {found.ids().begin(), found.ids().end()};
}

// Rows are counted in blocks of 131,072: the sizes end in, at and behind one.
TEST(HitCounts, CountsEachIdOnceInEveryListThatHasIt) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest);
  for (const size_t num_rows :
       {1, 2, 100, 131'071, 131'072, 131'073, 300'000}) {
    HitCounts counts(num_rows);
    for (const double probability : {1.0, 0.01, 0.3, 0.0}) {
      for (const size_t num_lists : {1, 7}) {
        const Lists lists = RandomLists(num_lists, num_rows, probability, rng);
        Count(counts, lists);
        ASSERT_EQ(counts.ids().size(), counts.hits().size());
        std::map<uint32_t, uint32_t> counted;
        for (size_t i = 0; i < counts.ids().size(); ++i) {
          ASSERT_TRUE(counted.emplace(counts.ids()[i], counts.hits()[i]).second)
              << "twice: " << counts.ids()[i];
        }
        std::map<uint32_t, uint32_t> expected = CountedSlowly(lists);
        ASSERT_EQ(counted, expected) << num_rows << " rows";
        // The counts are the same but for some ids, at the ends of blocks among
        // them.
        const std::vector<uint32_t> left_out = {
            0, static_cast<uint32_t>(num_rows / 2),
            static_cast<uint32_t>(num_rows - 1)};
        Count(counts, lists, left_out);
        for (const uint32_t id : left_out) expected.erase(id);
        counted.clear();
        for (size_t i = 0; i < counts.ids().size(); ++i) {
          counted.emplace(counts.ids()[i], counts.hits()[i]);
        }
        ASSERT_EQ(counted, expected) << num_rows << " rows";
      }
    }
  }
}

TEST(HitCounts, MayHaveNothingToCount) {
  HitCounts none(0), some(5);
  Rng rng(kSeed);
  IdSet found(5, 5);
  for (HitCounts* counts : {&none, &some}) {
    Count(*counts, {});
    EXPECT_THAT(counts->ids(), IsEmpty());
    Count(*counts, {{}, {}});
    EXPECT_THAT(counts->ids(), IsEmpty());
    EXPECT_EQ(counts->TakeMost(1, 3, rng, found), 0u);
    EXPECT_EQ(counts->TakeAny(1, 3, rng, found), 0u);
  }
}

TEST(HitCounts, CountsUpToAsManyListsAsAllowed) {
  HitCounts counts(3);
  Count(counts, Lists(HitCounts::kMaxLists, {2}));
  EXPECT_THAT(counts.hits(), ElementsAre(HitCounts::kMaxLists));
  Rng rng(kSeed);
  IdSet found(3, 1);
  EXPECT_EQ(counts.TakeMost(HitCounts::kMaxLists, 1, rng, found), 1u);
}

// Hits: 0 once, 1 twice, 2 three times, 3 three times, 4 once.
const Lists kByHand = {{0, 1, 2, 3}, {1, 2, 3}, {2, 3, 4}};

TEST(HitCounts, TakesThoseWithTheMostHits) {
  HitCounts counts(5);
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const auto most = [&](uint32_t min_hits, size_t budget,
                          std::vector<uint32_t> before) {
      Count(counts, kByHand, before);
      IdSet found(5, before.size() + budget);
      for (const uint32_t id : before) found.Insert(id);
      Rng rng(seed);
      const size_t num_new = counts.TakeMost(min_hits, budget, rng, found);
      EXPECT_EQ(found.size(), before.size() + num_new);
      std::vector<uint32_t> ids = Ids(found);
      ids.erase(ids.begin(), ids.begin() + static_cast<int>(before.size()));
      return ids;
    };
    EXPECT_THAT(most(1, 0, {}), IsEmpty());
    EXPECT_THAT(most(1, 2, {}), UnorderedElementsAre(2, 3));
    EXPECT_THAT(most(1, 3, {}), UnorderedElementsAre(1, 2, 3));
    EXPECT_THAT(most(1, 5, {}), UnorderedElementsAre(0, 1, 2, 3, 4));
    EXPECT_THAT(most(2, 5, {}), UnorderedElementsAre(1, 2, 3));
    EXPECT_THAT(most(3, 5, {}), UnorderedElementsAre(2, 3));
    EXPECT_THAT(most(4, 5, {}), IsEmpty());
    // An id that is there already takes no place of the budget.
    EXPECT_THAT(most(1, 2, {2}), UnorderedElementsAre(1, 3));
    EXPECT_THAT(most(1, 1, {3, 2}), ElementsAre(1));
  }
}

TEST(HitCounts, TakesAnyWithEnoughHits) {
  HitCounts counts(5);
  std::set<std::vector<uint32_t>> seen;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Rng rng(seed);
    IdSet found(5, 3);
    found.Insert(3);
    Count(counts, kByHand, {3});
    EXPECT_EQ(counts.TakeAny(2, 1, rng, found), 1u);
    seen.insert(Ids(found));
  }
  EXPECT_THAT(seen, UnorderedElementsAre(ElementsAre(3, 1), ElementsAre(3, 2)));
  Rng rng(kSeed);
  IdSet all(5, 5);
  Count(counts, kByHand);
  EXPECT_EQ(counts.TakeAny(2, 5, rng, all), 3u);
  EXPECT_THAT(Ids(all), UnorderedElementsAre(1, 2, 3));
}

// The budget has room for 3 of the 30 ids with one hit, beside the two that
// have more.
TEST(HitCounts, EqualIdsAreTakenEquallyOften) {
  constexpr uint32_t kRows = 32;
  constexpr int kQueries = 30'000;
  std::vector<uint32_t> all(kRows);
  for (uint32_t id = 0; id < kRows; ++id) all[id] = id;
  HitCounts counts(kRows);
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest, 1);
  std::vector<int> taken(kRows);
  for (int i = 0; i < kQueries; ++i) {
    Count(counts, {all, {5, 17}});
    IdSet found(kRows, 5);
    ASSERT_EQ(counts.TakeMost(1, 5, rng, found), 5u);
    for (const uint32_t id : found.ids()) ++taken[id];
  }
  for (uint32_t id = 0; id < kRows; ++id) {
    if (id == 5 || id == 17) {
      EXPECT_EQ(taken[id], kQueries);
      continue;
    }
    EXPECT_THAT(taken[id], IsBinomial(kQueries, 3.0 / 30.0)) << id;
  }
}

}  // namespace
}  // namespace slide::hashing::hit_counts_test
