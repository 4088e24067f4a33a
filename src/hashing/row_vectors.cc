#include "hashing/row_vectors.h"

#include <algorithm>

#include "util/check.h"

namespace slide::hashing {
namespace {

double SquaredNorm(std::span<const float> x) noexcept {
  double sum = 0.0;
  for (const float value : x) sum += double{value} * double{value};
  return sum;
}

}  // namespace

void RowVectors::Center(std::span<const float> mean) {
  if (!is_centered()) return;
  SLIDE_DCHECK(mean.size() == num_weights_);
  constexpr double kNear = 0.1;  // of the mean's length
  double distance = 0.0;
  for (size_t i = 0; i < mean.size(); ++i) {
    const double difference = double{mean[i]} - double{center_[i]};
    distance += difference * difference;
  }
  if (distance <= kNear * kNear * SquaredNorm(mean)) return;
  center_.assign(mean.begin(), mean.end());
}

std::span<const float> RowVectors::Row(
    kernels::ConstRowsView rows, size_t i,
    std::span<float> scratch) const noexcept {
  SLIDE_DCHECK(rows.format.width == num_weights_);
  SLIDE_DCHECK(scratch.size() == width());
  const std::span<float> weights = scratch.first(num_weights_);
  const std::span<const float> read = kernels::ReadWeights(rows, i, weights);
  if (!is_centered()) return read;
  if (read.data() != weights.data()) {
    std::copy(read.begin(), read.end(), weights.begin());
  }
  scratch[num_weights_] = kernels::Dot(weights, center_);
  return scratch;
}

util::VectorView RowVectors::Query(const util::VectorView& x,
                                   std::span<float> scratch) const noexcept {
  SLIDE_DCHECK(x.is_sparse() || x.values().size() == num_weights_);
  if (!is_centered()) return x;
  SLIDE_DCHECK(scratch.size() == width());
  if (x.is_sparse()) {
    std::fill(scratch.begin(), scratch.end(), 0.0f);
    for (size_t i = 0; i < x.ids().size(); ++i) {
      scratch[x.ids()[i]] = x.values()[i];
    }
  } else {
    std::copy(x.values().begin(), x.values().end(), scratch.begin());
  }
  for (size_t i = 0; i < num_weights_; ++i) scratch[i] -= center_[i];
  scratch[num_weights_] = 1.0f;
  return util::VectorView(std::span<const float>(scratch));
}

}  // namespace slide::hashing
