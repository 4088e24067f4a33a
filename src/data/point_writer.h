// Points as lines of XMC text, which ReadXmc reads.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "slide/sparse.h"

namespace slide::data {

// Appends the line of a point. Values have six significant digits, as printf's
// %.6g gives them. Requires: finite values, labels in the order wanted.
void AppendPoint(std::span<const uint32_t> labels, SparseView features,
                 std::string& text);

// Appends the line of a point whose values are so many thousandths, with three
// decimals.
void AppendPoint(std::span<const uint32_t> labels,
                 std::span<const uint32_t> feature_ids,
                 std::span<const uint32_t> thousandths, std::string& text);

}  // namespace slide::data
