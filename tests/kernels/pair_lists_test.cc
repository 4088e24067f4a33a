#include "kernels/pair_lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

namespace slide::kernels::pair_lists_test {
namespace {

using ::testing::ElementsAre;

TEST(PairLists, GroupsAreOf512Ids) {
  EXPECT_EQ(NumGroups(0), 0u);
  EXPECT_EQ(NumGroups(1), 1u);
  EXPECT_EQ(NumGroups(512), 1u);
  EXPECT_EQ(NumGroups(513), 2u);
  EXPECT_EQ(NumGroups(1500), 3u);
  EXPECT_EQ(NumGroups(uint64_t{1} << 32), uint64_t{1} << 23);
}

TEST(PairLists, ListsOf16PairsAndOneIdIn64AreDense) {
  EXPECT_FALSE(IsDense(0, 0));
  EXPECT_FALSE(IsDense(0, 1));
  EXPECT_FALSE(IsDense(15, 15));
  EXPECT_TRUE(IsDense(16, 16));
  EXPECT_TRUE(IsDense(16, 1024));
  EXPECT_FALSE(IsDense(16, 1025));
  EXPECT_TRUE(IsDense(17, 1088));
  EXPECT_FALSE(IsDense(17, 1089));
  // Ids of 32 bits, of which the product has more.
  EXPECT_TRUE(IsDense(uint64_t{1} << 26, uint64_t{1} << 32));
  EXPECT_FALSE(IsDense((uint64_t{1} << 26) - 1, uint64_t{1} << 32));
}

TEST(PairLists, SparseListsTakeTwoWordsAPair) {
  const PairList list = {.begin = 3, .num = 5, .is_dense = 0};
  EXPECT_EQ(list.NumIdWords(1500), 5u);
  EXPECT_EQ(list.NumWords(1500), 10u);
  EXPECT_EQ(PairList{}.NumWords(1500), 0u);
}

TEST(PairLists, DenseListsTake17WordsAGroupAndOneAPair) {
  const PairList list = {.begin = 16, .num = 20, .is_dense = 1};
  EXPECT_EQ(list.NumIdWords(512), 17u);
  EXPECT_EQ(list.NumWords(512), 37u);
  EXPECT_EQ(list.NumIdWords(1500), 51u);
  EXPECT_EQ(list.NumWords(1500), 71u);
}

TEST(PairLists, PartsOfListsLieBehindEachOther) {
  std::vector<uint32_t> words(200);
  words[9] = std::bit_cast<uint32_t>(1.5f);
  words[131] = std::bit_cast<uint32_t>(-2.0f);
  const Pairs pairs = {words, 1500};
  const PairList sparse = {.begin = 7, .num = 2, .is_dense = 0};
  EXPECT_EQ(pairs.ids(sparse), words.data() + 7);
  EXPECT_EQ(pairs.FirstPlace(sparse), 9u);
  EXPECT_EQ(pairs.weights(sparse)[0], 1.5f);
  const PairList dense = {.begin = 80, .num = 3, .is_dense = 1};
  EXPECT_EQ(pairs.ids(dense), words.data() + 80);
  EXPECT_EQ(pairs.ranks(dense), words.data() + 80 + 48);
  EXPECT_EQ(pairs.FirstPlace(dense), 131u);
  EXPECT_EQ(pairs.weights(dense)[0], -2.0f);
  EXPECT_EQ(pairs.floats()[131], -2.0f);
  const ConstPairs view = pairs;
  EXPECT_EQ(view.ids(dense), words.data() + 80);
  EXPECT_EQ(view.weights(dense), pairs.weights(dense));
}

TEST(PairLists, BitsAscend) {
  std::vector<uint32_t> group(kGroupWords);
  std::vector<uint32_t> bits;
  const auto note = [&](uint32_t bit) { bits.push_back(bit); };
  ForEachBit(group.data(), note);
  EXPECT_THAT(bits, ElementsAre());
  group[0] = 0x80000001u;
  group[1] = 2;
  group[15] = 0xc0000000u;
  ForEachBit(group.data(), note);
  EXPECT_THAT(bits, ElementsAre(0u, 31u, 33u, 510u, 511u));
}

TEST(FindPair, FindsIdsOfASparseList) {
  // Neighbours have the ids that the list in between does not have.
  const std::vector<uint32_t> words = {2, 3, 5, 9, 0, 0, 0, 8, 10};
  const ConstPairs pairs = {words, 40};
  const PairList list = {.begin = 1, .num = 3, .is_dense = 0};
  EXPECT_EQ(FindPair(pairs, list, 3), 0u);
  EXPECT_EQ(FindPair(pairs, list, 5), 1u);
  EXPECT_EQ(FindPair(pairs, list, 9), 2u);
  for (const uint32_t id : {0u, 2u, 4u, 6u, 8u, 10u, 39u}) {
    EXPECT_EQ(FindPair(pairs, list, id), std::nullopt) << id;
  }
  EXPECT_EQ(FindPair(pairs, PairList{.begin = 1}, 3), std::nullopt);
}

// The ids 0, 31, 32, 511 | 512, 600 | none | 1599 of 1600.
TEST(FindPair, CountsTheBitsOfADenseListByItsRanks) {
  constexpr size_t kBegin = 16;
  std::vector<uint32_t> words(kBegin + 4 * 17 + 7, ~0u);
  std::fill_n(words.begin() + kBegin, 4 * 17, 0u);
  uint32_t* bits = words.data() + kBegin;
  bits[0] = 0x80000001u;
  bits[1] = 1;
  bits[15] = 0x80000000u;
  bits[16] = 1;
  bits[18] = 0x01000000u;  // 18 * 32 + 24
  bits[49] = 0x80000000u;  // 49 * 32 + 31
  const Pairs pairs = {words, 1600};
  const PairList list = {.begin = kBegin, .num = 7, .is_dense = 1};
  SetRanks(pairs, list);
  const std::vector<uint32_t> ranks(pairs.ranks(list), pairs.ranks(list) + 4);
  EXPECT_THAT(ranks, ElementsAre(0u, 4u, 6u, 6u));
  EXPECT_EQ(words[kBegin - 1], ~0u);
  EXPECT_EQ(words[kBegin + 4 * 17], ~0u);
  EXPECT_EQ(FindPair(pairs, list, 0), 0u);
  EXPECT_EQ(FindPair(pairs, list, 31), 1u);
  EXPECT_EQ(FindPair(pairs, list, 32), 2u);
  EXPECT_EQ(FindPair(pairs, list, 511), 3u);
  EXPECT_EQ(FindPair(pairs, list, 512), 4u);
  EXPECT_EQ(FindPair(pairs, list, 600), 5u);
  EXPECT_EQ(FindPair(pairs, list, 1599), 6u);
  for (const uint32_t id : {1u, 30u, 33u, 510u, 513u, 599u, 601u, 1023u, 1024u,
                            1100u, 1535u, 1536u, 1598u}) {
    EXPECT_EQ(FindPair(pairs, list, id), std::nullopt) << id;
  }
}

TEST(SetRanks, OverwritesWhatWasThere) {
  std::vector<uint32_t> words(2 * 17, 0xffffffffu);
  const Pairs pairs = {words, 1024};
  const PairList list = {.begin = 0, .num = 1024, .is_dense = 1};
  SetRanks(pairs, list);
  EXPECT_EQ(words[32], 0u);
  EXPECT_EQ(words[33], 512u);
  EXPECT_EQ(FindPair(pairs, list, 1023), 1023u);
}

}  // namespace
}  // namespace slide::kernels::pair_lists_test
