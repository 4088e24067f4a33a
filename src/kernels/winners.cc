// Finds the largest coordinate of each bin, vectorised by Highway: one source,
// compiled once for each instruction set and chosen at run time. The contract
// is in kernels.h. Lanes are bins, and steps are places.
#include "kernels/kernels.h"

#include <limits>

#include "util/check.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/winners.cc"
#include <hwy/foreach_target.h>
// These come behind foreach_target.h, which sets the target they compile for.
#include <hwy/highway.h>

#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace slide::kernels::HWY_NAMESPACE {

// Finds the winners of as many bins, from the first on, as the tag has lanes.
template <typename Tag>
HWY_INLINE void FindWinnersOf(Tag d, size_t first, std::span<const float> x,
                              std::span<const uint32_t> bins,
                              std::span<uint32_t> winners) {
  const hn::RebindToSigned<Tag> di;
  const hn::RebindToUnsigned<Tag> du;
  auto largest = hn::Set(d, -std::numeric_limits<float>::infinity());
  auto winner = hn::Set(du, kNoWinner);
  const size_t num_bins = winners.size();
  uint32_t place = 0;
  for (size_t i = first; i < bins.size(); i += num_bins) {
    const auto coordinates = hn::BitCast(di, hn::LoadU(du, &bins[i]));
    const auto values = hn::GatherIndex(d, x.data(), coordinates);
    const auto wins = hn::Gt(values, largest);
    largest = hn::IfThenElse(wins, values, largest);
    winner =
        hn::IfThenElse(hn::RebindMask(du, wins), hn::Set(du, place), winner);
    ++place;
  }
  hn::StoreU(winner, du, &winners[first]);
}

void FindWinners(std::span<const float> x, std::span<const uint32_t> bins,
                 std::span<uint32_t> winners) {
  const D d;
  const size_t lanes = hn::Lanes(d);
  const size_t num_bins = winners.size();
  SLIDE_DCHECK(num_bins == 0 ? bins.empty() : bins.size() % num_bins == 0);
  size_t b = 0;
  for (; b + lanes <= num_bins; b += lanes) {
    FindWinnersOf(d, b, x, bins, winners);
  }
  if (b < num_bins && lanes <= num_bins) {
    // Some bins a second time, which changes nothing.
    FindWinnersOf(d, num_bins - lanes, x, bins, winners);
    return;
  }
  const hn::CappedTag<float, 1> d1;
  for (; b < num_bins; ++b) FindWinnersOf(d1, b, x, bins, winners);
}

}  // namespace slide::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace slide::kernels {

HWY_EXPORT(FindWinners);

void FindWinners(std::span<const float> x, std::span<const uint32_t> bins,
                 std::span<uint32_t> winners) noexcept {
  HWY_DYNAMIC_DISPATCH(FindWinners)(x, bins, winners);
}

}  // namespace slide::kernels
#endif  // HWY_ONCE
