// The public readers: which form a file has, and who reads that.
#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

#include "data/byte_source.h"
#include "data/cache_writer.h"
#include "data/peeked_source.h"
#include "data/text_form.h"
#include "data/text_reader.h"
#include "slide/dataset.h"
#include "slide/dataset_io.h"
#include "slide/error.h"

namespace slide {
namespace {

Dataset ReadCache(const std::string& path, const ReadOptions& options,
                  CacheInfo& info) {
  if (options.verify) VerifyCache(path);
  Dataset data = OpenCache(path, &info);
  const auto require = [&](std::optional<uint32_t> stated, uint32_t in_cache,
                           const char* what) {
    if (!stated || *stated == in_cache) return;
    throw DataError(fmt::format(
        "{}: got a cache of {} {}, expected the {} that were asked for: "
        "convert its data again with them",
        path, in_cache, what, *stated));
  };
  require(options.num_features, data.num_features(), "features");
  require(options.num_labels, data.num_labels(), "labels");
  if (options.normalize == info.normalized) return data;
  throw DataError(
      path +
      (info.normalized
           ? ": the cache holds samples scaled to length 1, expected a cache "
             "that was converted without (--no-normalize)"
           : ": the cache holds samples that were not scaled to length 1, "
             "expected --no-normalize, or a cache that was converted with "
             "scaling"));
}

// A cache of data in memory. facts: of what it was made from.
ConvertedCache Convert(const Dataset& data, const ReadOptions& options,
                       const std::string& cache_path, const CacheInfo& facts) {
  ConvertedCache result;
  result.cache = WriteCache(data, options.normalize, cache_path, facts);
  result.num_points = data.size();
  result.num_nonzeros = data.num_nonzeros();
  result.num_label_marks = data.num_label_marks();
  result.num_features = data.num_features();
  result.num_labels = data.num_labels();
  return result;
}

// Writes the points to a cache.
class CacheSink final : public data::PointSink {
 public:
  // Thrown by Append when the callback says so.
  struct Stopped {};

  CacheSink(data::CacheWriter& cache, const ConvertProgress& progress)
      : cache_(cache), progress_(progress) {}

  void Append(const data::ParsedPoints& points, double fraction_read) override {
    cache_.Append(points);
    if (progress_ && !progress_(fraction_read)) throw Stopped();
  }

 private:
  data::CacheWriter& cache_;
  const ConvertProgress& progress_;
};

}  // namespace

Dataset ReadData(const std::string& path, const ReadOptions& options,
                 ModelCard* card) {
  options.Validate();
  if (IsCache(path)) {
    CacheInfo info;
    Dataset data = ReadCache(path, options, info);
    if (card != nullptr) {
      card->normalized = info.normalized;
      card->first_feature = info.first_feature;
      card->first_label = info.first_label;
      card->fingerprints = info.fingerprints;
    }
    return data;
  }
  return data::ReadPoints(data::OpenPeeked(path), data::SourceName(path),
                          options, card);
}

ConvertedCache ConvertToCache(const std::string& path,
                              const std::string& cache_path,
                              const ReadOptions& options,
                              const ConvertProgress& progress) {
  options.Validate();
  if (IsCache(path)) {
    CacheInfo info;
    const Dataset data = ReadCache(path, options, info);
    return Convert(data, options, cache_path, info);
  }
  auto source = data::OpenPeeked(path);
  const TextFormat format =
      data::TellFormat(options.format, source->first_line());
  if (format == TextFormat::kTwoFiles) {  // which are put together in memory
    const Dataset data = data::ReadPoints(
        std::move(source), data::SourceName(path), options, nullptr);
    if (progress && !progress(1.0)) return {.stopped = true};
    return Convert(data, options, cache_path, {});
  }
  data::CacheWriter writer(cache_path, options.normalize);
  CacheSink sink(writer, progress);
  try {
    return writer.Commit(data::ParseText(
        std::move(source), data::SourceName(path), options, sink));
  } catch (const CacheSink::Stopped&) {
    return {.stopped = true};
  }
}

std::string LabelsFileOf(const std::string& path) {
  const std::string labels = data::LabelsBeside(path);
  if (labels.empty() || IsCache(path)) return "";
  try {
    const auto source = data::OpenPeeked(path);
    return data::TellFormat(source->first_line()) == TextFormat::kTwoFiles
               ? labels
               : "";
  } catch (const DataError&) {  // who reads it will say
    return "";
  }
}

Dataset ReadXmc(const std::string& path, const ReadOptions& options) {
  ReadOptions xmc = options;
  xmc.format = TextFormat::kXmc;
  xmc.Validate();
  return data::ReadPoints(data::OpenPeeked(path), data::SourceName(path), xmc,
                          nullptr);
}

}  // namespace slide
