// The kernels of pairs of every instruction set against maps from ids to
// weights. All numbers are few binary digits long, so that no sum is rounded
// and results must be equal in any order of the additions.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <map>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kernels/kernel_test.h"

namespace slide::kernels::pairs_test {
namespace {

using PairsKernel = KernelTest;
INSTANTIATE_TEST_SUITE_P(, PairsKernel, EachTarget(), NameOfTarget);

constexpr uint32_t kWordGuard = 0xa5a5a5a5u;
constexpr size_t kLine = 16;  // words

constexpr size_t kNumIds[] = {1, 31, 32, 511, 512, 513, 1024, 1500};

bool AreGuards(std::span<const uint32_t> words) {
  return std::ranges::all_of(words,
                             [](uint32_t word) { return word == kWordGuard; });
}

float DrawNumber(Rng& rng) {
  return (static_cast<float>(rng.UniformInt(255)) - 127.0f) / 16.0f;
}

// `num` different ids, in no order.
std::vector<uint32_t> DrawIds(size_t num_ids, size_t num, Rng& rng) {
  std::vector<uint32_t> ids(num_ids);
  std::iota(ids.begin(), ids.end(), 0u);
  for (size_t i = 0; i < num; ++i) {
    std::swap(ids[i], ids[i + rng.UniformInt(num_ids - i)]);
  }
  ids.resize(num);
  return ids;
}

using Weights = std::map<uint32_t, float>;

Weights DrawWeights(size_t num_ids, size_t num, Rng& rng) {
  Weights weights;
  for (const uint32_t id : DrawIds(num_ids, num, rng)) {
    weights[id] = rng.UniformInt(8) == 0 ? -0.0f : DrawNumber(rng);
  }
  return weights;
}

// Lists of both kinds and all lengths in one array of words, sparse ones right
// behind their neighbours, with guards in front of dense ones and at both ends.
struct Lists {
  Lists(size_t ids_there_are, Rng& rng) : num_ids(ids_there_are) {
    std::vector<uint32_t> all = {
        kWordGuard,
        kWordGuard,
        kWordGuard,
    };
    for (const size_t num : {size_t{17}, size_t{0}, size_t{1}, num_ids,
                             size_t{15}, size_t{100}, size_t{16}}) {
      for (const uint32_t is_dense : {0u, 1u, 0u, 1u}) {
        Append(DrawWeights(num_ids, std::min(num, num_ids), rng), is_dense,
               all);
      }
    }
    all.insert(all.end(), 2 * kLine, kWordGuard);
    words = util::AlignedBuffer<uint32_t>(all.size());
    std::copy(all.begin(), all.end(), words.data());
  }

  void Append(const Weights& weights, uint32_t is_dense,
              std::vector<uint32_t>& all) {
    while (is_dense != 0 && all.size() % kLine != 0) all.push_back(kWordGuard);
    lists.push_back({.begin = all.size(),
                     .num = static_cast<uint32_t>(weights.size()),
                     .is_dense = is_dense});
    if (is_dense != 0) {
      const size_t num_groups = (num_ids + 511) / 512;
      std::vector<uint32_t> bits(num_groups * 16), ranks(num_groups);
      for (const auto& [id, weight] : weights) {
        bits[id / 32] |= 1u << (id % 32);
        for (size_t g = id / 512 + 1; g < num_groups; ++g) ++ranks[g];
      }
      all.insert(all.end(), bits.begin(), bits.end());
      all.insert(all.end(), ranks.begin(), ranks.end());
    } else {
      for (const auto& [id, weight] : weights) all.push_back(id);
    }
    std::map<uint32_t, uint32_t>& placed = places.emplace_back();
    for (const auto& [id, weight] : weights) {
      placed[id] = static_cast<uint32_t>(all.size());
      all.push_back(std::bit_cast<uint32_t>(weight));
    }
    contents.push_back(weights);
  }

  Pairs pairs() { return {words, num_ids}; }
  std::vector<uint32_t> Words() const {
    return {words.data(), words.data() + words.size()};
  }
  std::string Trace(size_t l) const {
    return std::string(lists[l].is_dense != 0 ? "dense" : "sparse") +
           " list of " + std::to_string(lists[l].num) + " of " +
           std::to_string(num_ids);
  }

  size_t num_ids;
  std::vector<PairList> lists;
  std::vector<Weights> contents;                     // of each list
  std::vector<std::map<uint32_t, uint32_t>> places;  // of ids, in each list
  util::AlignedBuffer<uint32_t> words;
};

// Active ids in any order, the memory around their bits full of set ones.
struct Active {
  Active(size_t num_ids, std::vector<uint32_t> active_ids)
      : ids(std::move(active_ids)),
        num_words((num_ids + 511) / 512 * 16),
        words(kLine + num_words + kLine),
        slots(num_ids, kWordGuard) {
    std::fill_n(words.data(), words.size(), ~0u);
    std::fill_n(words.data() + kLine, num_words, 0u);
    for (size_t slot = 0; slot < ids.size(); ++slot) {
      const uint32_t id = ids[slot];
      words[kLine + id / 32] |= 1u << (id % 32);
      slots[id] = static_cast<uint32_t>(slot);
      slot_of[id] = static_cast<uint32_t>(slot);
    }
  }

  ActiveIds view() const {
    return {std::span<const uint32_t>(words).subspan(kLine, num_words), slots};
  }

  std::vector<uint32_t> ids;
  size_t num_words;
  util::AlignedBuffer<uint32_t> words;
  std::vector<uint32_t> slots;
  std::map<uint32_t, uint32_t> slot_of;
};

// None, one, some and all.
std::vector<Active> ActiveSets(size_t num_ids, Rng& rng) {
  std::vector<Active> sets;
  for (const size_t num :
       {size_t{0}, size_t{1}, (num_ids + 9) / 10, (num_ids + 1) / 2, num_ids}) {
    sets.emplace_back(num_ids, DrawIds(num_ids, num, rng));
  }
  return sets;
}

struct Hits {
  std::vector<uint32_t> places;
  std::vector<uint32_t> slots;
};

Hits ExpectedHits(const Lists& lists, size_t l, const Active& active) {
  Hits hits;
  for (const auto& [id, place] : lists.places[l]) {
    const auto slot = active.slot_of.find(id);
    if (slot == active.slot_of.end()) continue;
    hits.places.push_back(place);
    hits.slots.push_back(slot->second);
  }
  return hits;
}

// Runs the kernel on arrays with room for one more hit than there are, between
// guards.
Hits FoundHits(ConstPairs pairs, const PairList& list, const Active& active,
               size_t num_expected) {
  constexpr size_t kMargin = 64;
  const size_t end = kMargin + num_expected + 1;
  std::vector<uint32_t> places(end + kMargin, kWordGuard);
  std::vector<uint32_t> slots = places;
  const size_t num =
      FindPairs(pairs, list, active.view(),
                {places.data() + kMargin, slots.data() + kMargin});
  EXPECT_EQ(num, num_expected);
  for (std::vector<uint32_t>* array : {&places, &slots}) {
    EXPECT_TRUE(AreGuards(std::span(*array).first(kMargin)));
    EXPECT_TRUE(AreGuards(std::span(*array).subspan(end)));
    array->erase(array->begin(), array->begin() + kMargin);
    array->resize(std::min(num, num_expected));
  }
  return {places, slots};
}

// Calls f(lists, l, active) for every list and active set.
template <typename F>
void ForEachCase(Rng& rng, F&& f) {
  for (const size_t num_ids : kNumIds) {
    Lists lists(num_ids, rng);
    for (const Active& active : ActiveSets(num_ids, rng)) {
      for (size_t l = 0; l < lists.lists.size(); ++l) {
        SCOPED_TRACE(lists.Trace(l) + ", " + std::to_string(active.ids.size()) +
                     " active");
        f(lists, l, active);
      }
    }
  }
}

TEST_P(PairsKernel, FindsThePairsOfActiveIds) {
  ForEachCase(rng_, [](Lists& lists, size_t l, const Active& active) {
    const std::vector<uint32_t> before = lists.Words();
    const Hits expected = ExpectedHits(lists, l, active);
    const Hits found = FoundHits(lists.pairs(), lists.lists[l], active,
                                 expected.places.size());
    EXPECT_EQ(found.places, expected.places);
    EXPECT_EQ(found.slots, expected.slots);
    for (size_t i = 0; i < std::min(found.places.size(), found.slots.size());
         ++i) {
      ASSERT_LT(found.slots[i], active.ids.size());
      const uint32_t id = active.ids[found.slots[i]];
      EXPECT_EQ(
          std::bit_cast<uint32_t>(lists.pairs().floats()[found.places[i]]),
          std::bit_cast<uint32_t>(lists.contents[l].at(id)));
    }
    EXPECT_EQ(lists.Words(), before);
  });
}

// Each id alone active: whatever vector and word its bit is in.
TEST_P(PairsKernel, FindsEachIdAlone) {
  const size_t num_ids = 1500;
  Lists lists(num_ids, rng_);
  for (uint32_t id = 0; id < num_ids; ++id) {
    SCOPED_TRACE(id);
    const Active active(num_ids, {id});
    for (size_t l = 0; l < lists.lists.size(); ++l) {
      SCOPED_TRACE(lists.Trace(l));
      const Hits expected = ExpectedHits(lists, l, active);
      const Hits found = FoundHits(lists.pairs(), lists.lists[l], active,
                                   expected.places.size());
      ASSERT_EQ(found.places, expected.places);
      ASSERT_EQ(found.slots, expected.slots);
    }
  }
}

TEST_P(PairsKernel, PrefetchChangesNothing) {
  for (const size_t num_ids : kNumIds) {
    Lists lists(num_ids, rng_);
    const std::vector<uint32_t> before = lists.Words();
    for (const PairList& list : lists.lists) PrefetchPairs(lists.pairs(), list);
    EXPECT_EQ(lists.Words(), before);
  }
}

TEST_P(PairsKernel, SumsWeightsByTheirSlots) {
  ForEachCase(rng_, [&](Lists& lists, size_t l, const Active& active) {
    const std::vector<uint32_t> before = lists.Words();
    const Hits hits = ExpectedHits(lists, l, active);
    const Floats sums(active.ids.size(), l % 3);
    for (float& sum : sums.span()) sum = DrawNumber(rng_);
    const float value = DrawNumber(rng_);
    std::vector<float> expected = sums.Copy();
    for (const auto& [id, weight] : lists.contents[l]) {
      const auto slot = active.slot_of.find(id);
      if (slot != active.slot_of.end())
        expected[slot->second] += value * weight;
    }
    SumPairs(lists.pairs(), hits.places, hits.slots, value, sums.span());
    EXPECT_EQ(sums.Copy(), expected);
    EXPECT_TRUE(sums.guards_intact());
    EXPECT_EQ(lists.Words(), before);
  });
}

TEST_P(PairsKernel, StepsMoveTheWeightsOfTheirSlotsAlone) {
  ForEachCase(rng_, [&](Lists& lists, size_t l, const Active& active) {
    const std::vector<uint32_t> before = lists.Words();
    const Hits hits = ExpectedHits(lists, l, active);
    const Floats steps(active.ids.size(), l % 3);
    for (float& step : steps.span()) {
      const uint64_t kind = rng_.UniformInt(4);
      step = kind == 0 ? 0.0f : kind == 1 ? -0.0f : DrawNumber(rng_);
    }
    // A weight of -0 would show a step of 0, and so would a value of infinity.
    float value = DrawNumber(rng_);
    if (std::ranges::all_of(steps.span(), [](float s) { return s == 0.0f; })) {
      value = kInfinity;
    }
    std::vector<uint32_t> expected = before;
    for (const auto& [id, weight] : lists.contents[l]) {
      const auto slot = active.slot_of.find(id);
      if (slot == active.slot_of.end() || steps[slot->second] == 0.0f) continue;
      expected[lists.places[l].at(id)] =
          std::bit_cast<uint32_t>(weight + value * steps[slot->second]);
    }
    const std::vector<float> steps_before = steps.Copy();
    StepPairs(lists.pairs(), hits.places, hits.slots, value, steps);
    EXPECT_EQ(lists.Words(), expected);
    EXPECT_TRUE(SameBits(steps.span(), steps_before));
    EXPECT_TRUE(steps.guards_intact());
    std::copy(before.begin(), before.end(), lists.words.data());
  });
}

TEST_P(PairsKernel, AdagradStepOfOneLabelByHand) {
  std::vector<float> accumulators = {1.0f, 7.0f, 2.0f};
  std::vector<float> gradient = {3.0f, 0.0f};
  const std::vector<uint32_t> ids = {1, 0};
  AdagradSteps(accumulators, ids, 2.0f, 1.5f, 0.25f, gradient);
  // 7 + 9 * 2 = 25; -1.5 * 3 / (5 + 0.25).
  EXPECT_EQ(accumulators, (std::vector<float>{1.0f, 25.0f, 2.0f}));
  EXPECT_FLOAT_EQ(gradient[0], -4.5f / 5.25f);
  EXPECT_EQ(gradient[1], 0.0f);
}

TEST_P(PairsKernel, AdagradStepsFollowTheFormula) {
  for (size_t num = 0; num <= kMaxLength; ++num) {
    for (const float square : {0.0f, 0.7f, 30.0f}) {
      SCOPED_TRACE(std::to_string(num) + " by " + std::to_string(square));
      const size_t num_ids = num + 10;
      const float rate = 0.3f, epsilon = 1e-3f;
      const std::vector<uint32_t> ids = DrawIds(num_ids, num, rng_);
      const Floats accumulators(num_ids, num % 3);
      for (float& accumulator : accumulators.span()) {
        accumulator = rng_.UniformInt(3) == 0 ? 0.0f : rng_.Uniform();
      }
      const Floats gradient(num, num % 5, rng_);
      for (float& g : gradient.span()) {
        const uint64_t kind = rng_.UniformInt(6);
        if (kind < 2) g = kind == 0 ? 0.0f : -0.0f;
      }
      const std::vector<float> sums = accumulators.Copy();
      const std::vector<float> slopes = gradient.Copy();
      AdagradSteps(accumulators.span(), ids, square, rate, epsilon,
                   gradient.span());
      std::vector<float> untouched = sums;
      for (size_t j = 0; j < num; ++j) {
        const double g = static_cast<double>(slopes[j]);
        if (slopes[j] == 0.0f) {
          EXPECT_TRUE(SameBits(gradient.span().subspan(j, 1),
                               std::span(slopes).subspan(j, 1)));
          continue;
        }
        const double sum = static_cast<double>(sums[ids[j]]) +
                           g * g * static_cast<double>(square);
        const double step = -static_cast<double>(rate) * g /
                            (std::sqrt(sum) + static_cast<double>(epsilon));
        EXPECT_NEAR(static_cast<double>(accumulators[ids[j]]), sum,
                    8 * kEpsilon * sum);
        EXPECT_NEAR(static_cast<double>(gradient[j]), step,
                    8 * kEpsilon * std::abs(step));
        untouched[ids[j]] = accumulators[ids[j]];
      }
      EXPECT_TRUE(SameBits(accumulators.span(), untouched));
      EXPECT_TRUE(accumulators.guards_intact());
      EXPECT_TRUE(gradient.guards_intact());
    }
  }
}

TEST_P(PairsKernel, AddsListsTileByTile) {
  for (const size_t num_ids : kNumIds) {
    Lists lists(num_ids, rng_);
    const std::vector<uint32_t> before = lists.Words();
    for (size_t l = 0; l < lists.lists.size(); ++l) {
      SCOPED_TRACE(lists.Trace(l));
      const float value = DrawNumber(rng_);
      uint32_t next = 0;
      for (size_t first = 0; first < num_ids; first += 512) {
        const size_t size = std::min<size_t>(512, num_ids - first);
        const Floats out(size, l % 3);
        for (float& sum : out.span()) sum = DrawNumber(rng_);
        std::vector<float> expected = out.Copy();
        uint32_t expected_next = 0;
        for (const auto& [id, weight] : lists.contents[l]) {
          if (id >= first + size) break;
          ++expected_next;
          if (id >= first) expected[id - first] += value * weight;
        }
        next = AddPairs(lists.pairs(), lists.lists[l], next, value,
                        static_cast<uint32_t>(first), out.span());
        EXPECT_EQ(next, expected_next) << first;
        EXPECT_EQ(out.Copy(), expected) << first;
        EXPECT_TRUE(out.guards_intact()) << first;
      }
      EXPECT_EQ(next, lists.lists[l].num);
    }
    EXPECT_EQ(lists.Words(), before);
  }
}

}  // namespace
}  // namespace slide::kernels::pairs_test
