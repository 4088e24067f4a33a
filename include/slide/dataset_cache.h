// The binary cache: a data set's arrays in a file as they are in memory, so
// that opening it is mapping it (docs/file_format.md has the layout).
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "slide/dataset.h"

namespace slide {

// Facts in a cache's header that its Dataset does not tell.
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

// Describes the cache that ConvertToCache wrote.
struct ConvertedCache {
  CacheInfo cache;
  uint64_t num_points = 0;
  uint64_t num_nonzeros = 0;
  uint64_t num_label_marks = 0;
  uint32_t num_features = 0;
  uint32_t num_labels = 0;
  bool stopped = false;  // by the callback; nothing was written then
};

// Called now and then with the share of the file that was read, 0..1, as far as
// is known; false stops. What it throws reaches the caller.
using ConvertProgress = std::function<bool(double fraction_read)>;

// Writes a cache of the data at `path`, which is anything that ReadData reads.
// Text need not fit into memory, but the room on the disk must hold the cache
// twice until it is there.
// Throws: as ReadData and WriteCache.
// Memory: of text, a block of it and its points for each thread.
ConvertedCache ConvertToCache(const std::string& path,
                              const std::string& cache_path,
                              const ReadOptions& options = {},
                              const ConvertProgress& progress = {});

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
