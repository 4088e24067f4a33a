// The options of a network in the header of a model file.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "slide/options/network.h"

namespace slide::nn {

// Sets header["options"].
// Requires: settled options, as a NetworkCore has them.
void OptionsToJson(const NetworkOptions& options, nlohmann::json& header);

// Throws: Error for a field that is missing or of another type, or a name this
// program does not know; OptionsError.
NetworkOptions OptionsFromJson(const nlohmann::json& header);

}  // namespace slide::nn
