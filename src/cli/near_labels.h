// `slide info MODEL --near LABEL`: the labels with the nearest vectors.
#pragma once

#include <cstdint>
#include <string>

#include "slide/network.h"

namespace slide::cli {

// Prints them on standard output, a line each, or one JSON object. label: its
// name or, if the network has no names, its number. Throws: DataError for a
// label that is not there.
void PutNearLabels(const Network& network, const std::string& label,
                   uint64_t num, bool as_json);

}  // namespace slide::cli
