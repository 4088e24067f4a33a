#include "nn/sparse_part.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "slide/error.h"
#include "util/check.h"

namespace slide::nn {
namespace {

constexpr float kEpsilon = 1e-8f;

[[noreturn]] void RefuseList(size_t feature, const std::string& what) {
  throw Error(fmt::format("feature {}: {}", feature, what));
}

}  // namespace

void SparsePart::RequirePlaces(uint64_t num_words) {
  if (num_words <= kernels::kMaxPairWords) return;
  throw OptionsError(
      fmt::format("the sparse part: got lists of {} words, expected {} at most",
                  num_words, kernels::kMaxPairWords));
}

void SparseState::Reserve(size_t max_active, size_t max_lists,
                          size_t max_hits) {
  lists_.reserve(max_lists);
  // Compared is what is made last: a failure in between leaves no buffer short.
  if (max_active > gradient_.size()) {
    scores_ = util::AlignedBuffer<float>(max_active);
    gradient_ = util::AlignedBuffer<float>(max_active);
  }
  if (max_hits + 1 > slots_.size()) {
    places_ = util::AlignedBuffer<uint32_t>(max_hits + 1);
    slots_ = util::AlignedBuffer<uint32_t>(max_hits + 1);
  }
}

SparsePart::SparsePart(Buffers buffers)
    : num_labels_(static_cast<uint32_t>(buffers.accumulators.size())),
      own_(std::move(buffers)) {
  view_ = {own_.lists, own_.words, own_.accumulators, own_.weight};
}

SparsePart::SparsePart(const SparsePairs& pairs, uint32_t num_features,
                       uint32_t num_labels)
    : num_labels_(num_labels) {
  own_.lists = util::AlignedBuffer<kernels::PairList>(
      num_features, "the lists of the sparse part");
  const auto [lists, num_words] = pairs.MakeLists(num_labels);
  SLIDE_DCHECK(lists.size() <= own_.lists.size());
  std::ranges::copy(lists, own_.lists.data());
  RequirePlaces(num_words);
  own_.words = util::AlignedBuffer<uint32_t>(
      num_words,
      "the pairs of the sparse part (a smaller --sparse-memory or "
      "--sparse-entries makes fewer)");
  own_.accumulators = util::AlignedBuffer<float>(num_labels);
  own_.weight = util::AlignedBuffer<float>(1);
  own_.weight[0] = 1.0f;
  pairs.Fill(lists, {own_.words, num_labels});
  view_ = {own_.lists, own_.words, own_.accumulators, own_.weight};
}

SparsePart::SparsePart(const Arrays& arrays, uint32_t num_labels)
    : SparsePart(View(arrays, num_labels)) {
  CheckLists();
  const auto copy = []<typename T>(std::span<const T> from) {
    util::AlignedBuffer<T> to(from.size(), "a sparse part");
    std::ranges::copy(from, to.data());
    return to;
  };
  own_.lists = copy(arrays.lists);
  own_.words = copy(arrays.words);
  own_.accumulators = copy(arrays.accumulators);
  own_.weight = copy(arrays.weight);
  view_ = {own_.lists, own_.words, own_.accumulators, own_.weight};
}

SparsePart SparsePart::View(const Arrays& arrays, uint32_t num_labels) {
  RequirePlaces(arrays.words.size());
  SparsePart part;
  part.num_labels_ = num_labels;
  part.view_ = arrays;
  uint64_t end = 0;
  for (size_t f = 0; f < arrays.lists.size(); ++f) {
    end = part.CheckPlace(f, end);
  }
  return part;
}

void SparsePart::MakeAccumulators() {
  own_.accumulators = util::AlignedBuffer<float>(num_labels_);
  view_.accumulators = own_.accumulators;
}

void SparsePart::DropAccumulators() noexcept {
  own_.accumulators = {};
  view_.accumulators = {};
}

void SparsePart::CheckLists() const {
  uint64_t end = 0;
  for (size_t f = 0; f < view_.lists.size(); ++f) {
    end = CheckPlace(f, end);
    CheckPairs(f);
  }
}

uint64_t SparsePart::CheckPlace(size_t feature, uint64_t before) const {
  const kernels::PairList& list = view_.lists[feature];
  const uint64_t num_words = list.NumWords(num_labels_);
  if (list.is_dense > 1 || list.begin > view_.words.size() ||
      (num_words > 0 && list.begin < before) ||
      num_words > view_.words.size() - list.begin ||
      (list.is_dense == 1 && list.begin % kernels::kGroupWords != 0)) {
    RefuseList(
        feature,
        fmt::format("got a list of {} pairs at word {}, expected one inside of "
                    "the {} words, behind the one before",
                    list.num, list.begin, view_.words.size()));
  }
  return num_words > 0 ? list.begin + num_words : before;
}

void SparsePart::CheckPairs(size_t feature) const {
  const kernels::PairList& list = view_.lists[feature];
  const uint32_t* ids = pairs().ids(list);
  uint64_t num = 0;
  uint64_t end = 0;  // behind the last label
  if (list.is_dense == 0) {
    for (; num < list.num; ++num) {
      if (ids[num] < end) RefuseList(feature, "got labels that do not ascend");
      end = uint64_t{ids[num]} + 1;
    }
  } else {
    for (uint64_t g = 0; g < kernels::NumGroups(num_labels_); ++g) {
      if (pairs().ranks(list)[g] != num) {
        RefuseList(feature, fmt::format("group {}: got {} pairs in front of "
                                        "it, expected {}",
                                        g, pairs().ranks(list)[g], num));
      }
      kernels::ForEachBit(ids + g * kernels::kGroupWords, [&](uint32_t bit) {
        ++num;
        end = g * kernels::kGroupIds + bit + 1;
      });
    }
  }
  if (end > num_labels_ || num != list.num) {
    RefuseList(
        feature,
        fmt::format(
            "got {} pairs with labels below {}, expected {} with labels below "
            "{}",
            num, end, list.num, num_labels_));
  }
}

SparsePartInfo SparsePart::info() const noexcept {
  SparsePartInfo info;
  for (const kernels::PairList& list : view_.lists) {
    if (list.num > 0) ++info.num_features;
    info.num_pairs += list.num;
  }
  info.num_bytes = view_.lists.size_bytes() + view_.words.size_bytes() +
                   view_.accumulators.size_bytes();
  info.weight = weight();
  return info;
}

size_t SparsePart::MaxHits(SparseView x, size_t max_active) const noexcept {
  uint64_t num = 0;
  for (const uint32_t f : x.ids) {
    num += std::min<uint64_t>(ListOf(f).num, max_active);
  }
  return static_cast<size_t>(num);
}

void SparsePart::Prefetch(SparseView x) const noexcept {
  for (const uint32_t f : x.ids) {
    kernels::PrefetchPairs(pairs(), ListOf(f));
  }
}

void SparsePart::Score(SparseView x, size_t num_active,
                       const kernels::ActiveIds& active,
                       SparseState& state) const noexcept {
  state.size_ = num_active;
  state.squared_norm_ = kernels::Dot(x.values, x.values);
  state.lists_.clear();
  const std::span<float> scores = state.scores();
  std::fill(scores.begin(), scores.end(), 0.0f);
  size_t num = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const size_t hits = kernels::FindPairs(
        pairs(), ListOf(x.ids[i]), active,
        {state.places_.data() + num, state.slots_.data() + num});
    if (hits == 0) continue;
    num += hits;
    state.lists_.push_back({x.ids[i], x.values[i], static_cast<uint32_t>(num)});
  }
  // All were found, and their weights asked for, before the first is used.
  state.ForEachList([&](float value, std::span<const uint32_t> at,
                        std::span<const uint32_t> slots) {
    kernels::SumPairs(pairs(), at, slots, value, scores);
  });
}

float SparsePart::StepOf(uint32_t label, float gradient,
                         float learning_rate) const {
  return -learning_rate * gradient /
         (std::sqrt(own_.accumulators[label]) + kEpsilon);
}

void SparsePart::Update(std::span<const uint32_t> ids, float learning_rate,
                        SparseState& state) noexcept {
  kernels::AdagradSteps(own_.accumulators, ids, state.squared_norm_,
                        learning_rate, kEpsilon, state.gradient());
  Move(state, state.gradient());
}

void SparsePart::Move(const SparseState& state, std::span<const float> steps,
                      uint32_t part, uint32_t num_parts) noexcept {
  state.ForEachList(
      [&](float value, std::span<const uint32_t> places,
          std::span<const uint32_t> slots) {
        kernels::StepPairs({own_.words, num_labels_}, places, slots, value,
                           steps);
      },
      part, num_parts);
}

float SparsePart::ScoreOf(SparseView x, uint32_t label) const noexcept {
  float score = 0.0f;
  for (size_t i = 0; i < x.size(); ++i) {
    const kernels::PairList& list = ListOf(x.ids[i]);
    const std::optional<uint32_t> place =
        kernels::FindPair(pairs(), list, label);
    if (place) score += x.values[i] * pairs().weights(list)[*place];
  }
  return score;
}

std::optional<std::string> SparsePart::WhereNotFinite() const {
  for (const kernels::PairList& list : view_.lists) {
    if (kernels::ContentOf({pairs().weights(list), list.num}) ==
        kernels::Content::kNotFinite) {
      return "the sparse part";
    }
  }
  if (kernels::ContentOf(view_.accumulators) == kernels::Content::kNotFinite ||
      kernels::ContentOf(view_.weight) == kernels::Content::kNotFinite) {
    return "the scalars of the sparse part";
  }
  return std::nullopt;
}

}  // namespace slide::nn
