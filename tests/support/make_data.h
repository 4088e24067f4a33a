// Small data sets for tests, drawn from a seed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "slide/dataset.h"
#include "util/rng.h"

namespace slide::testing_support {

// Appends one sample; ids and labels in any order, without repeats.
inline void AddSample(CsrArrays& arrays, std::vector<uint32_t> ids,
                      std::vector<float> values, std::vector<uint32_t> labels) {
  std::sort(labels.begin(), labels.end());
  arrays.feature_ids.insert(arrays.feature_ids.end(), ids.begin(), ids.end());
  arrays.feature_values.insert(arrays.feature_values.end(), values.begin(),
                               values.end());
  arrays.feature_offsets.push_back(arrays.feature_ids.size());
  arrays.label_ids.insert(arrays.label_ids.end(), labels.begin(), labels.end());
  arrays.label_offsets.push_back(arrays.label_ids.size());
}

// `num` different numbers below `bound`, ascending.
inline std::vector<uint32_t> DrawIds(uint32_t bound, size_t num,
                                     util::Rng& rng) {
  std::set<uint32_t> ids;
  while (ids.size() < num) {
    ids.insert(static_cast<uint32_t>(rng.UniformInt(bound)));
  }
  return {ids.begin(), ids.end()};
}

// Samples without any structure: nonzeros random features with normal values
// and num_labels random labels each.
inline Dataset RandomData(size_t num_samples, uint32_t num_features,
                          uint32_t num_labels, size_t nonzeros,
                          size_t labels_each, uint64_t seed) {
  util::Rng rng = util::Rng(seed).Stream(util::Purpose::kTest);
  CsrArrays arrays;
  arrays.num_features = num_features;
  arrays.num_labels = num_labels;
  for (size_t i = 0; i < num_samples; ++i) {
    std::vector<float> values(nonzeros);
    for (float& value : values) value = rng.Normal();
    AddSample(arrays, DrawIds(num_features, nonzeros, rng), values,
              DrawIds(num_labels, labels_each, rng));
  }
  return Dataset(std::move(arrays));
}

// Samples that can be learnt: each label has four features of its own, and a
// sample of labels_each labels has all features of its labels, with value 1.
inline Dataset LearnableData(size_t num_samples, uint32_t num_labels,
                             size_t labels_each, uint64_t seed) {
  constexpr uint32_t kFeaturesEach = 4;
  util::Rng rng = util::Rng(seed).Stream(util::Purpose::kTest);
  CsrArrays arrays;
  arrays.num_features = num_labels * kFeaturesEach;
  arrays.num_labels = num_labels;
  for (size_t i = 0; i < num_samples; ++i) {
    const std::vector<uint32_t> labels = DrawIds(num_labels, labels_each, rng);
    std::vector<uint32_t> ids;
    for (const uint32_t label : labels) {
      for (uint32_t f = 0; f < kFeaturesEach; ++f) {
        ids.push_back(label * kFeaturesEach + f);
      }
    }
    AddSample(arrays, ids, std::vector<float>(ids.size(), 1.0f), labels);
  }
  return Dataset(std::move(arrays));
}

}  // namespace slide::testing_support
