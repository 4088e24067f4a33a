#include "hashing/bucket_table.h"

#include <algorithm>
#include <vector>

#include "util/check.h"
#include "util/rng.h"

namespace slide::hashing {
namespace {

size_t MostHeld(size_t num_rows, int address_bits, BucketLimit limit) {
  if (limit.capacity == 0) return num_rows;
  return std::min(num_rows,
                  util::Product(limit.capacity, size_t{1} << address_bits));
}

}  // namespace

BucketTable::BucketTable(size_t num_rows, int address_bits, BucketLimit limit)
    : num_rows_(num_rows),
      limit_(limit),
      starts_((size_t{1} << address_bits) + 1),
      ids_(MostHeld(num_rows, address_bits, limit),
           "a hash table (`num_tables` says how many there are)") {}

uint64_t BucketTable::NumBytes(size_t num_rows, int address_bits,
                               BucketLimit limit) noexcept {
  return ((uint64_t{1} << address_bits) + 1 +
          MostHeld(num_rows, address_bits, limit)) *
         sizeof(uint32_t);
}

void BucketTable::Build(std::span<const uint16_t> addresses, uint64_t seed) {
  SLIDE_DCHECK(addresses.size() == num_rows_);
  // Counting sort: starts_[a + 1] is first the number of rows of bucket a, then
  // where it starts.
  uint32_t* next = starts_.data() + 1;
  std::fill_n(starts_.data(), starts_.size(), 0u);
  for (const uint16_t a : addresses) {
    SLIDE_DCHECK(a < num_buckets());
    ++next[a];
  }
  const uint32_t most = limit_.capacity == 0 ? ~0u : limit_.capacity;
  uint32_t sum = 0;
  for (size_t a = 0; a < num_buckets(); ++a) {
    const uint32_t count = std::min(next[a], most);
    next[a] = sum;
    sum += count;
  }
  if (limit_.capacity == 0) {
    Place(addresses);
  } else {
    PlaceLimited(addresses, seed);
  }
}

// While ids are placed, starts_[a + 1] is where the next id of bucket a goes;
// in the end that is where bucket a ends and a + 1 starts.
void BucketTable::Place(std::span<const uint16_t> addresses) noexcept {
  uint32_t* next = starts_.data() + 1;
  for (size_t i = 0; i < addresses.size(); ++i) {
    ids_[next[addresses[i]]++] = static_cast<uint32_t>(i);
  }
}

// The same, but a full bucket gives up a row for the new one: its oldest, or,
// so that all that came are kept with the same probability (Vitter's algorithm
// R, "Random sampling with a reservoir", 1985), the new one or a random one.
void BucketTable::PlaceLimited(std::span<const uint16_t> addresses,
                               uint64_t seed) {
  const uint32_t capacity = limit_.capacity;
  uint32_t* next = starts_.data() + 1;
  std::vector<uint32_t> num_seen(num_buckets());
  for (size_t i = 0; i < addresses.size(); ++i) {
    const size_t a = addresses[i];
    const uint32_t seen = num_seen[a]++;
    if (seen < capacity) {
      ids_[next[a]++] = static_cast<uint32_t>(i);
      continue;
    }
    // next[a] is the bucket's end now. An oldest id makes room in turn.
    uint64_t place = seen % capacity;
    if (limit_.policy == BucketPolicy::kReservoir) {
      // Even over [0, seen], up to 2^-32.
      const uint64_t random = util::Mix64(seed + i * util::kGoldenGamma) >> 32;
      place = (random * (uint64_t{seen} + 1)) >> 32;
      if (place >= capacity) continue;
    }
    ids_[next[a] - capacity + place] = static_cast<uint32_t>(i);
  }
  for (size_t a = 0; a < num_buckets(); ++a) {
    if (num_seen[a] <= capacity) continue;
    std::sort(ids_.data() + starts_[a], ids_.data() + starts_[a + 1]);
  }
}

}  // namespace slide::hashing
