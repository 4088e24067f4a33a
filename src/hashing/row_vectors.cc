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

std::span<const float> RowVectors::Query(
    std::span<const float> x, std::span<float> scratch) const noexcept {
  SLIDE_DCHECK(x.size() == num_weights_);
  if (!is_centered()) return x;
  SLIDE_DCHECK(scratch.size() == width());
  std::copy(x.begin(), x.end(), scratch.begin());
  return Centered(scratch);
}

std::span<const float> RowVectors::Query(
    SparseView x, std::span<float> scratch) const noexcept {
  SLIDE_DCHECK(scratch.size() == width());
  std::fill(scratch.begin(), scratch.end(), 0.0f);
  for (size_t i = 0; i < x.size(); ++i) scratch[x.ids[i]] = x.values[i];
  return is_centered() ? Centered(scratch) : scratch;
}

std::span<const float> RowVectors::Centered(
    std::span<float> query) const noexcept {
  for (size_t i = 0; i < num_weights_; ++i) query[i] -= center_[i];
  query[num_weights_] = 1.0f;
  return query;
}

}  // namespace slide::hashing
