#include "nn/row_store.h"

namespace slide::nn {

RowStore::RowStore(size_t num_rows, size_t width)
    : num_rows_(num_rows),
      width_(width),
      records_(num_rows * kernels::RowStride(width)) {}

kernels::RowsView RowStore::rows() noexcept {
  return {records_.data(), kernels::RowStride(width_), width_};
}

kernels::ConstRowsView RowStore::rows() const noexcept {
  return {records_.data(), kernels::RowStride(width_), width_};
}

void RowStore::DrawWeights(double sigma, const util::Rng& rng, uint64_t layer,
                           const util::ThreadTeam& team) {
  const kernels::RowsView view = rows();
  const float scale = static_cast<float>(sigma);
  team.Split(num_rows_, [&](size_t begin, size_t end, int) {
    for (size_t i = begin; i < end; ++i) {
      util::Rng row_rng = rng.Stream(util::Purpose::kWeights, layer, i);
      float* row = view.row(i);
      for (size_t j = 0; j < width_; ++j) row[j] = scale * row_rng.Normal();
    }
  });
}

}  // namespace slide::nn
