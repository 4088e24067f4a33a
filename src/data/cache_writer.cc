#include "data/cache_writer.h"

#include <utility>

namespace slide::data {

CacheWriter::CacheWriter(const std::string& path, bool normalized)
    : path_(path), header_(EmptyCacheHeader(normalized)) {
  for (auto& section : sections_) {
    section = std::make_unique<util::SpoolFile>(path);
  }
  constexpr uint64_t kFirst = 0;
  for (const CacheSectionId section : {kFeatureOffsets, kLabelOffsets}) {
    sections_[section]->Write(std::as_bytes(std::span(&kFirst, 1)));
  }
}

CacheWriter::~CacheWriter() = default;

void CacheWriter::AppendOffsets(CacheSectionId section,
                                std::span<const uint64_t> ends,
                                uint64_t before) {
  offsets_.clear();
  for (const uint64_t end : ends) offsets_.push_back(before + end);
  sections_[section]->Write(std::as_bytes(std::span(offsets_)));
}

void CacheWriter::Append(const ParsedPoints& points) {
  AppendOffsets(kFeatureOffsets, points.feature_ends, header_.num_nonzeros);
  AppendOffsets(kLabelOffsets, points.label_ends, header_.num_label_marks);
  const auto write = [this](CacheSectionId section, const auto& items) {
    sections_[section]->Write(std::as_bytes(std::span(items)));
  };
  write(kFeatureIds, points.feature_ids);
  write(kFeatureValues, points.feature_values);
  write(kLabelIds, points.label_ids);
  header_.num_points += points.size();
  header_.num_nonzeros += points.feature_ids.size();
  header_.num_label_marks += points.label_ids.size();
}

ConvertedCache CacheWriter::Commit(uint32_t num_features, uint32_t num_labels) {
  header_.num_features = num_features;
  header_.num_labels = num_labels;
  LayOut(header_);
  for (size_t i = 0; i < kNumSections; ++i) {
    header_.sections[i].checksum = sections_[i]->checksum();
  }
  header_.checksum = HeaderChecksum(header_);
  util::AtomicFile file(path_);
  file.Write(std::as_bytes(std::span(&header_, 1)));
  for (auto& section : sections_) {
    section->CopyTo(file);
    WritePadding(file);
    section.reset();  // gives its room on the disk back
  }
  file.Commit();
  ConvertedCache result;
  result.cache = InfoOf(header_);
  result.num_points = header_.num_points;
  result.num_nonzeros = header_.num_nonzeros;
  result.num_label_marks = header_.num_label_marks;
  result.num_features = num_features;
  result.num_labels = num_labels;
  return result;
}

}  // namespace slide::data
