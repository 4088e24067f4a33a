// The memory of lists of pairs, an id and a weight each, ids ascending. A list
// is one of two kinds, by its length among the ids there are:
//
//   sparse  num ids, then their num weights: in a short list one line of the
//           cache has both
//   dense   a bit for each id there is, 512 ids a group; for each group the
//           number of pairs in front of it; then the num weights. To find the
//           active ones among its ids is an AND.
//
// All lie in one array of words of four bytes; dense lists begin at lines.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>

namespace slide::kernels {

inline constexpr uint64_t kGroupIds = 512;
inline constexpr uint64_t kGroupWords = kGroupIds / 32;

constexpr uint64_t NumGroups(uint64_t num_ids) noexcept {
  return (num_ids + kGroupIds - 1) / kGroupIds;
}

// One list; plain, as it stands in a file.
struct PairList {
  uint64_t begin = 0;  // the first of its words
  uint32_t num = 0;    // pairs
  uint32_t is_dense = 0;

  // Words in front of the weights.
  uint64_t NumIdWords(uint64_t num_ids) const noexcept {
    return is_dense != 0 ? NumGroups(num_ids) * (kGroupWords + 1) : num;
  }
  uint64_t NumWords(uint64_t num_ids) const noexcept {
    return NumIdWords(num_ids) + num;
  }
};

// Where a dense list takes about as much memory as a sparse one, and less time.
constexpr bool IsDense(uint64_t num_pairs, uint64_t num_ids) noexcept {
  return num_pairs >= 16 && num_pairs * 64 >= num_ids;
}

// All lists. Word: uint32_t, or const uint32_t.
template <typename Word>
struct BasicPairs {
  std::span<Word> words;
  uint64_t num_ids = 0;

  Word* ids(const PairList& list) const noexcept {
    return words.data() + list.begin;
  }
  // The pairs in front of each group of a dense list.
  Word* ranks(const PairList& list) const noexcept {
    return ids(list) + NumGroups(num_ids) * kGroupWords;
  }
  // The word of the list's first weight.
  uint32_t FirstPlace(const PairList& list) const noexcept {
    return static_cast<uint32_t>(list.begin + list.NumIdWords(num_ids));
  }
  auto* weights(const PairList& list) const noexcept {
    return floats() + FirstPlace(list);
  }
  // The words as weights.
  auto* floats() const noexcept {
    if constexpr (std::is_const_v<Word>) {
      return reinterpret_cast<const float*>(words.data());
    } else {
      return reinterpret_cast<float*>(words.data());
    }
  }
  operator BasicPairs<const Word>() const noexcept { return {words, num_ids}; }
};
using Pairs = BasicPairs<uint32_t>;
using ConstPairs = BasicPairs<const uint32_t>;

// Ids that are active: a bit for each id, in whole groups, and for the active
// ones their slots, below the number of them.
struct ActiveIds {
  std::span<const uint32_t> bits;   // [NumGroups * kGroupWords]
  std::span<const uint32_t> slots;  // [ids]
};

// Pairs with an active id: the words their weights are in, and the ids' slots.
struct PairHits {
  uint32_t* places;
  uint32_t* slots;
};

// The most words: a place has 32 bits.
inline constexpr uint64_t kMaxPairWords = uint64_t{1} << 32;

// Calls f(i) for the bits set in a group, ascending.
template <typename F>
void ForEachBit(const uint32_t* group, F&& f) {
  for (uint32_t w = 0; w < kGroupWords; ++w) {
    for (uint32_t bits = group[w]; bits != 0; bits &= bits - 1) {
      f(w * 32 + static_cast<uint32_t>(std::countr_zero(bits)));
    }
  }
}

// Calls f(id) for the pairs of a list, ascending. Requires: the list keeps its
// rules (SparsePart::CheckLists).
template <typename F>
void ForEachPair(ConstPairs pairs, const PairList& list, F&& f) {
  const uint32_t* ids = pairs.ids(list);
  if (list.is_dense == 0) {
    for (uint32_t i = 0; i < list.num; ++i) f(ids[i]);
    return;
  }
  for (uint32_t g = 0; g < NumGroups(pairs.num_ids); ++g) {
    ForEachBit(ids + g * kGroupWords, [&](uint32_t bit) {
      f(static_cast<uint32_t>(g * kGroupIds) + bit);
    });
  }
}

// The place of an id in a list, whatever its words are; none: it has no such
// pair.
inline std::optional<uint32_t> FindPair(ConstPairs pairs, const PairList& list,
                                        uint32_t id) noexcept {
  const uint32_t* ids = pairs.ids(list);
  if (list.is_dense == 0) {
    const uint32_t* end = ids + list.num;
    const uint32_t* place = std::lower_bound(ids, end, id);
    if (place == end || *place != id) return std::nullopt;
    return static_cast<uint32_t>(place - ids);
  }
  const uint32_t bit = uint32_t{1} << (id % 32);
  if ((ids[id / 32] & bit) == 0) return std::nullopt;
  uint32_t place = pairs.ranks(list)[id / kGroupIds];
  for (uint64_t w = id / kGroupIds * kGroupWords; w < id / 32; ++w) {
    place += static_cast<uint32_t>(std::popcount(ids[w]));
  }
  place += static_cast<uint32_t>(std::popcount(ids[id / 32] & (bit - 1)));
  if (place >= list.num) return std::nullopt;  // the list is damaged
  return place;
}

// Sets the ranks of a dense list by its bits.
inline void SetRanks(const Pairs& pairs, const PairList& list) noexcept {
  uint32_t rank = 0;
  for (uint64_t g = 0; g < NumGroups(pairs.num_ids); ++g) {
    pairs.ranks(list)[g] = rank;
    ForEachBit(pairs.ids(list) + g * kGroupWords, [&](uint32_t) { ++rank; });
  }
}

}  // namespace slide::kernels
