// Exporting a network: its weights alone, small, for those who ask it and do
// not train it.
#pragma once

#include <cstdint>
#include <string>

#include "slide/network.h"
#include "slide/options/export.h"

namespace slide {

// Returns a copy with weights of this precision and nothing that training
// alone needs: optimizer state, accumulators of the sparse part. It keeps
// options, card and names. Save writes it as a model file; training it throws
// OptionsError.
// Throws: DivergedError for a number that is not finite; OutOfMemoryError.
// Cost: one pass over the weights.
Network Exported(const Network& network, Precision weights);

// Writes such a copy to where `path` leads (see OutputFile), whole or not at
// all, and returns the number of bytes. The form of a NumPy archive, whose
// weights are fp32, is in docs/file_format.md.
// Throws: OptionsError; ModelFileError when it cannot be written;
// DivergedError; OutOfMemoryError.
uint64_t Export(const Network& network, const std::string& path,
                const ExportOptions& options = {});

// The format that Export writes to this path.
ExportFormat FormatFor(const std::string& path, const ExportOptions& options);

}  // namespace slide
