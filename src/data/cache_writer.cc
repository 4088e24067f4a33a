#include "data/cache_writer.h"

#include <optional>
#include <utility>

#include "data/cache_format.h"
#include "util/checksum.h"
#include "util/json.h"

namespace slide {
namespace data {
namespace {

// Writes the file with the header of a cache.
CacheInfo Write(util::SectionWriter& writer, uint32_t num_features,
                uint32_t num_labels, CacheInfo info, const std::string& path) {
  util::Json& header = writer.info();
  header[kNumFeatures] = util::Json::Number(num_features);
  header[kNumLabels] = util::Json::Number(num_labels);
  header[kNormalized] = util::Json::Bool(info.normalized);
  if (info.first_feature) {
    header[kFirstFeature] = util::Json::Number(*info.first_feature);
  }
  if (info.first_label) {
    header[kFirstLabel] = util::Json::Number(*info.first_label);
  }
  const auto set_sum = [&](const char* key, std::optional<uint64_t> sum) {
    if (sum) header[key] = util::Json::Text(util::ChecksumDigits(*sum));
  };
  set_sum(kVocabularySum, info.fingerprints.vocabulary);
  set_sum(kLabelsSum, info.fingerprints.labels);
  info.version = kCacheFile.version;
  info.num_bytes = writer.Write(path);
  return info;
}

template <typename T>
void Append(util::SpoolFile& section, const std::vector<T>& items) {
  section.Write(std::as_bytes(std::span(items)));
}

}  // namespace

CacheWriter::CacheWriter(const std::string& path, bool normalized)
    : path_(path) {
  counts_.cache.normalized = normalized;
  for (Spool* section : {&feature_offsets_, &label_offsets_, &feature_ids_,
                         &feature_values_, &label_ids_}) {
    *section = std::make_unique<util::SpoolFile>(path);
  }
  const std::vector<uint64_t> first = {0};
  data::Append(*feature_offsets_, first);
  data::Append(*label_offsets_, first);
}

void CacheWriter::AppendOffsets(util::SpoolFile& offsets,
                                std::span<const uint64_t> ends,
                                uint64_t before) {
  offsets_.clear();
  for (const uint64_t end : ends) offsets_.push_back(before + end);
  data::Append(offsets, offsets_);
}

void CacheWriter::Append(const ParsedPoints& points) {
  AppendOffsets(*feature_offsets_, points.feature_ends, counts_.num_nonzeros);
  AppendOffsets(*label_offsets_, points.label_ends, counts_.num_label_marks);
  data::Append(*feature_ids_, points.feature_ids);
  data::Append(*feature_values_, points.feature_values);
  data::Append(*label_ids_, points.label_ids);
  counts_.num_points += points.size();
  counts_.num_nonzeros += points.feature_ids.size();
  counts_.num_label_marks += points.label_ids.size();
}

ConvertedCache CacheWriter::Commit(const TextFacts& facts) {
  util::SectionWriter writer(kCacheFile);
  writer.Add(kFeatureOffsets, sizeof(uint64_t), std::move(feature_offsets_));
  writer.Add(kLabelOffsets, sizeof(uint64_t), std::move(label_offsets_));
  writer.Add(kFeatureIds, sizeof(uint32_t), std::move(feature_ids_));
  writer.Add(kFeatureValues, sizeof(float), std::move(feature_values_));
  writer.Add(kLabelIds, sizeof(uint32_t), std::move(label_ids_));
  ConvertedCache result = counts_;
  result.cache.first_feature = facts.first_feature;
  result.cache.first_label = facts.first_label;
  result.cache.fingerprints = facts.fingerprints;
  result.cache =
      Write(writer, facts.num_features, facts.num_labels, result.cache, path_);
  result.num_features = facts.num_features;
  result.num_labels = facts.num_labels;
  return result;
}

}  // namespace data

CacheInfo WriteCache(const Dataset& data, bool normalized,
                     const std::string& path, const CacheInfo& facts) {
  data.CheckAll();
  Dataset::ViewUnchecked(data.arrays(), nullptr, "data", normalized).CheckAll();
  const CsrView arrays = data.arrays();
  util::SectionWriter writer(data::kCacheFile);
  writer.Add(data::kFeatureOffsets, arrays.feature_offsets);
  writer.Add(data::kLabelOffsets, arrays.label_offsets);
  writer.Add(data::kFeatureIds, arrays.feature_ids);
  writer.Add(data::kFeatureValues, arrays.feature_values);
  writer.Add(data::kLabelIds, arrays.label_ids);
  CacheInfo info = facts;
  info.normalized = normalized;
  return data::Write(writer, arrays.num_features, arrays.num_labels, info,
                     path);
}

}  // namespace slide
