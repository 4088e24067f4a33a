// Dot products of bf16 rows by the CPU's own instruction, where it has one.
//
// The one file beside Highway that names instructions: Highway 1.0.3, which is
// Debian 12's, has no operation that becomes VDPBF16PS (AVX512-BF16).
#pragma once

#include <span>

#include "kernels/row_format.h"

namespace slide::kernels {

// Tells whether this CPU has the instruction.
bool HasNativeBf16() noexcept;

// Tells whether it is in use: not while another target is forced.
bool UsesNativeBf16() noexcept;

// Wider rows are left to Highway: x is kept on the stack.
inline constexpr size_t kMaxNativeWidth = 4096;

// Computes what kernels::RowLogits does, but does not prefetch rows, up to
// 2^-17 sum_i |row_i x_i|: x is taken as the sum of two bf16 numbers. Requires:
// HasNativeBf16(), bf16 rows of width <= kMaxNativeWidth.
class NativeBf16Query {
 public:
  explicit NativeBf16Query(std::span<const float> x) noexcept;
  void RowLogits(ConstRowsView rows, std::span<const uint32_t> ids,
                 float* out) const noexcept;

 private:
  size_t width_;
  // Filled up with zeros to whole vectors.
  alignas(64) uint16_t high_[kMaxNativeWidth];
  alignas(64) uint16_t low_[kMaxNativeWidth];
};

}  // namespace slide::kernels
