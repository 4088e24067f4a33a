// IdSet: ids below a bound, without repeats, in the order they came. Membership
// is a bit for each possible id; clearing walks the ids held, so it costs what
// filling did, whatever the bound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "util/aligned.h"
#include "util/check.h"

namespace slide::hashing {

class IdSet {
 public:
  IdSet() = default;
  // Holds ids below num_ids, at most `capacity` of them.
  IdSet(size_t num_ids, size_t capacity)
      : bits_((num_ids + 511) / 512 * 16), ids_(capacity) {}

  // Returns whether the id was new. Requires: room for it.
  bool Insert(uint32_t id) noexcept {
    SLIDE_DCHECK(id / 32 < bits_.size());
    uint32_t& word = bits_[id / 32];
    const uint32_t bit = uint32_t{1} << (id % 32);
    if ((word & bit) != 0) return false;
    SLIDE_DCHECK(size_ < ids_.size());
    word |= bit;
    ids_[size_++] = id;
    return true;
  }

  bool Contains(uint32_t id) const noexcept {
    return ((bits_[id / 32] >> (id % 32)) & 1) != 0;
  }

  void Clear() noexcept {
    for (size_t i = 0; i < size_; ++i) bits_[ids_[i] / 32] = 0;
    size_ = 0;
  }

  size_t size() const noexcept { return size_; }
  size_t capacity() const noexcept { return ids_.size(); }
  std::span<const uint32_t> ids() const noexcept {
    return {ids_.data(), size_};
  }
  // A bit for each possible id, in groups of 512.
  std::span<const uint32_t> bits() const noexcept { return bits_; }

 private:
  util::AlignedBuffer<uint32_t> bits_;
  util::AlignedBuffer<uint32_t> ids_;
  size_t size_ = 0;
};

}  // namespace slide::hashing
