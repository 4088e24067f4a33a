// Tally: a small set of numbers with how often each was added. An open
// addressing table with linear probing (Knuth, The Art of Computer Programming
// 6.4), at most half full.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "util/check.h"
#include "util/rng.h"

namespace slide::synth {

class Tally {
 public:
  struct Entry {
    uint32_t key;
    uint32_t count;
  };

  // Room for max_size different keys.
  explicit Tally(size_t max_size)
      : max_size_(max_size),
        slots_(std::bit_ceil(2 * max_size + 2), 0),
        shift_(64 - std::countr_zero(slots_.size())) {
    entries_.reserve(max_size);
  }

  // Counts key once more and returns whether it is new. Requires: size() is
  // below max_size, or key is in.
  bool Add(uint32_t key) {
    size_t i = (key * util::kGoldenGamma) >> shift_;
    while (slots_[i] != 0) {
      Entry& entry = entries_[slots_[i] - 1];
      if (entry.key == key) {
        ++entry.count;
        return false;
      }
      i = (i + 1) & (slots_.size() - 1);
    }
    SLIDE_DCHECK(size() < max_size_);
    entries_.push_back({key, 1});
    slots_[i] = static_cast<uint32_t>(entries_.size());
    return true;
  }

  // Cost: O(max_size).
  void Clear() noexcept {
    std::fill(slots_.begin(), slots_.end(), 0u);
    entries_.clear();
  }

  size_t size() const noexcept { return entries_.size(); }
  // Returns the entries in the order in which they came.
  std::span<const Entry> entries() const noexcept { return entries_; }

 private:
  size_t max_size_;
  std::vector<Entry> entries_;
  std::vector<uint32_t> slots_;  // 1 + place in entries_; 0: free
  int shift_;                    // leaves as many bits as slots_ needs
};

}  // namespace slide::synth
