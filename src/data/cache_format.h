// The header of a cache: made from counts, and read without trust. What it says
// of the sections follows from the counts, so a header that was accepted bounds
// all that is read. docs/cache_format.md has the layout in words.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "slide/dataset.h"
#include "slide/dataset_cache.h"
#include "util/binary_io.h"

namespace slide::data {

inline constexpr std::string_view kCacheMagic = "slidedat";
inline constexpr uint32_t kCacheVersion = 1;
inline constexpr size_t kSectionAlignment = 64;

struct CacheSection {
  uint64_t offset = 0;  // from the start of the file; a multiple of 64
  uint64_t num_bytes = 0;
  uint64_t checksum = 0;  // xxHash64
};

// In the order in which they stand.
enum CacheSectionId : size_t {
  kFeatureOffsets,
  kLabelOffsets,
  kFeatureIds,
  kFeatureValues,
  kLabelIds,
  kNumSections
};
std::string_view Name(CacheSectionId section) noexcept;

struct CacheHeader {
  std::array<char, 8> magic = {};
  uint32_t version = 0;
  uint32_t header_bytes = 0;
  uint64_t flags = 0;
  uint64_t num_points = 0;
  uint64_t num_features = 0;
  uint64_t num_labels = 0;
  uint64_t num_nonzeros = 0;
  uint64_t num_label_marks = 0;
  uint64_t file_bytes = 0;
  std::array<CacheSection, kNumSections> sections = {};
  std::array<uint64_t, 7> reserved = {};
  uint64_t checksum = 0;  // of all before it

  static constexpr uint64_t kNormalized = 1;  // in flags
};
static_assert(sizeof(CacheHeader) == 256);

// Sets where sections lie and the file's size, as they follow from the counts.
// Requires: counts within their limits.
void LayOut(CacheHeader& header) noexcept;

// The header of a cache of no points; nothing is laid out, all sums are 0.
CacheHeader EmptyCacheHeader(bool normalized) noexcept;

// Writes what stands between a section and the next one.
void WritePadding(util::AtomicFile& file);

// What a header says to the public.
CacheInfo InfoOf(const CacheHeader& header) noexcept;

uint64_t HeaderChecksum(const CacheHeader& header) noexcept;

// The header at the start of `file`, a whole cache, with everything checked but
// what the sections hold. name: of the file, for messages.
// Throws: DataError.
CacheHeader ReadCacheHeader(std::span<const std::byte> file,
                            const std::string& name);

// The arrays in `file`. Requires: the header that ReadCacheHeader gave; `file`
// starts on a multiple of 8.
CsrView ViewSections(std::span<const std::byte> file,
                     const CacheHeader& header) noexcept;

// Throws: DataError for a section whose sum is not the header's.
void CheckSections(std::span<const std::byte> file, const CacheHeader& header,
                   const std::string& name);

}  // namespace slide::data
