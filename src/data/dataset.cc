#include "slide/dataset.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>
#include <utility>

#include "slide/error.h"
#include "util/thread_team.h"

namespace slide {
namespace {

// Both kinds of offsets obey the same rules; `kind` is feature or label.
void CheckOffsetEnds(const std::vector<uint64_t>& offsets, size_t num_ids,
                     std::string_view kind) {
  if (offsets.empty() || offsets.front() != 0) {
    throw DataError(fmt::format(
        "{0}_offsets {1}; allowed is a list from 0 on", kind,
        offsets.empty() ? std::string("is empty")
                        : fmt::format("starts with {}", offsets.front())));
  }
  if (offsets.back() != num_ids) {
    throw DataError(fmt::format(
        "{0}_offsets ends with {1}; allowed is {2}, the length of {0}_ids",
        kind, offsets.back(), num_ids));
  }
}

// Requires: `begin`, sample i's first offset, is at most ids.size().
void CheckSample(size_t i, uint64_t begin, uint64_t end,
                 const std::vector<uint32_t>& ids, uint32_t num_ids,
                 std::string_view kind) {
  if (end < begin || end > ids.size()) {
    throw DataError(fmt::format(
        "sample {}: {}_offsets goes from {} to {}; allowed are rising offsets "
        "of at most {}",
        i, kind, begin, end, ids.size()));
  }
  for (uint64_t j = begin; j < end; ++j) {
    if (ids[j] >= num_ids) {
      throw DataError(
          fmt::format("sample {}: {} id {} is not below num_{}s = {}", i, kind,
                      ids[j], kind, num_ids));
    }
    if (j > begin && ids[j] <= ids[j - 1]) {
      throw DataError(fmt::format(
          "sample {}: {} id {} after {}; ids must ascend without repeats", i,
          kind, ids[j], ids[j - 1]));
    }
  }
}

void CheckArrays(const CsrArrays& a) {
  CheckOffsetEnds(a.feature_offsets, a.feature_ids.size(), "feature");
  CheckOffsetEnds(a.label_offsets, a.label_ids.size(), "label");
  if (a.feature_offsets.size() != a.label_offsets.size()) {
    throw DataError(fmt::format(
        "feature_offsets has {} entries and label_offsets {}; allowed is the "
        "same number",
        a.feature_offsets.size(), a.label_offsets.size()));
  }
  if (a.feature_values.size() != a.feature_ids.size()) {
    throw DataError(fmt::format(
        "feature_values has {} entries; allowed is {}, the length of "
        "feature_ids",
        a.feature_values.size(), a.feature_ids.size()));
  }
  for (size_t i = 0; i + 1 < a.feature_offsets.size(); ++i) {
    const uint64_t begin = a.feature_offsets[i], end = a.feature_offsets[i + 1];
    CheckSample(i, begin, end, a.feature_ids, a.num_features, "feature");
    for (uint64_t j = begin; j < end; ++j) {
      if (!std::isfinite(a.feature_values[j])) {
        throw DataError(fmt::format(
            "sample {}: the value of feature {} is {}; allowed are finite "
            "numbers",
            i, a.feature_ids[j], a.feature_values[j]));
      }
    }
    CheckSample(i, a.label_offsets[i], a.label_offsets[i + 1], a.label_ids,
                a.num_labels, "label");
  }
}

}  // namespace

Dataset::Dataset() : Dataset(CsrArrays{}) {}

Dataset::Dataset(CsrArrays arrays) {
  CheckArrays(arrays);
  const auto owned = std::make_shared<const CsrArrays>(std::move(arrays));
  storage_ = owned;
  num_samples_ = owned->feature_offsets.size() - 1;
  num_features_ = owned->num_features;
  num_labels_ = owned->num_labels;
  feature_offsets_ = owned->feature_offsets;
  feature_ids_ = owned->feature_ids;
  feature_values_ = owned->feature_values;
  label_offsets_ = owned->label_offsets;
  label_ids_ = owned->label_ids;
}

std::vector<uint64_t> Dataset::LabelCounts() const {
  std::vector<uint64_t> counts(num_labels_, 0);
  for (const uint32_t label : label_ids_) ++counts[label];
  return counts;
}

void ReadOptions::Validate() const {
  if (num_threads < 0 || num_threads > util::ThreadTeam::kMaxThreads) {
    throw OptionsError(fmt::format(
        "num_threads is {}; allowed are 0 (one for each core) to {}",
        num_threads, util::ThreadTeam::kMaxThreads));
  }
}

}  // namespace slide
