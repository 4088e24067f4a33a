#include "hashing/simhash.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "kernels/kernels.h"
#include "util/check.h"

namespace slide::hashing {
namespace {

constexpr size_t kMinPaddedWidth = 128;
// An address of up to 16 bits starting at any bit lies within 4 bytes.
constexpr size_t kReadBytes = sizeof(uint32_t);

}  // namespace

SimHash::SimHash(size_t width, int hashes_per_table, int num_tables,
                 util::Rng rng)
    : width_(width),
      hashes_per_table_(hashes_per_table),
      num_tables_(num_tables),
      padded_width_(std::max(kMinPaddedWidth, std::bit_ceil(width))) {
  SLIDE_DCHECK(width >= 1 && num_tables >= 1);
  SLIDE_DCHECK(1 <= hashes_per_table && hashes_per_table <= 16);
  const size_t num_signs =
      static_cast<size_t>(hashes_per_table) * static_cast<size_t>(num_tables);
  num_transforms_ = (num_signs + padded_width_ - 1) / padded_width_;
  signs_ = util::AlignedBuffer<float>(num_transforms_ * 2 * padded_width_);
  for (size_t i = 0; i < signs_.size(); ++i) {
    signs_[i] = (rng.Next() >> 63) != 0 ? 1.0f : -1.0f;
  }
}

size_t SimHash::BitBytes() const noexcept {
  return num_transforms_ * padded_width_ / 8 + kReadBytes;
}

size_t SimHash::scratch_size() const noexcept {
  return padded_width_ + (BitBytes() + sizeof(float) - 1) / sizeof(float);
}

void SimHash::Hash(std::span<const float> x, std::span<float> scratch,
                   std::span<uint16_t> addresses) const noexcept {
  SLIDE_DCHECK(x.size() == width_ && scratch.size() >= scratch_size());
  SLIDE_DCHECK(addresses.size() == static_cast<size_t>(num_tables_));
  const std::span<float> projections = scratch.first(padded_width_);
  // Bytes may be written into any object's memory.
  const std::span<uint8_t> bits(
      reinterpret_cast<uint8_t*>(scratch.data() + padded_width_), BitBytes());
  const std::span<const float> signs = signs_;
  const size_t bytes = padded_width_ / 8;
  for (size_t t = 0; t < num_transforms_; ++t) {
    kernels::HadamardSigns(
        x, signs.subspan(t * 2 * padded_width_, 2 * padded_width_), projections,
        bits.subspan(t * bytes, bytes));
  }
  const size_t k = static_cast<size_t>(hashes_per_table_);
  const uint32_t mask = (1u << k) - 1;
  for (size_t t = 0; t < addresses.size(); ++t) {
    uint32_t word = 0;
    std::memcpy(&word, &bits[t * k / 8], kReadBytes);
    addresses[t] = static_cast<uint16_t>((word >> (t * k % 8)) & mask);
  }
}

}  // namespace slide::hashing
