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
void CheckOffsetEnds(std::span<const uint64_t> offsets, size_t num_ids,
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
                 std::span<const uint32_t> ids, uint32_t num_ids,
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

void CheckArrays(const CsrView& a) {
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

CsrView ViewOf(const CsrArrays& a) noexcept {
  return {.num_features = a.num_features,
          .num_labels = a.num_labels,
          .feature_offsets = a.feature_offsets,
          .feature_ids = a.feature_ids,
          .feature_values = a.feature_values,
          .label_offsets = a.label_offsets,
          .label_ids = a.label_ids};
}

}  // namespace

Dataset::Dataset() : Dataset(CsrArrays{}) {}

Dataset::Dataset(CsrArrays arrays) {
  const auto owned = std::make_shared<const CsrArrays>(std::move(arrays));
  *this = View(ViewOf(*owned), owned);
}

Dataset::Dataset(const CsrView& arrays,
                 std::shared_ptr<const void> storage) noexcept
    : storage_(std::move(storage)),
      num_samples_(arrays.feature_offsets.size() - 1),
      num_features_(arrays.num_features),
      num_labels_(arrays.num_labels),
      feature_offsets_(arrays.feature_offsets),
      feature_ids_(arrays.feature_ids),
      feature_values_(arrays.feature_values),
      label_offsets_(arrays.label_offsets),
      label_ids_(arrays.label_ids) {}

Dataset Dataset::View(const CsrView& arrays,
                      std::shared_ptr<const void> owner) {
  CheckArrays(arrays);
  return Dataset(arrays, std::move(owner));
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
  const auto check_first = [](const char* field, uint32_t value) {
    if (value > 1) {
      throw OptionsError(
          fmt::format("{} is {}; allowed are 0 and 1", field, value));
    }
  };
  if (first_feature) check_first("first_feature", *first_feature);
  check_first("first_label", first_label);
}

}  // namespace slide
