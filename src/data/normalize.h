// Normalize: a sample's features scaled to Euclidean length 1.
#pragma once

#include <cmath>
#include <span>

namespace slide::data {

// Divides by the Euclidean norm, unless that is 0. Sums in double: the square
// of no float, however large or small, leaves its range.
inline void Normalize(std::span<float> values) noexcept {
  double sum = 0.0;
  for (const float v : values) sum += static_cast<double>(v) * v;
  if (sum == 0.0) return;
  const double norm = std::sqrt(sum);
  for (float& v : values) v = static_cast<float>(v / norm);
}

}  // namespace slide::data
