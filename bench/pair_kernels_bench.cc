// The kernels of the sparse part, a sample's lists at a time: lists as long as
// those of package descriptions are (docs/performance.md), 22,990 labels, 300
// of them active. Items are pairs in the lists, hits or not. With sparse lists
// alone, dense ones too, and by the scalar reference; with a working set of one
// sample, and of many, whose lists no second-level cache holds.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <span>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/scalar.h"
#include "kernels_bench.h"
#include "util/aligned.h"
#include "util/rng.h"

namespace slide::bench {
namespace {

using kernels::PairList;
using kernels::Reference;

constexpr uint32_t kNumLabels = 22'990;
constexpr size_t kNumActive = 300;
// About 14,000 pairs.
constexpr size_t kLengths[] = {8,    8,    8,    8,    40,   40,   40,
                               40,   120,  120,  120,  120,  270,  270,
                               270,  270,  540,  540,  540,  540,  540,
                               1000, 1000, 1000, 1000, 1000, 1950, 1950};

// `num` labels without repeats, ascending: frequent ones first, as in data.
std::vector<uint32_t> DrawLabels(size_t num, util::Rng& rng) {
  std::vector<bool> is_in(kNumLabels);
  for (size_t count = 0; count < num;) {
    const double u = static_cast<double>(rng.Uniform());
    const auto n = static_cast<size_t>(u * u * kNumLabels);
    if (n >= kNumLabels || is_in[n]) continue;
    is_in[n] = true;
    ++count;
  }
  std::vector<uint32_t> labels;
  for (uint32_t n = 0; n < kNumLabels; ++n) {
    // Any place among the ids.
    if (is_in[n])
      labels.push_back(static_cast<uint32_t>(n * 7919ull % kNumLabels));
  }
  std::ranges::sort(labels);
  return labels;
}

struct Lists {
  Lists(size_t num_samples, bool may_be_dense)
      : rng(util::Rng(kSeed).Stream(util::Purpose::kTest)),
        bits(kernels::NumGroups(kNumLabels) * kernels::kGroupWords),
        slots(kNumLabels) {
    uint64_t end = 0;
    for (size_t s = 0; s < num_samples; ++s) {
      for (const size_t num : kLengths) {
        PairList list;
        list.begin = (end + 15) / 16 * 16;
        list.num = static_cast<uint32_t>(num);
        list.is_dense = may_be_dense && kernels::IsDense(num, kNumLabels);
        end = list.begin + list.NumWords(kNumLabels);
        lists.push_back(list);
      }
    }
    words = util::AlignedBuffer<uint32_t>(end);
    const kernels::Pairs all = pairs();
    for (const PairList& list : lists) {
      const std::vector<uint32_t> labels = DrawLabels(list.num, rng);
      for (size_t i = 0; i < labels.size(); ++i) {
        if (list.is_dense != 0) {
          all.ids(list)[labels[i] / 32] |= uint32_t{1} << (labels[i] % 32);
        } else {
          all.ids(list)[i] = labels[i];
        }
      }
      if (list.is_dense != 0) kernels::SetRanks(all, list);
    }
    const std::vector<uint32_t> active = DrawLabels(kNumActive, rng);
    for (uint32_t j = 0; j < active.size(); ++j) {
      bits[active[j] / 32] |= uint32_t{1} << (active[j] % 32);
      slots[active[j]] = j;
    }
  }
  kernels::Pairs pairs() { return {words, kNumLabels}; }
  std::span<const PairList> Next() {
    constexpr size_t kNum = std::size(kLengths);
    next = (next + kNum) % lists.size();
    return std::span(lists).subspan(next, kNum);
  }

  util::Rng rng;
  util::AlignedBuffer<uint32_t> words, bits, slots;
  std::vector<PairList> lists;
  size_t next = 0;
};

void Args(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"samples", "dense"})->ArgsProduct({{1, 400}, {0, 1}});
}

uint64_t PairsOfASample() {
  return std::accumulate(std::begin(kLengths), std::end(kLengths), size_t{0});
}

template <typename Find>
void RunFind(benchmark::State& state, const Find& find) {
  Lists lists(static_cast<size_t>(state.range(0)), state.range(1) != 0);
  std::vector<uint32_t> places(PairsOfASample() + 1), slots(places.size());
  std::vector<float> sums(kNumActive);
  const kernels::ActiveIds active = {lists.bits, lists.slots};
  for (auto _ : state) {
    size_t num = 0;
    for (const PairList& list : lists.Next()) {
      num += find(lists.pairs(), list, active,
                  kernels::PairHits{places.data() + num, slots.data() + num});
    }
    kernels::SumPairs(lists.pairs(), std::span(places).first(num),
                      std::span(slots).first(num), 0.5f, sums);
    benchmark::DoNotOptimize(sums.data());
  }
  state.SetItemsProcessed(state.iterations() *
                          static_cast<int64_t>(PairsOfASample()));
}

void BM_FindAndSum(benchmark::State& state) {
  RunFind(state,
          [](auto&&... arguments) { return kernels::FindPairs(arguments...); });
}
BENCHMARK(BM_FindAndSum)->Apply(Args);

void BM_FindAndSumReference(benchmark::State& state) {
  RunFind(state, [](auto&&... arguments) {
    return Reference::FindPairs(arguments...);
  });
}
BENCHMARK(BM_FindAndSumReference)->Apply(Args);

// Exact prediction: all pairs of a sample's lists.
void BM_AddAll(benchmark::State& state) {
  Lists lists(static_cast<size_t>(state.range(0)), state.range(1) != 0);
  std::vector<float> scores(kNumLabels);
  for (auto _ : state) {
    for (const PairList& list : lists.Next()) {
      uint32_t next = 0;
      for (uint32_t first = 0; first < kNumLabels;
           first += kernels::kGroupIds) {
        const size_t count =
            std::min<size_t>(kernels::kGroupIds, kNumLabels - first);
        next = kernels::AddPairs(lists.pairs(), list, next, 0.5f, first,
                                 std::span(scores).subspan(first, count));
      }
    }
    benchmark::DoNotOptimize(scores.data());
  }
  state.SetItemsProcessed(state.iterations() *
                          static_cast<int64_t>(PairsOfASample()));
}
BENCHMARK(BM_AddAll)->Apply(Args);

}  // namespace
}  // namespace slide::bench
