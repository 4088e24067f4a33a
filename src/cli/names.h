// Files that name things numbered from 0: samples, labels, features.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace slide::cli {

// A name a line; none without a path. things: what they are, for the message.
// Throws: DataError for another number of lines, or a name with a tab, which
// would be read as its end.
std::vector<std::string> ReadNames(const std::string& path, size_t num_things,
                                   const char* things);

// The same for features; the file may also be a vocabulary of `slide
// vectorize`.
std::vector<std::string> ReadFeatureNames(const std::string& path,
                                          size_t num_features,
                                          const char* things);

}  // namespace slide::cli
