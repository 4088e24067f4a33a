#include "slide/dataset.h"
#include "slide/dataset_io.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>

#include "data/read_log.h"
#include "slide/error.h"
#include "util/aligned.h"
#include "util/at_place.h"
#include "util/memory.h"
#include "util/thread_team.h"

namespace slide {
namespace {

// Both kinds of offsets obey the same rules; `kind` is feature or label.
void CheckNotEmpty(std::span<const uint64_t> offsets, std::string_view kind) {
  if (!offsets.empty()) return;
  throw DataError(
      fmt::format("{}_offsets is empty, expected a list from 0 on", kind));
}

void CheckOffsetEnds(std::span<const uint64_t> offsets, size_t num_ids,
                     std::string_view kind) {
  if (offsets.front() != 0) {
    throw DataError(
        fmt::format("{}_offsets starts with {}, expected a list from 0 on",
                    kind, offsets.front()));
  }
  if (offsets.back() != num_ids) {
    throw DataError(fmt::format(
        "{0}_offsets ends with {1}, expected {2}, the length of {0}_ids", kind,
        offsets.back(), num_ids));
  }
}

void CheckIds(size_t i, uint64_t begin, uint64_t end,
              std::span<const uint32_t> ids, uint32_t num_ids,
              std::string_view kind) {
  if (end < begin || end > ids.size()) {
    throw DataError(fmt::format(
        "sample {}: {}_offsets goes from {} to {}, expected rising offsets "
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

// Checks the lengths that must agree before any sample can be looked at.
void CheckLengths(const CsrView& a) {
  CheckNotEmpty(a.feature_offsets, "feature");
  CheckNotEmpty(a.label_offsets, "label");
  if (a.feature_offsets.size() != a.label_offsets.size()) {
    throw DataError(fmt::format(
        "feature_offsets has {} entries and label_offsets {}, expected the "
        "same number",
        a.feature_offsets.size(), a.label_offsets.size()));
  }
  if (a.feature_values.size() != a.feature_ids.size()) {
    throw DataError(
        fmt::format("feature_values has {} entries, expected {}, the length of "
                    "feature_ids",
                    a.feature_values.size(), a.feature_ids.size()));
  }
}

// Whether a sum of squares is that of a sample scaled to length 1, or of one of
// zeros, which is not. Rounding moves it by about 1e-7 a value of float; one
// flipped bit of an exponent moves it by three times that value's square.
bool HasUnitSquares(float squares) noexcept {
  constexpr float kTolerance = 1e-4f;
  return squares == 0.0f || std::abs(squares - 1.0f) <= kTolerance;
}

// Requires: CheckLengths passed. Throws: DataError if sample i breaks a rule.
void CheckSample(const CsrView& a, size_t i, bool unit_length = false) {
  CheckIds(i, a.feature_offsets[i], a.feature_offsets[i + 1], a.feature_ids,
           a.num_features, "feature");
  float squares = 0.0f;
  for (uint64_t j = a.feature_offsets[i]; j < a.feature_offsets[i + 1]; ++j) {
    if (!std::isfinite(a.feature_values[j])) {
      throw DataError(fmt::format(
          "sample {}: the value of feature {} is {}, expected finite "
          "numbers",
          i, a.feature_ids[j], a.feature_values[j]));
    }
    squares += a.feature_values[j] * a.feature_values[j];
  }
  if (unit_length && !HasUnitSquares(squares)) {
    throw DataError(fmt::format(
        "sample {}: the features have length {}, expected 1 in data that was "
        "scaled",
        i, std::sqrt(squares)));
  }
  CheckIds(i, a.label_offsets[i], a.label_offsets[i + 1], a.label_ids,
           a.num_labels, "label");
}

void CheckSamples(const CsrView& a, bool unit_lengths = false) {
  CheckOffsetEnds(a.feature_offsets, a.feature_ids.size(), "feature");
  CheckOffsetEnds(a.label_offsets, a.label_ids.size(), "label");
  for (size_t i = 0; i + 1 < a.feature_offsets.size(); ++i) {
    CheckSample(a, i, unit_lengths);
  }
}

// CheckIds as a question, for a sample that is being read.
bool HasGoodIds(std::span<const uint32_t> ids, uint32_t num_ids) noexcept {
  bool good = ids.empty() || ids.back() < num_ids;
  for (size_t j = 1; j < ids.size(); ++j) good &= ids[j - 1] < ids[j];
  return good;
}

// Whether all are finite and, if that is asked for, of Euclidean length 1 or
// all 0.
bool AreGoodValues(std::span<const float> values, bool unit_length) noexcept {
  // The product of 0 and what is not finite is NaN, which a sum keeps.
  float zero = 0.0f, squares = 0.0f;
  for (const float v : values) {
    zero += 0.0f * v;
    squares += v * v;
  }
  return zero == 0.0f && (!unit_length || HasUnitSquares(squares));
}

bool IsRange(uint64_t begin, uint64_t end, size_t size) noexcept {
  return begin <= end && end <= size;
}

}  // namespace

CsrView ViewOf(const CsrArrays& a) noexcept {
  return {.num_features = a.num_features,
          .num_labels = a.num_labels,
          .feature_offsets = a.feature_offsets,
          .feature_ids = a.feature_ids,
          .feature_values = a.feature_values,
          .label_offsets = a.label_offsets,
          .label_ids = a.label_ids};
}

Dataset::Dataset() : Dataset(CsrArrays{}) {}

Dataset::Dataset(CsrArrays arrays) {
  const auto owned = std::make_shared<const CsrArrays>(std::move(arrays));
  *this = View(ViewOf(*owned), owned);
}

Dataset::Dataset(const CsrView& arrays,
                 std::shared_ptr<const void> storage) noexcept
    : storage_(std::move(storage)), arrays_(arrays) {}

Dataset Dataset::View(const CsrView& arrays,
                      std::shared_ptr<const void> owner) {
  CheckLengths(arrays);
  CheckSamples(arrays);
  return Dataset(arrays, std::move(owner));
}

Dataset Dataset::ViewUnchecked(const CsrView& arrays,
                               std::shared_ptr<const void> owner,
                               const std::string& name, bool has_unit_lengths) {
  util::AtPlace<DataError>(name, [&] { CheckLengths(arrays); });
  Dataset data(arrays, std::move(owner));
  data.read_log_ = std::make_shared<data::ReadLog>(name, has_unit_lengths);
  return data;
}

Sample Dataset::CheckedSample(size_t i) const noexcept {
  const uint64_t f = arrays_.feature_offsets[i],
                 f_end = arrays_.feature_offsets[i + 1];
  const uint64_t l = arrays_.label_offsets[i],
                 l_end = arrays_.label_offsets[i + 1];
  if (IsRange(f, f_end, arrays_.feature_ids.size()) &&
      IsRange(l, l_end, arrays_.label_ids.size())) {
    const Sample sample = {{arrays_.feature_ids.subspan(f, f_end - f),
                            arrays_.feature_values.subspan(f, f_end - f)},
                           arrays_.label_ids.subspan(l, l_end - l)};
    if (HasGoodIds(sample.features.ids, arrays_.num_features) &&
        AreGoodValues(sample.features.values, read_log_->has_unit_lengths()) &&
        HasGoodIds(sample.labels, arrays_.num_labels)) {
      return sample;
    }
  }
  read_log_->Note(i);
  return {};
}

SampleSize Dataset::SizeOf(size_t i) const noexcept {
  const uint64_t f = arrays_.feature_offsets[i],
                 f_end = arrays_.feature_offsets[i + 1];
  const uint64_t l = arrays_.label_offsets[i],
                 l_end = arrays_.label_offsets[i + 1];
  // operator[] too gives a sample whose offsets are damaged as an empty one.
  if (!IsRange(f, f_end, arrays_.feature_ids.size()) ||
      !IsRange(l, l_end, arrays_.label_ids.size())) {
    return {};
  }
  return {f_end - f, l_end - l};
}

uint64_t Dataset::num_bytes() const noexcept {
  return arrays_.feature_offsets.size_bytes() +
         arrays_.feature_ids.size_bytes() +
         arrays_.feature_values.size_bytes() +
         arrays_.label_offsets.size_bytes() + arrays_.label_ids.size_bytes();
}

void Dataset::ThrowIfDamaged() const {
  if (read_log_ == nullptr) return;
  const size_t sample = read_log_->first_damaged();
  if (sample == data::ReadLog::kNone) return;
  util::AtPlace<DataError>(read_log_->name(), [&] {
    CheckSample(arrays_, sample, read_log_->has_unit_lengths());
  });
  throw DataError(fmt::format("{}: sample {} was changed while it was read",
                              read_log_->name(), sample));
}

void Dataset::CheckAll() const {
  if (read_log_ == nullptr) return;  // checked when it was made
  util::AtPlace<DataError>(read_log_->name(), [&] {
    CheckSamples(arrays_, read_log_->has_unit_lengths());
  });
}

std::vector<uint64_t> Dataset::LabelCounts() const {
  util::RequireMemory(
      util::Product(arrays_.num_labels, sizeof(uint64_t)),
      fmt::format("the counts of {} labels (as many as the largest id asks "
                  "for)",
                  arrays_.num_labels));
  std::vector<uint64_t> counts(arrays_.num_labels, 0);
  for (const uint32_t label : arrays_.label_ids) {
    if (label >= arrays_.num_labels) {
      CheckAll();  // names the sample, if one has this label
      throw DataError(
          fmt::format("{}: label id {} is not below num_labels = {}",
                      read_log_->name(), label, arrays_.num_labels));
    }
    ++counts[label];
  }
  return counts;
}

}  // namespace slide
