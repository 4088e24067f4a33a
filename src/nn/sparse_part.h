// SparsePart: a second scorer of the output beside its rows: a weight for each
// pair of a feature and a label that occur together in the training set. The
// logit of a label is b + W . h + weight * S . x: where features name labels
// one by one, S keeps what h forgets.
//
// The pairs are stored by feature, so that a sample finds those of its active
// labels in one pass over the lists of its features. A step moves the pairs of
// active labels with a gradient, by an Adagrad with one accumulator a label.
//
// Two losses: the rows learn from b + W . h + kSparseShare * S . x, the pairs
// from kRowsShare * (b + W . h) + S . x. With one loss of the sum, rows that
// learn a small training set by heart leave the pairs nothing to learn.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "nn/sparse_pairs.h"
#include "slide/dataset.h"
#include "slide/sparse.h"
#include "slide/sparse_part.h"
#include "util/aligned.h"

namespace slide::nn {

// The sparse part of what a sample leaves between its way forward and its way
// back: the scores of its active labels, then the gradient by them; and the
// pairs that were found.
class SparseState {
 public:
  // Makes room; what was there is lost if there was less. max_lists: features.
  void Reserve(size_t max_active, size_t max_lists, size_t max_hits);

  std::span<float> scores() noexcept { return {scores_.data(), size_}; }
  std::span<float> gradient() noexcept { return {gradient_.data(), size_}; }
  std::span<const float> gradient() const noexcept {
    return {gradient_.data(), size_};
  }

  // The sum of the squares of the features, by which accumulators grow.
  float squared_norm() const noexcept { return squared_norm_; }

  // Calls f(value, places, slots) for the hits of each feature that has any, or
  // of those features that are the part's share of them.
  template <typename F>
  void ForEachList(F&& f, uint32_t part = 0, uint32_t num_parts = 1) const {
    const std::span<const uint32_t> places = places_;
    const std::span<const uint32_t> slots = slots_;
    size_t begin = 0;
    for (const auto [feature, value, end] : lists_) {
      if (feature % num_parts == part) {
        f(value, places.subspan(begin, end - begin),
          slots.subspan(begin, end - begin));
      }
      begin = end;
    }
  }

 private:
  friend class SparsePart;
  struct List {
    uint32_t feature;
    float value;
    uint32_t end;  // of its hits
  };

  size_t size_ = 0;
  float squared_norm_ = 0.0f;
  util::AlignedBuffer<float> scores_;
  util::AlignedBuffer<float> gradient_;
  util::AlignedBuffer<uint32_t> places_;
  util::AlignedBuffer<uint32_t> slots_;
  std::vector<List> lists_;
};

class SparsePart {
 public:
  static constexpr float kSparseShare = 0.5f;
  static constexpr float kRowsShare = 0.7f;

  // The pairs with weight 0. num_features, num_labels: of the network, no fewer
  // than the data's. Throws: OutOfMemoryError.
  SparsePart(const SparsePairs& pairs, uint32_t num_features,
             uint32_t num_labels);

  // The arrays of a file: a list for each feature, the words of all lists,
  // accumulators [num_labels], or none of a part that is not trained.
  struct Arrays {
    std::span<const kernels::PairList> lists;
    std::span<const uint32_t> words;
    std::span<const float> accumulators;
    std::span<const float> weight;  // one
  };
  // Copies them. Throws: Error saying which rule the arrays break.
  SparsePart(const Arrays& arrays, uint32_t num_labels);
  // Views them; they must stay. The words are not read: all that prediction
  // does is safe with any, and CheckLists tells whether they are right.
  // Throws: Error for a list that is not inside of the words.
  static SparsePart View(const Arrays& arrays, uint32_t num_labels);
  // The same, owned.
  struct Buffers {
    util::AlignedBuffer<kernels::PairList> lists;
    util::AlignedBuffer<uint32_t> words;
    util::AlignedBuffer<float> accumulators;  // one a label
    util::AlignedBuffer<float> weight;
  };
  // Requires: lists as they have to be, and RequirePlaces.
  explicit SparsePart(Buffers buffers);
  // Throws: OptionsError for more words of lists than there may be.
  static void RequirePlaces(uint64_t num_words);
  SparsePart(SparsePart&&) noexcept = default;

  // Throws: as the first one, of the arrays as they are now.
  void CheckLists() const;

  // Takes accumulators, all 0, as before training; or has none.
  void MakeAccumulators();
  void DropAccumulators() noexcept;

  Arrays arrays() const noexcept { return view_; }
  SparsePartInfo info() const noexcept;
  float weight() const noexcept { return view_.weight.front(); }
  // Requires: it does not view.
  void set_weight(float weight) noexcept { own_.weight[0] = weight; }

  // Pairs that a sample of these features can hit with so many active labels,
  // at most.
  size_t MaxHits(SparseView x, size_t max_active) const noexcept;

  // Asks for the lists of the features that Score will be called with.
  void Prefetch(SparseView x) const noexcept;

  // Fills the scores of the active labels and finds their pairs. ids: of the
  // active labels, which `active` has with their places in it. Requires: room
  // for them and for MaxHits.
  void Score(SparseView x, size_t num_active, const kernels::ActiveIds& active,
             SparseState& state) const noexcept;

  // Turns the logits by the rows and the scores by the pairs into the logits
  // that each of the two losses has.
  static void Blend(std::span<float> rows, std::span<float> pairs) noexcept {
    for (size_t j = 0; j < rows.size(); ++j) {
      const float value = rows[j];
      rows[j] += kSparseShare * pairs[j];
      pairs[j] += kRowsShare * value;
    }
  }

  // Moves the pairs that Score has found along the gradient. ids: of the active
  // labels.
  void Update(std::span<const uint32_t> ids, float learning_rate,
              SparseState& state) noexcept;

  // The same in two parts, for a batch: the first adds the gradient of a label
  // to its accumulator; the second moves by steps[slot] = -learning_rate *
  // gradient / root of the accumulator, 0 for labels that are not meant. part:
  // moves its share of the features alone; no two parts write the same memory.
  void Accumulate(uint32_t label, float gradient, float squared_norm) noexcept {
    own_.accumulators[label] += gradient * gradient * squared_norm;
  }
  float StepOf(uint32_t label, float gradient, float learning_rate) const;
  void Move(const SparseState& state, std::span<const float> steps,
            uint32_t part = 0, uint32_t num_parts = 1) noexcept;

  // The sum over the pairs of a label; for labels that are few.
  float ScoreOf(SparseView x, uint32_t label) const noexcept;

  // The list of a feature.
  const kernels::PairList& ListOf(uint32_t feature) const noexcept {
    return view_.lists[feature];
  }
  kernels::ConstPairs pairs() const noexcept {
    return {view_.words, num_labels_};
  }

  // Calls f(bytes) for each array that training changes. Requires, if it may
  // write: it does not view.
  template <typename F>
  void ForEachTrained(F&& f) {
    const std::span<uint32_t> words = own_.words;
    f(std::as_writable_bytes(words));
    const std::span<float> accumulators = own_.accumulators;
    f(std::as_writable_bytes(accumulators));
    const std::span<float> weight = own_.weight;
    f(std::as_writable_bytes(weight));
  }
  template <typename F>
  void ForEachTrained(F&& f) const {
    f(std::as_bytes(view_.words));
    f(std::as_bytes(view_.accumulators));
    f(std::as_bytes(view_.weight));
  }

  // Names the first number that is not finite.
  std::optional<std::string> WhereNotFinite() const;

 private:
  SparsePart() = default;

  // Returns the end of the list of a feature. before: of the one before, which
  // it must not overlap: steps write to lists.
  // Throws: Error saying which rule the list's place breaks.
  uint64_t CheckPlace(size_t feature, uint64_t before) const;
  // The same of the pairs in it. Requires: CheckPlace.
  void CheckPairs(size_t feature) const;

  uint32_t num_labels_ = 0;
  Arrays view_;
  Buffers own_;  // empty if it views
};

}  // namespace slide::nn
