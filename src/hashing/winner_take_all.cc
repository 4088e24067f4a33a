#include "hashing/winner_take_all.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "kernels/kernels.h"
#include "util/check.h"

namespace slide::hashing {
namespace {

constexpr size_t kMaxBinSize = 8;
// A sparse vector with at least one coordinate in so many is faster written out
// (bench/hashing_bench).
constexpr size_t kWrittenOutFrom = 16;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

size_t BinSize(size_t width) {
  return std::bit_floor(std::min(kMaxBinSize, width));
}

int CodeBits(size_t width) {
  return static_cast<int>(std::bit_width(BinSize(width))) - 1;
}

// Tells whether the B K L places are fewer than the coordinates.
bool LeavesOut(const HashShape& shape) {
  return BinSize(shape.width) * shape.num_codes() < shape.width;
}

size_t NumPlaces(const HashShape& shape, bool deals_out_all) {
  return deals_out_all
             ? (shape.width + shape.num_codes() - 1) / shape.num_codes()
             : BinSize(shape.width);
}

// Each bin's largest coordinate, or a vector written out.
size_t WinnerFloats(const HashShape& shape) {
  return std::max(shape.num_codes(), shape.width);
}

}  // namespace

WinnerTakeAll::WinnerTakeAll(const HashShape& shape, bool densified,
                             util::Rng rng)
    : HashFamily(shape, CodeBits(shape.width), WinnerFloats(shape),
                 2 * shape.num_codes()),
      bin_size_(BinSize(shape.width)),
      densified_(densified),
      deals_out_all_(densified && LeavesOut(shape)),
      place_bits_(static_cast<int>(
          std::bit_width(NumPlaces(shape, deals_out_all_) - 1))),
      bins_(NumPlaces(shape, deals_out_all_) * num_bins()),
      starts_(shape.width + 1),
      places_(bins_.size()),
      donors_(num_bins(), rng.Next()) {
  SLIDE_DCHECK(shape.width >= 2);
  if (deals_out_all_) {
    DealOutBins(rng);
  } else {
    CutBins(rng);
  }
  IndexPlaces();
}

void WinnerTakeAll::DealOutBins(util::Rng& rng) {
  const std::span<uint32_t> bins = bins_;
  std::fill(bins.begin(), bins.end(), kNoCoordinate);
  for (size_t i = 0; i < width(); ++i) {
    // Shuffled while it is written (Fisher and Yates).
    const size_t j = rng.UniformInt(i + 1);
    bins[i] = bins[j];
    bins[j] = static_cast<uint32_t>(i);
  }
}

void WinnerTakeAll::CutBins(util::Rng& rng) {
  std::vector<uint32_t> order(width());
  std::iota(order.begin(), order.end(), 0u);
  const size_t bins_a_permutation = width() / bin_size_;
  for (size_t bin = 0; bin < num_bins();) {
    const size_t end = std::min(num_bins(), bin + bins_a_permutation);
    // The rest of the permutation is of no use.
    for (size_t drawn = 0; bin < end; ++bin) {
      for (size_t place = 0; place < bin_size_; ++place, ++drawn) {
        std::swap(order[drawn],
                  order[drawn + rng.UniformInt(order.size() - drawn)]);
        bins_[place * num_bins() + bin] = order[drawn];
      }
    }
  }
}

void WinnerTakeAll::IndexPlaces() {
  for (size_t i = 0; i < bins_.size(); ++i) {
    if (bins_[i] != kNoCoordinate) ++starts_[bins_[i] + 1];
  }
  for (size_t i = 0; i < width(); ++i) starts_[i + 1] += starts_[i];
  std::vector<uint32_t> next(starts_.data(), starts_.data() + width());
  for (size_t bin = 0; bin < num_bins(); ++bin) {
    for (size_t place = 0; place < num_places(); ++place) {
      if (coordinate(bin, place) == kNoCoordinate) continue;
      places_[next[coordinate(bin, place)]++] =
          static_cast<uint32_t>(bin << place_bits_ | place);
    }
  }
}

template <typename F>
void WinnerTakeAll::ForEachPlace(uint32_t coordinate,
                                 const F& f) const noexcept {
  const uint32_t place_mask = (1u << place_bits_) - 1;
  for (uint32_t j = starts_[coordinate]; j < starts_[coordinate + 1]; ++j) {
    f(places_[j] >> place_bits_, places_[j] & place_mask);
  }
}

template <typename IdOf>
void WinnerTakeAll::FindWinners(std::span<const float> values,
                                const IdOf& id_of, std::span<float> largest,
                                std::span<uint32_t> winners) const noexcept {
  std::fill(largest.begin(), largest.end(), -kInfinity);
  std::fill(winners.begin(), winners.end(), kernels::kNoWinner);
  for (size_t i = 0; i < values.size(); ++i) {
    const float value = values[i];
    if (value == 0.0f) continue;
    ForEachPlace(id_of(i), [&](uint32_t bin, uint32_t place) {
      if (value > largest[bin] ||
          (value == largest[bin] && place < winners[bin])) {
        largest[bin] = value;
        winners[bin] = place;
      }
    });
  }
}

void WinnerTakeAll::HashDense(std::span<const float> x, HashScratch& scratch,
                              std::span<uint16_t> addresses) const noexcept {
  const std::span<float> floats = scratch.floats;
  const std::span<uint32_t> words = scratch.words;
  const std::span<uint32_t> winners = words.first(num_bins());
  if (deals_out_all_) {
    const auto id_of = [](size_t i) { return static_cast<uint32_t>(i); };
    FindWinners(x, id_of, floats.first(num_bins()), winners);
  } else if (!densified_) {
    kernels::FindWinners(x, bins_, winners);
  } else {
    const std::span<float> present = floats.first(width());
    for (size_t i = 0; i < x.size(); ++i) {
      present[i] = x[i] == 0.0f ? -kInfinity : x[i];
    }
    kernels::FindWinners(present, bins_, winners);
  }
  HashWinners(scratch, addresses);
}

void WinnerTakeAll::HashSparse(SparseView x, HashScratch& scratch,
                               std::span<uint16_t> addresses) const noexcept {
  const std::span<float> floats = scratch.floats;
  const std::span<uint32_t> words = scratch.words;
  const std::span<uint32_t> winners = words.first(num_bins());
  if (x.size() * kWrittenOutFrom >= width() && !deals_out_all_) {
    const std::span<float> written_out = floats.first(width());
    std::fill(written_out.begin(), written_out.end(),
              densified_ ? -kInfinity : 0.0f);
    for (size_t i = 0; i < x.size(); ++i) {
      if (x.values[i] != 0.0f) written_out[x.ids[i]] = x.values[i];
    }
    kernels::FindWinners(written_out, bins_, winners);
  } else {
    const std::span<float> largest = floats.first(num_bins());
    const auto id_of = [x](size_t i) { return x.ids[i]; };
    FindWinners(x.values, id_of, largest, winners);
    if (!densified_) {
      LetZerosWin(x, largest, words.subspan(num_bins(), num_bins()), winners);
    }
  }
  HashWinners(scratch, addresses);
}

void WinnerTakeAll::LetZerosWin(SparseView x, std::span<const float> largest,
                                std::span<uint32_t> present,
                                std::span<uint32_t> winners) const noexcept {
  // present[b]: one bit for each place with a coordinate that is not 0.
  std::fill(present.begin(), present.end(), 0u);
  for (size_t i = 0; i < x.size(); ++i) {
    // Where a coordinate is positive, zeros do not win.
    if (x.values[i] >= 0.0f) continue;
    ForEachPlace(x.ids[i], [&](uint32_t bin, uint32_t place) {
      present[bin] |= 1u << place;
    });
  }
  for (size_t b = 0; b < num_bins(); ++b) {
    if (largest[b] > 0.0f) continue;
    const int lowest_zero = std::countr_one(present[b]);
    if (lowest_zero < static_cast<int>(bin_size_)) {
      winners[b] = static_cast<uint32_t>(lowest_zero);
    }
  }
}

void WinnerTakeAll::HashWinners(HashScratch& scratch,
                                std::span<uint16_t> addresses) const noexcept {
  const std::span<uint32_t> words = scratch.words;
  const std::span<uint32_t> winners = words.first(num_bins());
  if (deals_out_all_) {
    for (uint32_t& winner : winners) {
      if (winner != kernels::kNoWinner) {
        winner %= static_cast<uint32_t>(bin_size_);
      }
    }
  }
  const auto num_empty = densified_ ? std::count(winners.begin(), winners.end(),
                                                 kernels::kNoWinner)
                                    : 0;
  if (num_empty == 0) {
    PackCodes(winners, addresses);
    return;
  }
  if (num_empty == static_cast<ptrdiff_t>(winners.size())) {
    std::fill(addresses.begin(), addresses.end(), uint16_t{0});
    return;
  }
  const auto is_filled = [winners](size_t bin) {
    return winners[bin] != kernels::kNoWinner;
  };
  const std::span<uint32_t> codes = words.subspan(num_bins(), num_bins());
  for (size_t b = 0; b < winners.size(); ++b) {
    codes[b] = winners[is_filled(b) ? b : donors_.Find(b, is_filled)];
  }
  PackCodes(codes, addresses);
}

}  // namespace slide::hashing
