#include "hashing/row_vectors.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "util/check.h"

namespace slide::hashing {
namespace {

double SquaredNorm(std::span<const float> x) noexcept {
  double sum = 0.0;
  for (const float value : x) sum += double{value} * double{value};
  return sum;
}

// The least 2^(i/8) that is no less, 0 for 0.
double RoundedUp(double norm) {
  return norm > 0.0 ? std::exp2(std::ceil(8.0 * std::log2(norm)) / 8.0) : 0.0;
}

}  // namespace

void RowVectors::Center(std::span<const float> mean) {
  if (!options_.centered) return;
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

void RowVectors::Fit(kernels::ConstRowsView rows, size_t num_rows,
                     const util::ThreadTeam& team) {
  if (!levels() || num_rows == 0) return;
  // [num_rows], those that are not finite as 0.
  std::vector<double> norms(num_rows);
  RowVectors unleveled = *this;
  unleveled.options_.leveled_norms = 0.0;
  team.Split(num_rows, [&](size_t begin, size_t end, int) {
    std::vector<float> scratch(unleveled.width());
    for (size_t i = begin; i < end; ++i) {
      const double norm =
          std::sqrt(SquaredNorm(unleveled.Row(rows, i, scratch)));
      norms[i] = std::isfinite(norm) ? norm : 0.0;
    }
  });
  const double place =
      std::ceil(options_.leveled_norms * static_cast<double>(num_rows));
  const auto last = norms.begin() + static_cast<ptrdiff_t>(place) - 1;
  std::nth_element(norms.begin(), last, norms.end());
  max_norm_ = RoundedUp(*last);
}

std::span<const float> RowVectors::Row(
    kernels::ConstRowsView rows, size_t i,
    std::span<float> scratch) const noexcept {
  SLIDE_DCHECK(rows.format.width == num_weights_);
  SLIDE_DCHECK(scratch.size() == width());
  const std::span<float> weights = scratch.first(num_weights_);
  const std::span<const float> read = kernels::ReadWeights(rows, i, weights);
  if (width() == num_weights_) return read;
  if (read.data() != weights.data()) {
    std::copy(read.begin(), read.end(), weights.begin());
  }
  size_t next = num_weights_;
  if (has_offset()) {
    float offset = options_.with_bias ? kernels::ReadBias(rows, i) : 0.0f;
    if (options_.centered) offset += kernels::Dot(weights, center_);
    scratch[next++] = offset;
  }
  if (levels()) {
    const double rest =
        max_norm_ * max_norm_ - SquaredNorm(scratch.first(next));
    // Also carries on a NaN.
    scratch[next] = rest < 0.0 ? 0.0f : static_cast<float>(std::sqrt(rest));
  }
  return scratch;
}

std::span<const float> RowVectors::Query(
    std::span<const float> x, std::span<float> scratch) const noexcept {
  SLIDE_DCHECK(x.size() == num_weights_);
  if (width() == num_weights_) return x;
  SLIDE_DCHECK(scratch.size() == width());
  std::copy(x.begin(), x.end(), scratch.begin());
  return Finished(scratch);
}

std::span<const float> RowVectors::Query(
    SparseView x, std::span<float> scratch) const noexcept {
  SLIDE_DCHECK(scratch.size() == width());
  std::fill(scratch.begin(), scratch.end(), 0.0f);
  for (size_t i = 0; i < x.size(); ++i) scratch[x.ids[i]] = x.values[i];
  return Finished(scratch);
}

std::span<const float> RowVectors::Finished(
    std::span<float> query) const noexcept {
  for (size_t i = 0; i < center_.size(); ++i) query[i] -= center_[i];
  size_t next = num_weights_;
  if (has_offset()) query[next++] = 1.0f;
  if (levels()) query[next] = 0.0f;
  return query;
}

}  // namespace slide::hashing
