#include "nn/row_store.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace slide::nn {

RowStore::RowStore(size_t num_rows, const kernels::RowFormat& format)
    : num_rows_(num_rows),
      format_(format),
      owned_(util::Product(num_rows, format.stride),
             "the rows of a layer (fewer neurons in `hidden`, `precision` "
             "bf16 or `optimizer` row-adagrad need less)"),
      records_(owned_) {}

RowStore::RowStore(size_t num_rows, const kernels::RowFormat& format,
                   std::span<const std::byte> records) noexcept
    : num_rows_(num_rows), format_(format), records_(records) {
  SLIDE_DCHECK(records.size() == num_rows * format.stride);
}

void RowStore::DrawWeights(double sigma, const util::Rng& rng, uint64_t layer,
                           const util::ThreadTeam& team, size_t first) {
  const kernels::RowsView view = rows();
  const float scale = static_cast<float>(sigma);
  team.Split(num_rows_ - first, [&](size_t begin, size_t end, int) {
    std::vector<float> weights(width());
    for (size_t i = first + begin; i < first + end; ++i) {
      util::Rng row_rng = rng.Stream(util::Purpose::kWeights, layer, i);
      for (float& weight : weights) weight = scale * row_rng.Normal();
      kernels::WriteWeights(view, i, weights);
    }
  });
}

void RowStore::CopyFrom(const RowStore& from, bool with_state) noexcept {
  SLIDE_DCHECK(from.num_rows() <= num_rows() && from.width() <= width());
  SLIDE_DCHECK(from.format_.precision == format_.precision);
  SLIDE_DCHECK(format_.precision != Precision::kInt8);  // has a scale besides
  SLIDE_DCHECK(!with_state || from.format_.optimizer == format_.optimizer);
  const kernels::RowsView to = rows();
  const kernels::ConstRowsView old = from.rows();
  const size_t weight_bytes = format_.precision == Precision::kFp32
                                  ? sizeof(float)
                                  : sizeof(kernels::BFloat16);
  const size_t num_scalars =
      with_state ? kernels::NumScalars(format_.optimizer) : kernels::kBias + 1;
  const size_t num_states =
      with_state ? kernels::NumStates(format_.optimizer) : 0;
  for (size_t i = 0; i < from.num_rows(); ++i) {
    std::memcpy(to.record(i), old.record(i), from.width() * weight_bytes);
    std::copy_n(old.scalars(i), num_scalars, to.scalars(i));
    for (size_t s = 0; s < num_states; ++s) {
      std::copy_n(old.state(i, s), from.width(), to.state(i, s));
    }
  }
}

std::optional<size_t> RowStore::FirstNotFinite() const noexcept {
  const auto is_finite = [](std::span<const float> numbers) {
    return kernels::ContentOf(numbers) != kernels::Content::kNotFinite;
  };
  const kernels::ConstRowsView view = rows();
  for (size_t i = 0; i < num_rows_; ++i) {
    bool is_good = true;
    if (format_.precision == Precision::kBf16) {
      // Cut from the middle of a float, its exponent lies in the same bits.
      constexpr uint16_t kExponent = 0x7f80;
      const auto* weights = view.weights<kernels::BFloat16>(i);
      for (size_t j = 0; j < width(); ++j) {
        is_good &= (weights[j].bits & kExponent) != kExponent;
      }
    } else if (format_.precision == Precision::kFp32) {
      is_good = is_finite({view.weights<float>(i), width()});
    }
    is_good = is_good && is_finite({view.scalars(i), format_.num_scalars}) &&
              is_finite({view.state(i, 0), format_.num_states * width()});
    if (!is_good) return i;
  }
  return std::nullopt;
}

RowStore MakeZeroRows(const std::string&, size_t num_rows,
                      const kernels::RowFormat& format) {
  return {num_rows, format};
}

}  // namespace slide::nn
