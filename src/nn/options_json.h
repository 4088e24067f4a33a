// The options of a network as JSON: what the header of a model file says.
#pragma once

#include <nlohmann/json.hpp>

#include "slide/options/network.h"

namespace slide::nn {

// Requires: settled options, as a NetworkCore has them.
nlohmann::json OptionsToJson(const NetworkOptions& options);

// Throws: nlohmann::json::exception for a field that is missing or of another
// type; Error for a name this program does not know; OptionsError.
NetworkOptions OptionsFromJson(const nlohmann::json& object);

}  // namespace slide::nn
