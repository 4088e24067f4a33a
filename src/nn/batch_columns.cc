#include "nn/batch_columns.h"

#include <algorithm>

namespace slide::nn {
namespace {

// Calls f(begin, end) for the runs of [0, size) without `own`, which ascend.
template <typename F>
void ForEachRun(std::span<const uint32_t> own, size_t size, F&& f) {
  size_t begin = 0;
  for (const uint32_t column : own) {
    if (begin < column) f(begin, size_t{column});
    begin = column + 1;
  }
  if (begin < size) f(begin, size);
}

}  // namespace

BatchColumns::BatchColumns(size_t num_neurons,
                           const sampling::Selector& negatives)
    : num_neurons_(num_neurons),
      negatives_(negatives),
      scratch_(negatives.MakeScratch(0)),
      columns_(num_neurons) {}

void BatchColumns::Draw(std::span<const std::span<const uint32_t>> labels,
                        util::Rng& rng) {
  if (is_all()) return;  // as they were
  size_t num_labels = 0;
  for (const auto of_sample : labels) num_labels += of_sample.size();
  negatives_.Reserve(num_labels, scratch_);
  negatives_.Select({}, {}, rng, scratch_);
  sampling::Selection& selection = scratch_.selection;
  num_negatives_ = selection.size();
  for (const auto of_sample : labels) {
    for (const uint32_t label : of_sample) selection.Insert(label);
  }
  for (size_t c = 0; c < size(); ++c) {
    columns_[ids()[c]] = static_cast<uint32_t>(c);
  }
}

size_t BatchColumns::Start(std::span<const uint32_t> labels,
                           Scratch& scratch) const {
  scratch.own.clear();
  for (const uint32_t label : labels) {
    if (columns_[label] < num_negatives_)
      scratch.own.push_back(columns_[label]);
  }
  std::ranges::sort(scratch.own);
  if (is_all()) {  // all are 0, and were before
    scratch.corrections.resize(num_neurons_);
    return num_neurons_;
  }
  scratch.corrections.assign(labels.size(), 0.0f);
  const std::span<const float> corrections = scratch_.selection.corrections();
  ForEachRun(scratch.own, num_negatives_, [&](size_t begin, size_t end) {
    scratch.corrections.insert(
        scratch.corrections.end(),
        corrections.begin() + static_cast<std::ptrdiff_t>(begin),
        corrections.begin() + static_cast<std::ptrdiff_t>(end));
  });
  return scratch.corrections.size();
}

double BatchColumns::ComputeLoss(Loss loss, const LabelWeights& weights,
                                 std::span<float> row, Scratch& scratch) const {
  const std::span<const uint32_t> labels = weights.labels;
  scratch.logits.resize(scratch.corrections.size());
  scratch.gradient.resize(scratch.corrections.size());
  for (size_t j = 0; j < labels.size(); ++j) {
    scratch.logits[j] = row[columns_[labels[j]]];
  }
  float* to = scratch.logits.data() + labels.size();
  ForEachRun(scratch.own, num_negatives_, [&](size_t begin, size_t end) {
    to = std::copy_n(row.data() + begin, end - begin, to);
  });
  const double value =
      nn::ComputeLoss(loss, scratch.logits, labels.size(), scratch.corrections,
                      scratch.gradient, weights);
  const float* from = scratch.gradient.data() + labels.size();
  ForEachRun(scratch.own, num_negatives_, [&](size_t begin, size_t end) {
    std::copy_n(from, end - begin, row.data() + begin);
    from += end - begin;
  });
  std::ranges::fill(row.subspan(num_negatives_), 0.0f);
  for (size_t j = 0; j < labels.size(); ++j) {
    row[columns_[labels[j]]] = scratch.gradient[j];
  }
  return value;
}

}  // namespace slide::nn
