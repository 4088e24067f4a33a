// `slide compare` prints this: a row for each epoch of each method, the table
// at the end, and the JSON object.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/summary.h"
#include "slide/comparison.h"

namespace slide::cli {

// The width of the column of names. methods: each a Method or a MethodReport.
template <typename T>
size_t NameWidth(std::span<const T> methods) {
  size_t width = std::string_view("method").size();
  for (const T& method : methods) width = std::max(width, method.name.size());
  return width;
}

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
