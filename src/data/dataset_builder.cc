#include "slide/dataset_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "data/normalize.h"
#include "slide/error.h"

namespace slide {
namespace {

// The arrays of no samples.
CsrArrays EmptyArrays(const BuilderOptions& options) {
  CsrArrays arrays;
  arrays.num_features = options.num_features;
  arrays.num_labels = options.num_labels;
  return arrays;
}

// Sorts the entries by their ids and checks these. id_of(entry) is its id;
// `kind` is feature or label.
template <typename Entry, typename IdOf>
void SortAndCheck(std::vector<Entry>& entries, IdOf id_of, uint32_t num_ids,
                  size_t sample, std::string_view kind) {
  const auto before = [&](const Entry& a, const Entry& b) {
    return id_of(a) < id_of(b);
  };
  if (!std::is_sorted(entries.begin(), entries.end(), before)) {
    std::sort(entries.begin(), entries.end(), before);
  }
  for (size_t j = 1; j < entries.size(); ++j) {
    if (id_of(entries[j]) == id_of(entries[j - 1])) {
      throw DataError(fmt::format(
          "sample {}: {} {} is given twice, expected once for a sample", sample,
          kind, id_of(entries[j])));
    }
  }
  if (!entries.empty() && id_of(entries.back()) >= num_ids) {
    throw DataError(fmt::format("sample {}: {} id {} is not below num_{}s = {}",
                                sample, kind, id_of(entries.back()), kind,
                                num_ids));
  }
}

// Room for num_new more; at least doubled, so that reserving again and again
// does not copy each time.
template <typename T>
void ReserveMore(std::vector<T>& v, size_t num_new) {
  if (v.capacity() - v.size() >= num_new) return;
  v.reserve(std::max(v.size() + num_new, 2 * v.capacity()));
}

}  // namespace

DatasetBuilder::DatasetBuilder(const BuilderOptions& options)
    : options_(options), arrays_(EmptyArrays(options)) {}

void DatasetBuilder::Add(SparseView features,
                         std::span<const uint32_t> labels) {
  const size_t sample = size();
  if (features.ids.size() != features.values.size()) {
    throw DataError(fmt::format(
        "sample {}: {} feature ids and {} values, expected the same number",
        sample, features.ids.size(), features.values.size()));
  }
  features_.clear();
  for (size_t j = 0; j < features.size(); ++j) {
    if (!std::isfinite(features.values[j])) {
      throw DataError(fmt::format(
          "sample {}: the value of feature {} is {}, expected finite "
          "numbers",
          sample, features.ids[j], features.values[j]));
    }
    features_.emplace_back(features.ids[j], features.values[j]);
  }
  labels_.assign(labels.begin(), labels.end());
  SortAndCheck(
      features_, [](const auto& feature) { return feature.first; },
      options_.num_features, sample, "feature");
  SortAndCheck(
      labels_, [](uint32_t label) { return label; }, options_.num_labels,
      sample, "label");

  // Nothing can fail from here on.
  Reserve(1, features_.size(), labels_.size());
  for (const auto& [id, value] : features_) {
    arrays_.feature_ids.push_back(id);
    arrays_.feature_values.push_back(value);
  }
  if (options_.normalize) {
    data::Normalize(std::span(arrays_.feature_values).last(features_.size()));
  }
  arrays_.label_ids.insert(arrays_.label_ids.end(), labels_.begin(),
                           labels_.end());
  arrays_.feature_offsets.push_back(arrays_.feature_ids.size());
  arrays_.label_offsets.push_back(arrays_.label_ids.size());
}

void DatasetBuilder::Reserve(size_t num_samples, size_t num_nonzeros,
                             size_t num_label_marks) {
  ReserveMore(arrays_.feature_offsets, num_samples);
  ReserveMore(arrays_.feature_ids, num_nonzeros);
  ReserveMore(arrays_.feature_values, num_nonzeros);
  ReserveMore(arrays_.label_offsets, num_samples);
  ReserveMore(arrays_.label_ids, num_label_marks);
}

Dataset DatasetBuilder::Build() {
  return Dataset(std::exchange(arrays_, EmptyArrays(options_)));
}

}  // namespace slide
