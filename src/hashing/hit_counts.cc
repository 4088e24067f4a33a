#include "hashing/hit_counts.h"

#include <algorithm>

#include "util/check.h"

namespace slide::hashing {
namespace {

// Rows are counted block by block, all lists in step, so that the counters stay
// in the second-level cache.
constexpr size_t kBlockRows = size_t{1} << 17;

}  // namespace

HitCounts::HitCounts(size_t num_rows)
    : num_rows_(num_rows),
      ids_(num_rows + 1),
      hits_(num_rows),
      block_(std::min(num_rows, kBlockRows)) {}

void HitCounts::Count(std::span<const std::span<const uint32_t>> lists,
                      std::span<const uint32_t> left_out) noexcept {
  SLIDE_DCHECK(lists.size() <= kMaxLists);
  const uint32_t* next[kMaxLists];
  for (size_t l = 0; l < lists.size(); ++l) next[l] = lists[l].data();
  // These stay in registers this way: for all the compiler knows, the stores
  // below could be to any member.
  uint32_t* const ids = ids_.data();
  uint16_t* const hits = hits_.data();
  uint16_t* const block = block_.data();
  size_t size = 0;
  for (size_t first = 0; first < num_rows_; first += kBlockRows) {
    const size_t behind = std::min(first + kBlockRows, num_rows_);
    const auto in_block = [&](uint32_t id) {
      return first <= id && id < behind;
    };
    const size_t begin = size;
    // An id that has a count is not new.
    for (const uint32_t id : left_out) {
      if (in_block(id)) block[id - first] = 1;
    }
    for (size_t l = 0; l < lists.size(); ++l) {
      const uint32_t* id = next[l];
      const uint32_t* const end = lists[l].data() + lists[l].size();
      for (; id != end && *id < behind; ++id) {
        // Written in any case, kept if it is the first.
        ids[size] = *id;
        size += block[*id - first]++ == 0 ? 1 : 0;
      }
      next[l] = id;
    }
    for (size_t i = begin; i < size; ++i) {
      hits[i] = block[ids[i] - first];
      block[ids[i] - first] = 0;
    }
    for (const uint32_t id : left_out) {
      if (in_block(id)) block[id - first] = 0;
    }
  }
  size_ = size;
}

size_t HitCounts::TakeMost(uint32_t min_hits, size_t budget, util::Rng& rng,
                           IdSet& found) const noexcept {
  if (budget == 0) return 0;
  // [hits]. Most ids have one hit, and adding to one place again and again
  // would wait for it each time.
  uint32_t num_with[kMaxLists + 1] = {};
  uint32_t num_more = 0;
  uint32_t cut = 1;
  for (const uint16_t hits : this->hits()) {
    if (hits == 1) continue;
    ++num_with[hits];
    ++num_more;
    cut = std::max<uint32_t>(cut, hits);
  }
  num_with[1] = static_cast<uint32_t>(size_) - num_more;
  size_t above = 0;
  while (cut > min_hits && above + num_with[cut] < budget) {
    above += num_with[cut--];
  }
  const size_t sure = Take(cut + 1, kMaxLists, above, above, rng, found);
  if (cut < min_hits) return sure;
  return sure + Take(cut, cut, num_with[cut], budget - sure, rng, found);
}

size_t HitCounts::TakeAny(uint32_t min_hits, size_t budget, util::Rng& rng,
                          IdSet& found) const noexcept {
  if (budget == 0) return 0;
  size_t num = 0;
  for (const uint16_t hits : this->hits()) num += hits >= min_hits ? 1 : 0;
  return Take(min_hits, kMaxLists, num, budget, rng, found);
}

size_t HitCounts::Take(uint32_t min_hits, uint32_t max_hits, size_t num,
                       size_t budget, util::Rng& rng,
                       IdSet& found) const noexcept {
  // The n-th of them is taken if it comes fewer than `budget` behind the first
  // one, round the end.
  const size_t first = num > budget ? rng.UniformInt(num) : 0;
  size_t num_new = 0;
  for (size_t i = 0, n = 0; n < num; ++i) {
    if (hits_[i] < min_hits || hits_[i] > max_hits) continue;
    const size_t behind = n >= first ? n - first : n + num - first;
    if (behind < budget) num_new += found.Insert(ids_[i]) ? 1 : 0;
    ++n;
  }
  return num_new;
}

}  // namespace slide::hashing
