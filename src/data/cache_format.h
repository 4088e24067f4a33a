// The names in a cache, which is a file of sections (util/section_file.h):
// docs/file_format.md has them in words.
#pragma once

#include <cstddef>

#include "util/section_file.h"

namespace slide::data {

inline constexpr util::FileKind kCacheFile = {
    .magic = "slidedat",
    .version = 2,
    .name = "slide cache",
    .if_other = "convert the data again"};

// Each section is the array of this name in a CsrView.
inline constexpr char kFeatureOffsets[] = "feature_offsets";
inline constexpr char kLabelOffsets[] = "label_offsets";
inline constexpr char kFeatureIds[] = "feature_ids";
inline constexpr char kFeatureValues[] = "feature_values";
inline constexpr char kLabelIds[] = "label_ids";
inline constexpr size_t kNumCacheSections = 5;

// Keys of the header's info.
inline constexpr char kNumFeatures[] = "features";
inline constexpr char kNumLabels[] = "labels";
inline constexpr char kNormalized[] = "normalized";
// The same, which may be missing.
inline constexpr char kFirstFeature[] = "first_feature";
inline constexpr char kFirstLabel[] = "first_label";
inline constexpr char kVocabularySum[] = "vocabulary_xxh64";
inline constexpr char kLabelsSum[] = "labels_xxh64";

}  // namespace slide::data
