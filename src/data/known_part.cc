#include "slide/known_part.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include "data/normalize.h"

namespace slide {

KnownPart KeepKnown(const Dataset& data, uint32_t num_features,
                    uint32_t num_labels, bool rescale) {
  KnownPart part;
  if (data.num_features() <= num_features && data.num_labels() <= num_labels) {
    part.data = data;
    return part;
  }
  CsrArrays arrays;
  arrays.num_features = std::min(data.num_features(), num_features);
  arrays.num_labels = std::min(data.num_labels(), num_labels);
  // Ids ascend, so the known ones are the first.
  const auto known = [](std::span<const uint32_t> ids, uint32_t end) {
    return static_cast<size_t>(std::ranges::lower_bound(ids, end) -
                               ids.begin());
  };
  for (size_t i = 0; i < data.size(); ++i) {
    const SparseView features = data[i].features;
    const std::span<const uint32_t> labels = data[i].labels;
    const size_t num_f = known(features.ids, num_features);
    const size_t num_l = known(labels, num_labels);
    arrays.feature_ids.insert(
        arrays.feature_ids.end(), features.ids.begin(),
        features.ids.begin() + static_cast<std::ptrdiff_t>(num_f));
    arrays.feature_values.insert(
        arrays.feature_values.end(), features.values.begin(),
        features.values.begin() + static_cast<std::ptrdiff_t>(num_f));
    arrays.label_ids.insert(
        arrays.label_ids.end(), labels.begin(),
        labels.begin() + static_cast<std::ptrdiff_t>(num_l));
    arrays.feature_offsets.push_back(arrays.feature_ids.size());
    arrays.label_offsets.push_back(arrays.label_ids.size());
    const size_t lost_f = features.size() - num_f;
    const size_t lost_l = labels.size() - num_l;
    if (rescale && lost_f > 0) {
      data::Normalize(std::span(arrays.feature_values).last(num_f));
    }
    part.num_feature_values += lost_f;
    part.num_label_marks += lost_l;
    part.num_samples += lost_f + lost_l > 0 ? 1 : 0;
  }
  data.ThrowIfDamaged();
  part.data = Dataset(std::move(arrays));
  return part;
}

}  // namespace slide
