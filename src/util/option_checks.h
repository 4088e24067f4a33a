// The option structs' Validate() checks values with these functions.
// Throws: OptionsError with the field, the value and what is allowed.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <string_view>

#include "slide/error.h"

namespace slide::util {

// low <= value <= high, no NaN.
template <typename T>
void CheckRange(std::string_view field, T value, T low, T high) {
  if (!(low <= value && value <= high)) {
    throw OptionsError(
        fmt::format("{} is {}; allowed are {} to {}", field, value, low, high));
  }
}

inline void CheckPositive(std::string_view field, double value) {
  if (!(value > 0.0 && std::isfinite(value))) {
    throw OptionsError(
        fmt::format("{} is {}; allowed is a number above 0", field, value));
  }
}

// 0 <= value < 1.
inline void CheckShare(std::string_view field, double value) {
  if (!(0.0 <= value && value < 1.0)) {
    throw OptionsError(
        fmt::format("{} is {}; allowed are 0 and more, below 1", field, value));
  }
}

}  // namespace slide::util
