// A view of one sparse vector: which coordinates are not zero, and their
// values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace slide {

// ids ascending without repeats, values of the same length; owns nothing.
struct SparseView {
  std::span<const uint32_t> ids;
  std::span<const float> values;

  size_t size() const noexcept { return ids.size(); }
};

}  // namespace slide
