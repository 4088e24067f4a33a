// CacheWriter writes a cache as its points come, when neither their number nor
// their lengths are known before and they need not fit into memory.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/point_parser.h"
#include "data/text_reader.h"
#include "slide/dataset_io.h"
#include "util/binary_io.h"

namespace slide::data {

class CacheWriter {
 public:
  // The sections are gathered in files without a name in the folder of `path`,
  // as large together as the cache, until Commit puts them one behind the
  // other.
  // Throws: Error, as all members do.
  CacheWriter(const std::string& path, bool normalized);

  // Appends points without an error.
  void Append(const ParsedPoints& points);

  // Writes the cache and puts it in the place of `path`; call it once.
  // Requires: ids were below its numbers. Cost: one copy of all sections.
  ConvertedCache Commit(const TextFacts& facts);

 private:
  using Spool = std::unique_ptr<util::SpoolFile>;

  // Appends the offsets at which points end that have these ends among
  // themselves, behind `before` of earlier points.
  void AppendOffsets(util::SpoolFile& offsets, std::span<const uint64_t> ends,
                     uint64_t before);

  const std::string path_;
  ConvertedCache counts_;  // so far
  Spool feature_offsets_, label_offsets_, feature_ids_, feature_values_,
      label_ids_;
  std::vector<uint64_t> offsets_;  // work space
};

}  // namespace slide::data
