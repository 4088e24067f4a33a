// Text files into CSR arrays, parsed in parallel: a round takes one block of
// whole lines for each thread from the file, parses them at the same time, each
// into points of its own, and appends these in the file's order. So neither the
// arrays nor the error that is reported depend on the number of threads.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "data/byte_source.h"
#include "slide/dataset.h"

namespace slide::data {

// Text a thread parses in one round: long against the cost of starting a round,
// short against memory.
inline constexpr size_t kBlockBytes = size_t{4} << 20;

// ReadData's work on text, in blocks of block_bytes (tests take tiny ones).
// name: of the source, for messages.
// Requires: block_bytes >= 1. Throws: as ReadData.
CsrArrays ReadText(std::unique_ptr<ByteSource> source, const std::string& name,
                   const ReadOptions& options,
                   size_t block_bytes = kBlockBytes);

// The same for the file at `path`, or the standard input if that is "-".
CsrArrays ReadTextFile(const std::string& path, const ReadOptions& options,
                       size_t block_bytes = kBlockBytes);

}  // namespace slide::data
