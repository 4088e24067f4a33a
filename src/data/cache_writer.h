// CacheWriter: a cache written as its points come, when neither their number
// nor their lengths are known before and they need not fit into memory.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "data/cache_format.h"
#include "data/point_parser.h"
#include "slide/dataset_cache.h"
#include "util/binary_io.h"

namespace slide::data {

class CacheWriter {
 public:
  // The sections are gathered in files without a name in the folder of `path`,
  // as large together as the cache, until Commit puts them one behind the
  // other.
  // Throws: Error, as all members do.
  CacheWriter(const std::string& path, bool normalized);
  ~CacheWriter();

  // Appends points without an error.
  void Append(const ParsedPoints& points);

  uint64_t num_points() const noexcept { return header_.num_points; }

  // Writes the cache and puts it in the place of `path`.
  // Requires: ids were below these numbers. Cost: one copy of all sections.
  ConvertedCache Commit(uint32_t num_features, uint32_t num_labels);

 private:
  // Appends the offsets at which points end that have these ends among
  // themselves, behind `before` of earlier points.
  void AppendOffsets(CacheSectionId section, std::span<const uint64_t> ends,
                     uint64_t before);

  const std::string path_;
  CacheHeader header_;  // counts so far
  std::array<std::unique_ptr<util::SpoolFile>, kNumSections> sections_;
  std::vector<uint64_t> offsets_;  // work space
};

}  // namespace slide::data
