// RowStore: the weights of one layer as rows, each one record of memory
// (weights, bias, accumulators; kernels/kernels.h), so that touching a row is
// one run of memory and no second miss for its scalars.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/kernels.h"
#include "util/aligned.h"
#include "util/rng.h"
#include "util/thread_team.h"

namespace slide::nn {

class RowStore {
 public:
  // Zeroed. Throws: Error when there is not enough memory.
  RowStore(size_t num_rows, size_t width);

  size_t num_rows() const noexcept { return num_rows_; }
  size_t width() const noexcept { return width_; }
  kernels::RowsView rows() noexcept;
  kernels::ConstRowsView rows() const noexcept;
  // All records, for reading and writing files.
  std::span<float> records() noexcept { return records_; }
  std::span<const float> records() const noexcept { return records_; }

  // Draws the weights from N(0, sigma^2), row i from the stream (layer, i), so
  // that they do not depend on the team. Each thread first touches the rows it
  // draws.
  void DrawWeights(double sigma, const util::Rng& rng, uint64_t layer,
                   const util::ThreadTeam& team);

 private:
  size_t num_rows_;
  size_t width_;
  util::AlignedBuffer<float> records_;  // [num_rows, RowStride(width)]
};

}  // namespace slide::nn
