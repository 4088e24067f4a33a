#include "slide/held_out.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "slide/error.h"
#include "util/at_place.h"
#include "util/memory.h"
#include "util/rng.h"

namespace slide {
namespace {

// Samples in a run. `wanted` of `size` samples are held out.
size_t RunLength(size_t size, size_t wanted) noexcept {
  constexpr size_t kLength = 40;
  constexpr size_t kMinRuns = 20;         // in all
  constexpr size_t kMinRunsInEither = 4;  // in the smaller part
  const size_t smaller = std::min(wanted, size - wanted);
  return std::max<size_t>(
      1, std::min({kLength, size / kMinRuns, smaller / kMinRunsInEither}));
}

// The runs, by their numbers.
std::vector<size_t> Runs(size_t size, size_t length) {
  std::vector<size_t> runs((size + length - 1) / length);
  std::iota(runs.begin(), runs.end(), size_t{0});
  return runs;
}

// Tells for each sample whether it is held out: `wanted` of them.
std::vector<bool> DrawHeldOut(size_t size, size_t wanted, uint64_t seed) {
  const size_t length = RunLength(size, wanted);
  std::vector<size_t> runs = Runs(size, length);
  util::Rng rng = util::Rng(seed).Stream(util::Purpose::kHeldOut);
  std::vector<bool> is_held_out(size, false);
  // Runs are drawn without repeats, by the first steps of a shuffle.
  for (size_t r = 0; wanted > 0; ++r) {
    std::swap(runs[r], runs[r + rng.UniformInt(runs.size() - r)]);
    const size_t begin = runs[r] * length;
    const size_t end = std::min({size, begin + length, begin + wanted});
    for (size_t i = begin; i < end; ++i) is_held_out[i] = true;
    wanted -= end - begin;
  }
  return is_held_out;
}

// The same of a fold: shuffled runs are dealt out to the folds in turn.
std::vector<bool> FoldOf(size_t size, size_t fold, size_t num_folds,
                         uint64_t seed) {
  const size_t length = RunLength(size, size / num_folds);
  std::vector<size_t> runs = Runs(size, length);
  util::Rng rng = util::Rng(seed).Stream(util::Purpose::kHeldOut);
  rng.Shuffle(std::span(runs));
  std::vector<bool> is_held_out(size, false);
  for (size_t r = fold; r < runs.size(); r += num_folds) {
    const size_t begin = runs[r] * length;
    for (size_t i = begin; i < std::min(size, begin + length); ++i) {
      is_held_out[i] = true;
    }
  }
  return is_held_out;
}

void RequireLabels(const Dataset& data, const std::vector<bool>& is_held_out,
                   bool held_out) {
  size_t num_samples = 0;
  for (size_t i = 0; i < data.size(); ++i) {
    if (is_held_out[i] != held_out) continue;
    if (data.SizeOf(i).num_labels > 0) return;
    ++num_samples;
  }
  throw DataError(fmt::format(
      "{}: got {} samples, none of them with a label, expected one or more "
      "with labels; another seed may hold out others",
      held_out ? "held-out part of the training set"
               : "training set without its held-out part",
      num_samples));
}

// Requires: no sample is damaged.
Dataset CopyPart(const Dataset& data, const std::vector<bool>& is_held_out,
                 bool held_out) {
  size_t num_samples = 0, num_features = 0, num_labels = 0;
  for (size_t i = 0; i < data.size(); ++i) {
    if (is_held_out[i] != held_out) continue;
    const SampleSize size = data.SizeOf(i);
    ++num_samples;
    num_features += size.num_features;
    num_labels += size.num_labels;
  }
  CsrArrays part;
  part.num_features = data.num_features();
  part.num_labels = data.num_labels();
  part.feature_offsets.reserve(num_samples + 1);
  part.feature_ids.reserve(num_features);
  part.feature_values.reserve(num_features);
  part.label_offsets.reserve(num_samples + 1);
  part.label_ids.reserve(num_labels);
  const auto append = [](const auto& from, auto& to) {
    to.insert(to.end(), from.begin(), from.end());
  };
  for (size_t i = 0; i < data.size(); ++i) {
    if (is_held_out[i] != held_out) continue;
    const Sample sample = data[i];
    append(sample.features.ids, part.feature_ids);
    append(sample.features.values, part.feature_values);
    append(sample.labels, part.label_ids);
    part.feature_offsets.push_back(part.feature_ids.size());
    part.label_offsets.push_back(part.label_ids.size());
  }
  return Dataset(std::move(part));
}

HeldOutSplit Split(const Dataset& data, const std::vector<bool>& is_held_out) {
  RequireLabels(data, is_held_out, true);
  RequireLabels(data, is_held_out, false);
  util::RequireMemory(data.num_bytes(),
                      "copies of the training set and its held-out part (a "
                      "validation set in a file of its own needs none)");
  HeldOutSplit split = {.train = CopyPart(data, is_held_out, false),
                        .held_out = CopyPart(data, is_held_out, true),
                        .train_samples = {}};
  for (size_t i = 0; i < data.size(); ++i) {
    if (!is_held_out[i]) split.train_samples.push_back(i);
  }
  data.ThrowIfDamaged();
  return split;
}

}  // namespace

HeldOutSplit SplitHeldOut(const Dataset& data, const HeldOutOptions& options) {
  options.Validate();
  if (options.share == 0.0) {
    throw OptionsError(
        "share: got 0, expected a number above 0 and below 1 to hold samples "
        "out");
  }
  if (data.size() < 2) {
    throw DataError(fmt::format(
        "training set: got {} samples, expected two or more to hold some out",
        data.size()));
  }
  data.CheckAll();
  const double wanted =
      std::round(options.share * static_cast<double>(data.size()));
  const std::vector<bool> is_held_out = DrawHeldOut(
      data.size(),
      std::clamp<size_t>(static_cast<size_t>(wanted), 1, data.size() - 1),
      options.seed);
  return Split(data, is_held_out);
}

HeldOutSplit SplitFold(const Dataset& data, int fold, int num_folds,
                       uint64_t seed) {
  if (num_folds < 2 || fold < 0 || fold >= num_folds) {
    throw OptionsError(fmt::format(
        "fold: got {} of {} folds, expected two folds or more, and one of them",
        fold, num_folds));
  }
  if (data.size() < static_cast<size_t>(num_folds)) {
    throw DataError(
        fmt::format("training set: got {} samples, expected one or more for "
                    "each of {} folds",
                    data.size(), num_folds));
  }
  data.CheckAll();
  return util::AtPlace<DataError>(
      fmt::format("fold {} of {}", fold + 1, num_folds), [&] {
        return Split(data, FoldOf(data.size(), static_cast<size_t>(fold),
                                  static_cast<size_t>(num_folds), seed));
      });
}

}  // namespace slide
