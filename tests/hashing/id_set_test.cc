#include "hashing/id_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <vector>

#include "util/rng.h"

namespace slide::hashing::id_set_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using util::Purpose;
using util::Rng;

constexpr uint64_t kSeed = 31;

TEST(IdSet, KeepsIdsInTheOrderTheyCame) {
  IdSet set(200, 10);
  EXPECT_THAT(set.ids(), IsEmpty());
  EXPECT_EQ(set.capacity(), 10u);
  for (const uint32_t id : {64, 199, 0, 63}) EXPECT_TRUE(set.Insert(id));
  for (const uint32_t id : {0, 63, 64, 199}) EXPECT_FALSE(set.Insert(id));
  EXPECT_THAT(set.ids(), ElementsAre(64, 199, 0, 63));
  EXPECT_EQ(set.size(), 4u);
}

TEST(IdSet, MayBeFullAndStillTellWhatItHolds) {
  IdSet set(100, 2);
  EXPECT_TRUE(set.Insert(99));
  EXPECT_TRUE(set.Insert(1));
  EXPECT_FALSE(set.Insert(99));
  EXPECT_THAT(set.ids(), ElementsAre(99, 1));
}

TEST(IdSet, HoldsEveryIdBelowItsBound) {
  for (const uint32_t num_ids : {1, 63, 64, 65, 128}) {
    IdSet set(num_ids, num_ids);
    for (uint32_t id = num_ids; id-- > 0;) EXPECT_TRUE(set.Insert(id));
    for (uint32_t id = 0; id < num_ids; ++id) {
      EXPECT_TRUE(set.Contains(id));
      EXPECT_FALSE(set.Insert(id));
    }
    EXPECT_EQ(set.size(), num_ids);
  }
}

TEST(IdSet, IsEmptyAfterClear) {
  SCOPED_TRACE(kSeed);
  Rng rng = Rng(kSeed).Stream(Purpose::kTest);
  constexpr uint32_t kNumIds = 1000;
  IdSet set(kNumIds, 100);
  for (int round = 0; round < 50; ++round) {
    std::vector<uint32_t> order;
    std::set<uint32_t> expected;
    const uint64_t num = rng.UniformInt(101);
    for (uint64_t i = 0; i < num; ++i) {
      const auto id = static_cast<uint32_t>(rng.UniformInt(kNumIds));
      const bool is_new = expected.insert(id).second;
      ASSERT_EQ(set.Insert(id), is_new);
      if (is_new) order.push_back(id);
    }
    ASSERT_EQ(std::vector<uint32_t>(set.ids().begin(), set.ids().end()), order);
    for (uint32_t id = 0; id < kNumIds; ++id) {
      ASSERT_EQ(set.Contains(id), expected.contains(id)) << id;
    }
    set.Clear();
    ASSERT_EQ(set.size(), 0u);
    for (uint32_t id = 0; id < kNumIds; ++id) ASSERT_FALSE(set.Contains(id));
  }
}

}  // namespace
}  // namespace slide::hashing::id_set_test
