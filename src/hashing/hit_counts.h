// HitCounts: how many of a query's buckets each row is in, and the choice of
// rows by that number (strategies "top-k" and "threshold").
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "hashing/id_set.h"
#include "util/aligned.h"
#include "util/rng.h"

namespace slide::hashing {

// One a thread; counting allocates nothing.
class HitCounts {
 public:
  HitCounts() = default;
  // Counts rows below num_rows.
  explicit HitCounts(size_t num_rows);

  // Counts in how many of the lists each id is that is not left out, forgetting
  // what was counted before.
  // Requires: ids ascend in each list; at most kMaxLists lists.
  void Count(std::span<const std::span<const uint32_t>> lists,
             std::span<const uint32_t> left_out = {}) noexcept;

  // Adds to `found` the counted ids with the most hits, min_hits >= 1 at least
  // and `budget` ids at most. Of those with equally many where the budget ends,
  // a run from a random one on. Returns how many were new.
  // Requires: room in found.
  size_t TakeMost(uint32_t min_hits, size_t budget, util::Rng& rng,
                  IdSet& found) const noexcept;
  // The same, but all ids with min_hits or more are alike.
  size_t TakeAny(uint32_t min_hits, size_t budget, util::Rng& rng,
                 IdSet& found) const noexcept;

  // Each id that was counted, once, and its hits.
  std::span<const uint32_t> ids() const noexcept {
    return {ids_.data(), size_};
  }
  std::span<const uint16_t> hits() const noexcept {
    return {hits_.data(), size_};
  }

  static constexpr size_t kMaxLists = 1000;

 private:
  // Adds `budget` of the `num` ids with min_hits to max_hits hits: all, or a
  // run from a random one on.
  size_t Take(uint32_t min_hits, uint32_t max_hits, size_t num, size_t budget,
              util::Rng& rng, IdSet& found) const noexcept;

  size_t num_rows_ = 0;
  size_t size_ = 0;
  util::AlignedBuffer<uint32_t> ids_;    // [num_rows + 1]
  util::AlignedBuffer<uint16_t> hits_;   // [num_rows]
  util::AlignedBuffer<uint16_t> block_;  // of a block of rows, 0 between calls
};

}  // namespace slide::hashing
