// Which activations of a hashed layer stay: the largest, as many as may be
// active.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <span>

#include "util/check.h"

namespace slide::nn {

// The largest value that does not stay: those <= it are left out, so that of
// values equal at the edge none stays. NaN ranks first and stays, so that
// whoever looks at the result sees it. Requires: num < values.size() <=
// scratch.size().
inline float EdgeOfLargest(std::span<const float> values, size_t num,
                           std::span<float> scratch) noexcept {
  SLIDE_DCHECK(num < values.size() && values.size() <= scratch.size());
  const std::span<float> ranked = scratch.first(values.size());
  std::transform(values.begin(), values.end(), ranked.begin(), [](float value) {
    return std::isnan(value) ? std::numeric_limits<float>::infinity() : value;
  });
  const auto edge = ranked.begin() + static_cast<std::ptrdiff_t>(num);
  std::nth_element(ranked.begin(), edge, ranked.end(), std::greater<>());
  return *edge;
}

}  // namespace slide::nn
