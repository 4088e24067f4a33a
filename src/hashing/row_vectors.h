// RowVectors: which vectors are hashed for rows of weights and for queries.
// Hash families tell angles; a neuron's sum is an inner product and a bias.
// Coordinates put behind a row's weights turn one into the other:
//
//   row    (w, b, sqrt(M^2 - |w, b|^2))
//   query  (x, 1, 0)
//
// With the second coordinate the bias counts as it does in the sum. With the
// third, rows of norms up to M are all of length M, so that their angles to a
// query rank as their sums do (Neyshabur and Srebro, "On symmetric and
// asymmetric LSHs for inner product search", ICML 2015, simple-LSH); longer
// rows get 0 and are hashed by their angle.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/kernels.h"
#include "util/aligned.h"
#include "util/thread_team.h"

namespace slide::hashing {

class RowVectors {
 public:
  // with_bias, leveled_share: HashOptions::with_bias, leveled_norms.
  explicit RowVectors(size_t num_weights, bool with_bias = false,
                      double leveled_share = 0.0) noexcept
      : num_weights_(num_weights),
        with_bias_(with_bias),
        leveled_share_(leveled_share) {}

  // Coordinates of a vector.
  size_t width() const noexcept {
    return num_weights_ + (with_bias_ ? 1 : 0) + (levels() ? 1 : 0);
  }
  size_t num_weights() const noexcept { return num_weights_; }

  // Sets M by the norms of these rows: no shorter than that share of them, and
  // rounded up by at most 1/8, so that it stays as it is while rows move a
  // little. Rows that are not finite do not count.
  void Fit(kernels::ConstRowsView rows, size_t num_rows,
           const util::ThreadTeam& team);

  // The vector of row i; scratch [width]. Requires: Fit, where norms are
  // leveled.
  std::span<const float> Row(kernels::ConstRowsView rows, size_t i,
                             std::span<float> scratch) const noexcept;
  // That of a query x [num_weights]; scratch [width].
  std::span<const float> Query(std::span<const float> x,
                               std::span<float> scratch) const noexcept;

 private:
  bool levels() const noexcept { return leveled_share_ > 0.0; }

  size_t num_weights_;
  bool with_bias_;
  double leveled_share_;
  double max_norm_ = 0.0;  // M
};

}  // namespace slide::hashing
