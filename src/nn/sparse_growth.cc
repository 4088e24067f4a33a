#include "nn/sparse_growth.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "nn/sparse_pairs.h"
#include "util/check.h"

namespace slide::nn {
namespace {

struct Pair {
  uint32_t label;
  float weight;
};

// Appends the pairs of a feature, their labels ascending.
void AppendPairs(const SparsePart& part, size_t feature,
                 std::vector<Pair>& pairs) {
  if (feature >= part.arrays().lists.size()) return;
  const kernels::PairList& list = part.ListOf(static_cast<uint32_t>(feature));
  const uint32_t* ids = part.pairs().ids(list);
  const float* weights = part.pairs().weights(list);
  if (list.is_dense == 0) {
    for (uint32_t i = 0; i < list.num; ++i) {
      pairs.push_back({ids[i], weights[i]});
    }
    return;
  }
  for (uint64_t g = 0; g < kernels::NumGroups(part.pairs().num_ids); ++g) {
    kernels::ForEachBit(ids + g * kernels::kGroupWords, [&](uint32_t bit) {
      const auto label = static_cast<uint32_t>(g * kernels::kGroupIds + bit);
      pairs.push_back({label, *weights++});
    });
  }
}

// The pairs of a feature in both parts, their labels ascending: the old ones,
// and others of `more` with weight 0.
class Union {
 public:
  Union(const SparsePart& old, const SparsePart* more)
      : old_(old), more_(more) {}

  const std::vector<Pair>& Of(size_t feature) {
    pairs_.clear();
    AppendPairs(old_, feature, pairs_);
    if (more_ == nullptr) return pairs_;
    const auto middle = static_cast<std::ptrdiff_t>(pairs_.size());
    AppendPairs(*more_, feature, pairs_);
    const auto by_label = [](const Pair& a, const Pair& b) {
      return a.label < b.label;
    };
    // Stable: of two pairs of a label the old one stays.
    std::inplace_merge(pairs_.begin(), pairs_.begin() + middle, pairs_.end(),
                       by_label);
    const auto same = [](const Pair& a, const Pair& b) {
      return a.label == b.label;
    };
    pairs_.erase(std::unique(pairs_.begin(), pairs_.end(), same), pairs_.end());
    return pairs_;
  }

 private:
  const SparsePart& old_;
  const SparsePart* more_;
  std::vector<Pair> pairs_;
};

void WriteList(const std::vector<Pair>& from, const kernels::PairList& list,
               kernels::Pairs pairs) {
  uint32_t* ids = pairs.ids(list);
  float* weights = pairs.weights(list);
  for (const auto [label, weight] : from) {
    *weights++ = weight;
    if (list.is_dense != 0) {
      ids[label / 32] |= uint32_t{1} << (label % 32);
    } else {
      *ids++ = label;
    }
  }
  if (list.is_dense != 0) kernels::SetRanks(pairs, list);
}

}  // namespace

SparsePart GrownSparsePart(const SparsePart& old, const SparsePart* more,
                           uint32_t num_features, uint32_t num_labels) {
  SLIDE_DCHECK(old.arrays().lists.size() <= num_features);
  SLIDE_DCHECK(old.arrays().accumulators.size() <= num_labels);
  Union pairs(old, more);
  SparsePart::Buffers grown;
  grown.lists = util::AlignedBuffer<kernels::PairList>(
      num_features, "the lists of the sparse part");
  for (size_t f = 0; f < num_features; ++f) {
    grown.lists[f].num = static_cast<uint32_t>(pairs.Of(f).size());
  }
  const uint64_t num_words = PlaceLists(grown.lists, num_labels);
  SparsePart::RequirePlaces(num_words);
  grown.words = util::AlignedBuffer<uint32_t>(
      num_words,
      "the pairs of a sparse part that grows (--sparse-part off adds none)");
  for (size_t f = 0; f < num_features; ++f) {
    if (grown.lists[f].num == 0) continue;
    WriteList(pairs.Of(f), grown.lists[f], {grown.words, num_labels});
  }
  grown.accumulators = util::AlignedBuffer<float>(num_labels);
  std::ranges::copy(old.arrays().accumulators, grown.accumulators.data());
  grown.weight = util::AlignedBuffer<float>(1);
  grown.weight[0] = old.weight();
  return SparsePart(std::move(grown));
}

}  // namespace slide::nn
