#include "hashing/simhash.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <numbers>

#include "kernels/kernels.h"
#include "util/check.h"

namespace slide::hashing {
namespace {

constexpr size_t kMinPaddedWidth = 128;
// The K bits of an address, starting at any bit, lie within 8 bytes.
constexpr size_t kReadBytes = sizeof(uint64_t);
// Coefficients that are made together, one from each byte of a word.
constexpr size_t kGroup = sizeof(uint64_t);

size_t PaddedWidth(size_t width) {
  return std::max(kMinPaddedWidth, std::bit_ceil(width));
}

size_t NumTransforms(const HashShape& shape) {
  const size_t padded = PaddedWidth(shape.width);
  return (shape.num_codes() + padded - 1) / padded;
}

bool IsWide(const HashShape& shape) {
  return shape.width > SimHash::kMaxTransformedWidth;
}

size_t NumSums(const HashShape& shape) {
  return (shape.num_codes() + kGroup - 1) / kGroup * kGroup;
}

// The work of a transform and a sparse vector written out, or the sums.
size_t SimHashFloats(const HashShape& shape) {
  return IsWide(shape) ? NumSums(shape)
                       : PaddedWidth(shape.width) + shape.width;
}

// The bits of all transforms or sums, and room to read behind the last.
size_t SimHashWords(const HashShape& shape) {
  const size_t bits = IsWide(shape)
                          ? NumSums(shape)
                          : NumTransforms(shape) * PaddedWidth(shape.width);
  return (bits / 8 + kReadBytes) / sizeof(uint32_t) + 1;
}

// Bytes may be written into any object's memory.
std::span<uint8_t> BytesOf(util::AlignedBuffer<uint32_t>& words) {
  return {reinterpret_cast<uint8_t*>(words.data()),
          words.size() * sizeof(uint32_t)};
}

// The quantiles (i + 1/2) / 256 of the normal distribution.
std::array<float, 256> ComputeNormalQuantiles() {
  std::array<float, 256> quantiles{};
  for (size_t i = 0; i < 128; ++i) {
    const double upper_share = (static_cast<double>(i) + 0.5) / 256.0;
    double low = 0.0, high = 8.0;  // halved until nothing is left between them
    for (int step = 0; step < 60; ++step) {
      const double middle = (low + high) / 2.0;
      const bool above =
          std::erfc(middle / std::numbers::sqrt2) / 2.0 > upper_share;
      (above ? low : high) = middle;
    }
    quantiles[255 - i] = static_cast<float>(low);
    quantiles[i] = -quantiles[255 - i];
  }
  return quantiles;
}

const float* NormalQuantiles() {
  static const std::array<float, 256> kQuantiles = ComputeNormalQuantiles();
  return kQuantiles.data();
}

}  // namespace

SimHash::SimHash(const HashShape& shape, util::Rng rng)
    : HashFamily(shape, 1, SimHashFloats(shape), SimHashWords(shape)),
      seed_(rng.Next()) {
  if (is_wide()) {
    quantiles_ = NormalQuantiles();
    return;
  }
  padded_width_ = PaddedWidth(shape.width);
  num_transforms_ = NumTransforms(shape);
  signs_ = util::AlignedBuffer<float>(num_transforms_ * 2 * padded_width_);
  for (size_t i = 0; i < signs_.size(); ++i) {
    signs_[i] = (rng.Next() >> 63) != 0 ? 1.0f : -1.0f;
  }
}

void SimHash::HashDense(std::span<const float> x, HashScratch& scratch,
                        std::span<uint16_t> addresses) const noexcept {
  if (is_wide()) {
    const auto id_of = [](size_t i) { return static_cast<uint32_t>(i); };
    HashWide(x, id_of, scratch, addresses);
    return;
  }
  const std::span<float> floats = scratch.floats;
  const std::span<float> work = floats.first(padded_width_);
  const std::span<uint8_t> bits = BytesOf(scratch.words);
  const std::span<const float> signs = signs_;
  const size_t bytes = padded_width_ / 8;
  for (size_t t = 0; t < num_transforms_; ++t) {
    kernels::HadamardSigns(
        x, signs.subspan(t * 2 * padded_width_, 2 * padded_width_), work,
        bits.subspan(t * bytes, bytes));
  }
  CutAddresses(scratch, addresses);
}

void SimHash::HashSparse(SparseView x, HashScratch& scratch,
                         std::span<uint16_t> addresses) const noexcept {
  if (is_wide()) {
    const auto id_of = [x](size_t i) { return x.ids[i]; };
    HashWide(x.values, id_of, scratch, addresses);
    return;
  }
  const std::span<float> floats = scratch.floats;
  const std::span<float> written_out = floats.subspan(padded_width_, width());
  std::fill(written_out.begin(), written_out.end(), 0.0f);
  for (size_t i = 0; i < x.size(); ++i) written_out[x.ids[i]] = x.values[i];
  HashDense(written_out, scratch, addresses);
}

void SimHash::AddProjections(uint32_t coordinate, float value,
                             std::span<float> sums) const noexcept {
  uint64_t state = util::Mix64(seed_ + (coordinate + 1) * util::kGoldenGamma);
  for (size_t i = 0; i < sums.size(); i += kGroup) {
    const uint64_t bytes = util::Mix64(state += util::kGoldenGamma);
    for (size_t j = 0; j < kGroup; ++j) {
      sums[i + j] += value * quantiles_[(bytes >> (8 * j)) & 0xff];
    }
  }
}

template <typename IdOf>
void SimHash::HashWide(std::span<const float> values, const IdOf& id_of,
                       HashScratch& scratch,
                       std::span<uint16_t> addresses) const noexcept {
  const std::span<float> floats = scratch.floats;
  const std::span<float> sums = floats.first(NumSums(shape()));
  std::fill(sums.begin(), sums.end(), 0.0f);
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] != 0.0f) AddProjections(id_of(i), values[i], sums);
  }
  const std::span<uint8_t> bits = BytesOf(scratch.words);
  for (size_t i = 0; i < sums.size(); i += kGroup) {
    unsigned byte = 0;
    for (size_t j = 0; j < kGroup; ++j) {
      byte |= (sums[i + j] < 0.0f ? 1u : 0u) << j;
    }
    bits[i / 8] = static_cast<uint8_t>(byte);
  }
  CutAddresses(scratch, addresses);
}

void SimHash::CutAddresses(const HashScratch& scratch,
                           std::span<uint16_t> addresses) const noexcept {
  const auto* bits = reinterpret_cast<const uint8_t*>(scratch.words.data());
  const size_t k = static_cast<size_t>(shape().hashes_per_table);
  const uint64_t mask = (uint64_t{1} << k) - 1;
  for (size_t t = 0; t < addresses.size(); ++t) {
    uint64_t word = 0;
    std::memcpy(&word, bits + t * k / 8, kReadBytes);
    const uint64_t codes = (word >> (t * k % 8)) & mask;
    addresses[t] =
        packs_exactly() ? static_cast<uint16_t>(codes) : MixedAddress(codes);
  }
}

}  // namespace slide::hashing
