// BucketTable: one hash table in packed form, the ids of all rows sorted by
// bucket and where each bucket starts. Without a limit on the buckets nothing
// is lost, and no slot is empty: a table of N rows takes 4 N bytes and 4 more
// for each bucket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "slide/options/hash.h"
#include "util/aligned.h"

namespace slide::hashing {

// Sets how many rows a bucket keeps, and which.
struct BucketLimit {
  uint32_t capacity = 0;  // 0: all
  // Rows come in the order of their ids.
  BucketPolicy policy = BucketPolicy::kFifo;
};

// Threads: any number may read at once; Build by one while nobody reads.
class BucketTable {
 public:
  BucketTable() = default;
  BucketTable(size_t num_rows, int address_bits, BucketLimit limit = {});

  // The memory that such a table takes.
  static uint64_t NumBytes(size_t num_rows, int address_bits,
                           BucketLimit limit) noexcept;

  // Row i goes to bucket addresses[i]; within a bucket ids ascend. `seed` says
  // which rows a reservoir keeps. Throws: Error if memory runs out, with a
  // limit; without one it needs none.
  // Requires: addresses [num_rows], each below 2^address_bits.
  void Build(std::span<const uint16_t> addresses, uint64_t seed = 0);

  std::span<const uint32_t> bucket(size_t address) const noexcept {
    const uint32_t begin = starts_[address];
    return {ids_.data() + begin, starts_[address + 1] - begin};
  }
  // The bounds of a bucket, to prefetch.
  const uint32_t* bounds(size_t address) const noexcept {
    return &starts_[address];
  }
  // Rows in it: all, unless buckets are limited.
  size_t num_held() const noexcept { return starts_[num_buckets()]; }
  size_t num_buckets() const noexcept { return starts_.size() - 1; }
  size_t num_bytes() const noexcept {
    return (starts_.size() + ids_.size()) * sizeof(uint32_t);
  }

 private:
  void Place(std::span<const uint16_t> addresses) noexcept;
  void PlaceLimited(std::span<const uint16_t> addresses, uint64_t seed);

  size_t num_rows_ = 0;
  BucketLimit limit_;
  util::AlignedBuffer<uint32_t> starts_;  // [num_buckets + 1]
  util::AlignedBuffer<uint32_t> ids_;     // [num_rows], or less if limited
};

}  // namespace slide::hashing
