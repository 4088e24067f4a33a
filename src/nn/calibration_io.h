// How a network's loss and calibration lie in its file: docs/file_format.md.
#pragma once

#include <cstddef>

#include "nn/network_core.h"
#include "util/json.h"
#include "util/section_file.h"

namespace slide::nn {

// Throws: OptionsError; see Network::SetCalibration.
void CheckCalibration(const Calibration& calibration, size_t num_labels);

// All but the labels' thresholds.
util::Json ToJson(const Calibration& calibration);

// Adds what there is, the loss only where the card tells another. Requires: the
// network stays until the writer has written.
void AddCalibration(const NetworkCore& network, util::SectionWriter& writer);

// Gives the network what the file has; returns the number of sections that it
// was read from. In files without a loss it is that of the network's card.
// Throws: Error with the file's path and what is wrong.
size_t ReadCalibration(const util::SectionFile& file, NetworkCore& network);

}  // namespace slide::nn
