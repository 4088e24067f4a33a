// RowVectors: which vectors are hashed for rows of weights and for queries.
// Hash families tell angles; a neuron's sum is an inner product and a bias.
// Coordinates put behind a row's weights turn one into the other, without a
// change to any sum:
//
//   row    (w, b + w c)
//   query  (x - c, 1)
//
// With the second coordinate the bias b counts as it does in the sum, and what
// all queries have in common, their mean c, is moved from them to the rows: it
// says which rows have a large sum in general, and the angles are left to what
// tells one query from another.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "kernels/kernels.h"
#include "slide/sparse.h"

namespace slide::hashing {

// Which of the coordinates there are; HashOptions has the same names.
struct RowVectorOptions {
  bool with_bias = false;
  bool centered = false;  // c is not 0
};

class RowVectors {
 public:
  explicit RowVectors(size_t num_weights, const RowVectorOptions& options = {})
      : options_(options),
        center_(options.centered ? num_weights : 0),
        num_weights_(num_weights) {}

  // Coordinates of a vector.
  size_t width() const noexcept {
    return num_weights_ + (has_offset() ? 1 : 0);
  }
  size_t num_weights() const noexcept { return num_weights_; }

  // Takes the mean of queries for c, or keeps the c there is if that is near: a
  // c that moves changes the vectors of all rows. Without effect if they are
  // not centered. mean [num_weights], finite.
  void Center(std::span<const float> mean);

  // The vector of row i; scratch [width].
  std::span<const float> Row(kernels::ConstRowsView rows, size_t i,
                             std::span<float> scratch) const noexcept;
  // That of a query x [num_weights]; scratch [width].
  std::span<const float> Query(std::span<const float> x,
                               std::span<float> scratch) const noexcept;
  // That of a sparse query, dense. Requires: ids below num_weights.
  std::span<const float> Query(SparseView x,
                               std::span<float> scratch) const noexcept;
  // Whether the vector of a sparse query is the query itself, with nothing but
  // zeros behind it.
  bool queries_stay_sparse() const noexcept { return !has_offset(); }

 private:
  // Takes the center off and sets what is behind the weights.
  std::span<const float> Finished(std::span<float> query) const noexcept;

  bool has_offset() const noexcept {
    return options_.with_bias || options_.centered;
  }

  RowVectorOptions options_;
  std::vector<float> center_;  // c, [num_weights] or empty
  size_t num_weights_;
};

}  // namespace slide::hashing
