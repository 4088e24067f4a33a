// `slide compare` prints this: a row for each epoch of each method, the table
// at the end, and the JSON object.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/summary.h"
#include "slide/comparison.h"

namespace slide::cli {

// The rows of epochs: their head, and one.
std::string FormatCompareHead(size_t name_width, std::span<const int> ks);
std::string FormatCompareRow(const std::string& name, size_t name_width,
                             const CurvePoint& point);

// The table of all methods.
std::string FormatComparison(std::span<const MethodReport> methods,
                             std::span<const double> targets);

Json ComparisonJson(std::span<const MethodReport> methods,
                    std::span<const double> targets);

}  // namespace slide::cli
