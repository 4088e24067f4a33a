// The sections of a file that hold a sparse part: docs/file_format.md.
#pragma once

#include <cstddef>

#include "nn/network_core.h"
#include "util/mapped_file.h"
#include "util/section_file.h"

namespace slide::nn {

// Adds those of the network, if it has a sparse part. Requires: the network
// stays until the writer has written.
void AddSparsePart(const NetworkCore& network, util::SectionWriter& writer);

// Gives the network the sparse part of a file; returns the number of sections
// that it was read from: 0 without one. mapping: of the file, for a part that
// views it, whose pairs and accumulators are then not looked at; null for a
// copy. Throws: Error with the file's path and what is wrong, as the next does.
size_t ReadSparsePart(const util::SectionFile& file,
                      const util::MappedFile* mapping, NetworkCore& network);

// Checks all pairs of a part that views the file.
void CheckPairs(const util::SectionFile& file, const NetworkCore& network);

}  // namespace slide::nn
