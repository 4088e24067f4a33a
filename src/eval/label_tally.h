// LabelTally: counts for each label how often it was predicted and right, added
// to by several threads at once. Sums of whole numbers do not depend on their
// order.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "slide/label_metrics.h"

namespace slide::eval {

class LabelTally {
 public:
  explicit LabelTally(size_t num_labels) : counts_(num_labels) {}

  // Adds a sample. set: the predicted labels, each once; labels: the truth,
  // ascending. label_of(item): the label of an item of the set.
  template <typename Item, typename LabelOf>
  void Add(std::span<const Item> set, std::span<const uint32_t> labels,
           const LabelOf& label_of) noexcept {
    for (const uint32_t label : labels) Count(counts_[label].support);
    for (const Item& item : set) {
      const uint32_t label = label_of(item);
      Count(counts_[label].predicted);
      if (std::ranges::binary_search(labels, label)) {
        Count(counts_[label].hits);
      }
    }
  }

  std::span<const LabelCounts> counts() const noexcept { return counts_; }
  std::vector<LabelCounts> Take() && { return std::move(counts_); }

 private:
  static void Count(uint64_t& number) noexcept {
    std::atomic_ref(number).fetch_add(1, std::memory_order_relaxed);
  }

  std::vector<LabelCounts> counts_;
};

}  // namespace slide::eval
