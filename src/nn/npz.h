// A network as an archive of NumPy arrays (numpy.load): docs/file_format.md has
// the layout.
#pragma once

#include <string>
#include <string_view>

#include "nn/network_core.h"
#include "slide/output_file.h"

namespace slide::nn {

// The header of an array (NumPy, "NPY format", version 1.0). shape: as Python
// writes a tuple.
std::string NpyHeader(std::string_view type, const std::string& shape);

// Writes the network; Commit stays with the caller.
// Throws: ModelFileError; DivergedError for a number that is not finite.
void SaveNpz(const NetworkCore& network, OutputFile& output);

}  // namespace slide::nn
