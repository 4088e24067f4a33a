#include "slide/dataset_io.h"

#include <limits>
#include <memory>

#include "data/cache_format.h"
#include "data/dataset_paging.h"
#include "slide/error.h"
#include "util/header_object.h"
#include "util/mapped_file.h"
#include "util/section_file.h"

namespace slide {
namespace {

// Calls f; what is wrong with a cache is wrong with data.
template <typename F>
auto AsDataError(F&& f) {
  try {
    return f();
  } catch (const DataError&) {
    throw;
  } catch (const OutOfMemoryError&) {
    throw;
  } catch (const Error& error) {
    throw DataError(error.what());
  }
}

CacheInfo InfoOf(const util::SectionFile& file) {
  CacheInfo info = {.version = data::kCacheFile.version,
                    .normalized = file.Flag(data::kNormalized),
                    .num_bytes = file.num_bytes()};
  const util::HeaderObject header(file.path(), "info", file.info());
  info.first_feature = header.Whole(data::kFirstFeature, 1);
  info.first_label = header.Whole(data::kFirstLabel, 1);
  info.fingerprints.vocabulary = header.Sum(data::kVocabularySum);
  info.fingerprints.labels = header.Sum(data::kLabelsSum);
  return info;
}

Dataset View(const util::SectionFile& file) {
  file.RequireSections(data::kNumCacheSections);
  const std::shared_ptr<const util::MappedFile> mapping = file.Map();
  const auto count = [&](const char* key) {
    constexpr uint64_t kMax = std::numeric_limits<uint32_t>::max();
    return static_cast<uint32_t>(file.Number(key, kMax));
  };
  const CsrView arrays = {
      .num_features = count(data::kNumFeatures),
      .num_labels = count(data::kNumLabels),
      .feature_offsets = file.View<uint64_t>(data::kFeatureOffsets, *mapping),
      .feature_ids = file.View<uint32_t>(data::kFeatureIds, *mapping),
      .feature_values = file.View<float>(data::kFeatureValues, *mapping),
      .label_offsets = file.View<uint64_t>(data::kLabelOffsets, *mapping),
      .label_ids = file.View<uint32_t>(data::kLabelIds, *mapping)};
  return data::DatasetPaging::View(arrays, mapping, file.path(),
                                   file.Flag(data::kNormalized),
                                   mapping->bytes());
}

}  // namespace

bool IsCache(const std::string& path) {
  return util::HasMagic(path, data::kCacheFile);
}

Dataset OpenCache(const std::string& path, CacheInfo* info) {
  return AsDataError([&] {
    const util::SectionFile file(path, data::kCacheFile);
    const CacheInfo found = InfoOf(file);
    if (info != nullptr) *info = found;
    return View(file);
  });
}

CacheInfo VerifyCache(const std::string& path) {
  return AsDataError([&] {
    const util::SectionFile file(path, data::kCacheFile);
    const Dataset data = View(file);
    file.Verify();
    data.CheckAll();
    return InfoOf(file);
  });
}

}  // namespace slide
