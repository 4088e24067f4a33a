// Prints how documents became vectors: vectorize, and commands that do it on
// the way.
#pragma once

#include <string>

#include "slide/vectorizer.h"

namespace slide::cli {

// Rows about documents, terms and labels. learned: the terms and labels are
// those of these documents.
std::string FormatText(const TextSummary& text, bool learned);

}  // namespace slide::cli
