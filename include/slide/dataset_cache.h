// The binary cache: a data set's arrays in a file as they are in memory, so
// that opening it is mapping it (docs/cache_format.md has the layout).
#pragma once

#include <cstdint>
#include <string>

#include "slide/dataset.h"

namespace slide {

// What a cache's header says besides what its Dataset tells.
struct CacheInfo {
  uint32_t version = 0;
  bool normalized = false;  // samples were scaled to length 1 beforehand
  uint64_t num_bytes = 0;   // of the file
};

// Writes a cache; a file at `path` is replaced once all is written.
// normalized: whether the samples were scaled to Euclidean length 1, which
// readers ask for (ReadOptions::normalize).
// Throws: Error when it cannot be written; DataError for a broken rule in a
// data set that is checked as it is read.
// Cost: three passes over the arrays.
CacheInfo WriteCache(const Dataset& data, bool normalized,
                     const std::string& path);

// Whether the file at `path` starts like a cache of any version. False for a
// file that is missing, or that cannot be read at will like a pipe.
bool IsCache(const std::string& path);

// Opens a cache without reading its arrays: the header is checked whole, the
// arrays must be as long as it says, and samples are checked as they are read
// (Dataset::ViewUnchecked). Memory is that of the file's pages in use, which
// the system drops when it needs the room. The file must not be changed or
// shortened in place while it is open.
// Throws: DataError. Cost: O(1), whatever the file's size.
Dataset OpenCache(const std::string& path, CacheInfo* info = nullptr);

// Reads the whole file and checks its sums and every rule of every sample.
// Throws: DataError naming the section or the sample that is damaged.
CacheInfo VerifyCache(const std::string& path);

}  // namespace slide
