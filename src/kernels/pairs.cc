// Lists of pairs, an id and a weight each: the AND of a dense list vectorised
// by Highway, one source compiled once for each instruction set and chosen at
// run time; the rest as scalar.h has it, or without branches. The contracts are
// in kernels.h.
#include "kernels/kernels.h"

#include <algorithm>

#include "util/check.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pairs.cc"
#include <hwy/foreach_target.h>
// These come behind foreach_target.h, which sets the target they compile for.
#include <hwy/highway.h>

#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace slide::kernels::HWY_NAMESPACE {

size_t FindDense(ConstPairs pairs, const PairList& list,
                 const ActiveIds& active, PairHits hits) {
  const hn::CappedTag<uint64_t, kGroupWords / 2> d;
  constexpr size_t kWords = kGroupWords / 2;  // of 64 bits
  const size_t lanes = hn::Lanes(d);
  const auto* ids = reinterpret_cast<const uint64_t*>(pairs.ids(list));
  const auto* bits = reinterpret_cast<const uint64_t*>(active.bits.data());
  const float* weights = pairs.floats();
  const uint32_t* ranks = pairs.ranks(list);
  const uint32_t first_place = pairs.FirstPlace(list);
  HWY_ALIGN uint64_t both[kWords];
  size_t num = 0;
  const size_t num_groups = NumGroups(pairs.num_ids);
  for (size_t g = 0; g < num_groups; ++g, ids += kWords, bits += kWords) {
    auto any = hn::Zero(d);
    for (size_t w = 0; w < kWords; w += lanes) {
      const auto v = hn::And(hn::Load(d, ids + w), hn::Load(d, bits + w));
      hn::Store(v, d, both + w);
      any = hn::Or(any, v);
    }
    if (hn::AllTrue(d, hn::Eq(any, hn::Zero(d)))) continue;
    uint32_t place = first_place + ranks[g];
    for (size_t w = 0; w < kWords; ++w) {
      for (uint64_t hit = both[w]; hit != 0; hit &= hit - 1) {
        const uint64_t below = (hit & -hit) - 1;
        const size_t id = g * kGroupIds + w * 64 + hwy::PopCount(below);
        hits.places[num] =
            place + static_cast<uint32_t>(hwy::PopCount(ids[w] & below));
        __builtin_prefetch(weights + hits.places[num]);
        hits.slots[num++] = active.slots[id];
      }
      place += static_cast<uint32_t>(hwy::PopCount(ids[w]));
    }
  }
  return num;
}

}  // namespace slide::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "kernels/scalar.h"

namespace slide::kernels {
namespace {

// Hits are too rare to be foreseen and too frequent to be mistaken about: all
// pairs are written, and those that are no hits overwritten.
size_t FindSparse(ConstPairs pairs, const PairList& list,
                  const ActiveIds& active, PairHits hits) noexcept {
  const uint32_t* ids = pairs.ids(list);
  const uint32_t first_place = pairs.FirstPlace(list);
  size_t num = 0;
  for (uint32_t i = 0; i < list.num; ++i) {
    const uint32_t id = ids[i];
    hits.places[num] = first_place + i;
    hits.slots[num] = id;
    num += (active.bits[id / 32] >> (id % 32)) & 1;
  }
  for (size_t i = 0; i < num; ++i) {
    __builtin_prefetch(pairs.floats() + hits.places[i]);
    hits.slots[i] = active.slots[hits.slots[i]];
  }
  return num;
}

}  // namespace

HWY_EXPORT(FindDense);

void PrefetchPairs(ConstPairs pairs, const PairList& list) noexcept {
  constexpr uint64_t kMostLines = 64;
  constexpr uint64_t kLineWords = 16;
  const uint32_t* begin = pairs.ids(list);
  const uint64_t num =
      std::min(list.is_dense != 0 ? list.NumIdWords(pairs.num_ids)
                                  : list.NumWords(pairs.num_ids),
               kMostLines * kLineWords);
  for (uint64_t w = 0; w < num; w += kLineWords) {
    __builtin_prefetch(begin + w, 0, 2);
  }
}

size_t FindPairs(ConstPairs pairs, const PairList& list,
                 const ActiveIds& active, PairHits hits) noexcept {
  return list.is_dense != 0
             ? HWY_DYNAMIC_DISPATCH(FindDense)(pairs, list, active, hits)
             : FindSparse(pairs, list, active, hits);
}

void SumPairs(ConstPairs pairs, std::span<const uint32_t> places,
              std::span<const uint32_t> slots, float value,
              std::span<float> sums) noexcept {
  Reference::SumPairs(pairs, places, slots, value, sums);
}

void StepPairs(Pairs pairs, std::span<const uint32_t> places,
               std::span<const uint32_t> slots, float value,
               std::span<const float> steps) noexcept {
  Reference::StepPairs(pairs, places, slots, value, steps);
}

// Few gradients are not 0: nothing for vectors.
void AdagradSteps(std::span<float> accumulators, std::span<const uint32_t> ids,
                  float square, float learning_rate, float epsilon,
                  std::span<float> gradient) noexcept {
  Reference::AdagradSteps(accumulators, ids, square, learning_rate, epsilon,
                          gradient);
}

uint32_t AddPairs(ConstPairs pairs, const PairList& list, uint32_t next,
                  float value, uint32_t first_id,
                  std::span<float> out) noexcept {
  return Reference::AddPairs(pairs, list, next, value, first_id, out);
}

}  // namespace slide::kernels
#endif  // HWY_ONCE
