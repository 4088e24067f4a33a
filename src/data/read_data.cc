// The public readers: which form a file has, and who reads that.
#include <string>

#include "data/text_reader.h"
#include "slide/dataset.h"
#include "slide/dataset_cache.h"
#include "slide/error.h"

namespace slide {
namespace {

Dataset ReadCache(const std::string& path, const ReadOptions& options) {
  CacheInfo info;
  Dataset data = OpenCache(path, &info);
  if (options.normalize == info.normalized) return data;
  throw DataError(
      path +
      (info.normalized
           ? ": the cache holds samples scaled to length 1; allowed without "
             "scaling (--no-normalize) is one that was converted so"
           : ": the cache holds samples that were not scaled to length 1; "
             "allowed is to read it so (--no-normalize), or one that was "
             "converted with scaling"));
}

}  // namespace

Dataset ReadData(const std::string& path, const ReadOptions& options) {
  options.Validate();
  if (IsCache(path)) return ReadCache(path, options);
  return Dataset(data::ReadTextFile(path, options));
}

Dataset ReadXmc(const std::string& path, const ReadOptions& options) {
  ReadOptions xmc = options;
  xmc.format = TextFormat::kXmc;
  return Dataset(data::ReadTextFile(path, xmc));
}

}  // namespace slide
