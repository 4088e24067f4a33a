// Densification: a hash that splits its work into bins has no code where a bin
// is empty; that bin borrows the code of a donor, a bin that is not. For two
// vectors to agree on borrowed codes as often as on others, each empty bin asks
// the others in an order of its own, the same one for every vector
// (Shrivastava, "Optimal densification for fast and accurate minwise hashing",
// ICML 2017).
//
// As there, the order is a sequence of independent draws, so that each bin that
// is not empty is the donor with the same probability. Draws may miss the few
// such bins for any time; after more than 2 num_bins of them the search goes
// through all bins, and so always ends.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "util/aligned.h"
#include "util/check.h"
#include "util/rng.h"

namespace slide::hashing {

class DonorSearch {
 public:
  // Requires: 1 <= num_bins <= 2^16.
  DonorSearch(size_t num_bins, uint64_t seed)
      : num_bins_(num_bins), seed_(seed), first_draws_(num_bins * kNumFirst) {
    SLIDE_DCHECK(1 <= num_bins && num_bins <= size_t{1} << 16);
    for (size_t bin = 0; bin < num_bins; ++bin) {
      uint64_t state = util::Mix64(seed_ + (bin + 1) * util::kGoldenGamma);
      for (size_t i = 0; i < kNumFirst; ++i) {
        first_draws_[bin * kNumFirst + i] =
            static_cast<uint16_t>(NextDraw(state));
      }
    }
  }

  size_t num_bins() const noexcept { return num_bins_; }

  // The donor of a bin: the first in its order with is_filled(donor), which may
  // be asked of others as well. Requires: there is one.
  // Cost: num_bins / (number of filled bins) draws on average.
  template <typename IsFilled>
  size_t Find(size_t bin, const IsFilled& is_filled) const noexcept {
    // Several at a time, because no branch can be foretold.
    for (size_t i = 0; i < kNumFirst; i += kNumTogether) {
      const uint16_t* draws = &first_draws_[bin * kNumFirst + i];
      unsigned filled = 0;
      for (size_t j = 0; j < kNumTogether; ++j) {
        filled |= (is_filled(draws[j]) ? 1u : 0u) << j;
      }
      if (filled != 0) return draws[std::countr_zero(filled)];
    }
    return FindFurther(bin, is_filled);
  }

 private:
  // Draws that are kept.
  static constexpr size_t kNumFirst = 16;
  static constexpr size_t kNumTogether = 8;

  size_t NextDraw(uint64_t& state) const noexcept {
    state += util::kGoldenGamma;
    return ((util::Mix64(state) >> 32) * num_bins_) >> 32;
  }

  template <typename IsFilled>
  size_t FindFurther(size_t bin, const IsFilled& is_filled) const noexcept {
    uint64_t state = util::Mix64(seed_ + (bin + 1) * util::kGoldenGamma) +
                     kNumFirst * util::kGoldenGamma;
    for (size_t i = 0; i < 2 * num_bins_; ++i) {
      const size_t draw = NextDraw(state);
      if (is_filled(draw)) return draw;
    }
    // An odd step meets every number below a power of two once.
    const uint64_t random = util::Mix64(state + util::kGoldenGamma);
    const size_t mask = std::bit_ceil(num_bins_) - 1;
    const size_t step = (random >> 32) | 1;
    size_t donor = random & mask;
    for (size_t i = 0; i < mask; ++i) {
      if (donor < num_bins_ && is_filled(donor)) break;
      donor = (donor + step) & mask;
    }
    SLIDE_DCHECK(donor < num_bins_ && is_filled(donor));
    return donor;
  }

  size_t num_bins_;
  uint64_t seed_;
  util::AlignedBuffer<uint16_t> first_draws_;  // [num_bins, kNumFirst]
};

}  // namespace slide::hashing
