// RowVectors: which vectors are hashed for rows of weights w and queries x.
// They are these themselves or, where they are centered, with the mean c of
// queries:
//
//   row    (w, w c)
//   query  (x - c, 1)
//
// No inner product changes. What all queries have in common moves from them to
// the rows, where it says which have a large product in general; the angles,
// which hash families tell, are left to what tells one query from another.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "kernels/kernels.h"
#include "util/vector_view.h"

namespace slide::hashing {

class RowVectors {
 public:
  explicit RowVectors(size_t num_weights, bool is_centered = false)
      : num_weights_(num_weights), center_(is_centered ? num_weights : 0) {}

  // Coordinates of a vector.
  size_t width() const noexcept {
    return num_weights_ + (is_centered() ? 1 : 0);
  }
  size_t num_weights() const noexcept { return num_weights_; }
  bool is_centered() const noexcept { return !center_.empty(); }
  // c, [num_weights]; empty if they are not centered.
  std::span<const float> center() const noexcept { return center_; }

  // Takes the mean of queries for c, which is 0 before, or keeps the c there is
  // if that is near: a c that moves changes the vectors of all rows. Without
  // effect if they are not centered. mean [num_weights], finite.
  void Center(std::span<const float> mean);

  // The vector of row i; scratch [width].
  std::span<const float> Row(kernels::ConstRowsView rows, size_t i,
                             std::span<float> scratch) const noexcept;
  // Returns the vector of a query x, [num_weights] if it is dense: x itself, or
  // a dense one in scratch [width] if they are centered. Requires: ids below
  // num_weights.
  util::VectorView Query(const util::VectorView& x,
                         std::span<float> scratch) const noexcept;

 private:
  size_t num_weights_;
  std::vector<float> center_;
};

}  // namespace slide::hashing
