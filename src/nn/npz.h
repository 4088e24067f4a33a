// A network as an archive of NumPy arrays (numpy.load): docs/file_format.md has
// the layout.
#pragma once

#include "nn/network_core.h"
#include "slide/output_file.h"

namespace slide::nn {

// Writes the network; Commit stays with the caller.
// Throws: ModelFileError; DivergedError for a number that is not finite.
void SaveNpz(const NetworkCore& network, OutputFile& output);

}  // namespace slide::nn
