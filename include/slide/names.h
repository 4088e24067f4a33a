// Files that name things numbered from 0, a name a line: samples, labels,
// features. Plain, gzip or zstd; "-" is the standard input.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace slide {

// Reads `num_things` names. things: what they name, for messages.
// Throws: DataError for another number of lines, or a name with a tab, which
// programs would read as its end.
std::vector<std::string> ReadNames(const std::string& path, size_t num_things,
                                   const std::string& things);

// The same for features; the file may also be a vocabulary, whose terms are
// then the names (slide/vectorizer.h).
std::vector<std::string> ReadFeatureNames(const std::string& path,
                                          size_t num_features,
                                          const std::string& things);

}  // namespace slide
