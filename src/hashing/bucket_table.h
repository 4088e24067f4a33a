// BucketTable: one hash table in packed form, the ids of all rows sorted by
// bucket and where each bucket starts. Nothing is lost and no slot is empty, so
// a table of N rows takes 4 N bytes and 4 more for each bucket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "util/aligned.h"

namespace slide::hashing {

// Threads: any number may read at once; Build by one while nobody reads.
class BucketTable {
 public:
  BucketTable() = default;
  BucketTable(size_t num_rows, int address_bits);

  // Row i goes to bucket addresses[i]; within a bucket ids ascend.
  // Requires: addresses [num_rows], each below 2^address_bits.
  void Build(std::span<const uint16_t> addresses) noexcept;

  std::span<const uint32_t> bucket(size_t address) const noexcept {
    const uint32_t begin = starts_[address];
    return {ids_.data() + begin, starts_[address + 1] - begin};
  }
  // The bounds of a bucket, to prefetch.
  const uint32_t* bounds(size_t address) const noexcept {
    return &starts_[address];
  }
  size_t num_buckets() const noexcept { return starts_.size() - 1; }
  size_t num_bytes() const noexcept {
    return (starts_.size() + ids_.size()) * sizeof(uint32_t);
  }

 private:
  util::AlignedBuffer<uint32_t> starts_;  // [num_buckets + 1]
  util::AlignedBuffer<uint32_t> ids_;     // [num_rows]
};

}  // namespace slide::hashing
