// Whether a network fits into memory, asked before it is made.
#pragma once

#include <string>

#include "slide/dataset.h"
#include "slide/options/network.h"

namespace slide::cli {

// data: that it will be trained on, read from `path`. Throws: OutOfMemoryError
// with what it takes and what is left and, if ids with large gaps between them
// are the cause, a sample with the largest one.
void RequireNetworkMemory(const std::string& path, const Dataset& data,
                          const NetworkOptions& network);

}  // namespace slide::cli
