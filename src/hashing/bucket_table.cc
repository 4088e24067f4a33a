#include "hashing/bucket_table.h"

#include <algorithm>

#include "util/check.h"

namespace slide::hashing {

BucketTable::BucketTable(size_t num_rows, int address_bits)
    : starts_((size_t{1} << address_bits) + 1),
      ids_(num_rows, "a hash table (`num_tables` says how many there are)") {}

void BucketTable::Build(std::span<const uint16_t> addresses) noexcept {
  SLIDE_DCHECK(addresses.size() == ids_.size());
  // Counting sort. While ids are placed, starts_[a + 1] is where the next id of
  // bucket a goes; in the end that is where bucket a ends and a + 1 starts.
  uint32_t* next = starts_.data() + 1;
  std::fill_n(starts_.data(), starts_.size(), 0u);
  for (const uint16_t a : addresses) {
    SLIDE_DCHECK(a < num_buckets());
    ++next[a];
  }
  uint32_t sum = 0;
  for (size_t a = 0; a < num_buckets(); ++a) {
    const uint32_t count = next[a];
    next[a] = sum;
    sum += count;
  }
  for (size_t i = 0; i < addresses.size(); ++i) {
    ids_[next[addresses[i]]++] = static_cast<uint32_t>(i);
  }
}

}  // namespace slide::hashing
