// Describes a checkpoint: what `slide info` says of one.
#pragma once

#include <string>

#include "cli/summary.h"
#include "slide/checkpoint.h"

namespace slide::cli {

std::string FormatCheckpoint(const std::string& path,
                             const CheckpointInfo& checkpoint);
Json CheckpointJson(const CheckpointInfo& checkpoint);

}  // namespace slide::cli
