// Describes the card of a model: a part of `slide info MODEL`.
#pragma once

#include <string>

#include "cli/summary.h"
#include "slide/model_card.h"

namespace slide::cli {

// Rows about the samples, the names and the training; none for an empty card.
std::string FormatCard(const ModelCard& card);
Json CardJson(const ModelCard& card);

}  // namespace slide::cli
