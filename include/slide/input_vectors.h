// Input vectors: vectors of words that were learned elsewhere, with which the
// rows of a network's first layer can begin.
//
//   slide::Network network(options);
//   network.SetInputVectors(slide::ReadInputVectors(
//       "vectors.txt", slide::FeatureNamesOf(train.card)));
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "slide/name_list.h"

namespace slide {

// Vectors of some features.
struct InputVectors {
  size_t width = 0;                // numbers in a vector
  std::vector<uint32_t> features;  // ascending, without repeats
  std::vector<float> values;       // [features.size(), width], finite
  uint64_t num_in_file = 0;        // that were read, of all names
};

// Reads a file in word2vec's text format, plain, gzip or zstd: a first line
// `N D`, then N lines `name v1 ... vD`, with spaces between. Kept are the
// vectors of the names that features from first_feature on have; of a name that
// is there twice, the first. names: a feature's each, as in FeatureNamesOf.
// Throws: DataError "path:line: got ..., expected ...", also when no name is a
// feature's. Memory: the vectors that are kept.
InputVectors ReadInputVectors(const std::string& path, const NameList& names,
                              uint32_t first_feature = 0);

}  // namespace slide
