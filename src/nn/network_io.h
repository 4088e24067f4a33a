// Model files: docs/file_format.md has the layout.
#pragma once

#include <memory>
#include <string>

#include "nn/network_core.h"

namespace slide::nn {

// Throws: ModelFileError; what was at `path` is then unchanged.
void SaveNetwork(const NetworkCore& network, const std::string& path);

// Throws: ModelFileError naming the part that is missing, damaged or foreign.
std::unique_ptr<NetworkCore> LoadNetwork(const std::string& path);

// The same without a copy of the weights: the rows view the file, mapped.
std::unique_ptr<NetworkCore> OpenNetwork(const std::string& path);

// Tells whether the file begins as SaveNetwork writes it; false if it cannot be
// read.
bool IsNetwork(const std::string& path);

}  // namespace slide::nn
