// Made-up data for extreme multi-label learning, of any size and the same for
// the same seed: in memory, or as text of the Extreme Classification
// repository. The defaults have the size and the averages of Amazon-670K
// (Bhatia et al., "The extreme classification repository", 2016). How points
// come about is told in src/synth/synthetic.h.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "slide/dataset.h"

namespace slide {

// Point i of a part depends on the seed, the part, i and the four sizes below,
// so a larger set begins with the smaller one.
struct SyntheticOptions {
  // Points of the two parts.
  uint64_t num_points = 490'449;
  uint64_t num_test_points = 153'025;
  uint32_t num_features = 135'909;
  uint32_t num_labels = 670'091;
  // Features and labels of a point on average, no more than all. A point has
  // from 1 to 8 times as many.
  double nonzeros = 75.0;
  double labels_per_point = 5.45;
  uint64_t seed = 1;
  // Data sets in memory and caches only: scale each sample as
  // ReadOptions::normalize does. Text holds the values as they are.
  bool normalize = true;
  // Threads; 0: one for each core. Their number changes nothing but the time.
  int num_threads = 0;

  void Validate() const;  // Throws: OptionsError naming the field.
};

enum class SyntheticPart { kTrain, kTest };

// One part in memory: what ReadXmc gives for its file, with the same choice of
// normalize. Throws: OptionsError.
Dataset MakeSynthetic(const SyntheticOptions& options, SyntheticPart part);

// Counts of a written part, over all its points.
struct SyntheticFile {
  uint64_t num_points = 0;
  uint64_t num_nonzeros = 0;
  uint64_t num_label_marks = 0;
  uint64_t num_bytes = 0;
  bool stopped = false;  // by the callback; there is no file then
};

// Called with the points written so far, about every megabyte, by any thread
// but one at a time; false stops. What it throws reaches the caller.
using SyntheticProgress = std::function<bool(uint64_t num_points)>;

// Writes one part to a file `path`: first under a temporary name beside it, in
// the place of `path` when all has reached the disk.
// Throws: OptionsError; Error with the path and the system's reason.
// Memory: a few megabytes a thread, besides what SyntheticOptions says.
SyntheticFile WriteSynthetic(const SyntheticOptions& options,
                             SyntheticPart part, const std::string& path,
                             const SyntheticProgress& progress = {});

// The same as a cache (slide/dataset_io.h), byte for byte the one that
// ConvertToCache makes of that file. There must be room for it twice on the
// disk while it is written.
SyntheticFile WriteSyntheticCache(const SyntheticOptions& options,
                                  SyntheticPart part, const std::string& path,
                                  const SyntheticProgress& progress = {});

}  // namespace slide
