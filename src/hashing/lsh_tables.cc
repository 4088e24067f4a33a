#include "hashing/lsh_tables.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "util/check.h"

namespace slide::hashing {
namespace {

// Number of tables by which the bounds of a bucket, and then its ids, are
// prefetched before they are read.
constexpr size_t kBoundsAhead = 8;
constexpr size_t kBucketsAhead = 4;
constexpr size_t kIdsInLine = util::kCacheLineBytes / sizeof(uint32_t);
// Number of ids of each bucket that are prefetched before any are counted; the
// hardware follows the stream behind them.
constexpr size_t kIdsAhead = 256;

}  // namespace

LshTables::LshTables(std::shared_ptr<const HashFamily> family,
                     const RowVectors& vectors, size_t num_rows,
                     BucketLimit limit)
    : family_(std::move(family)), vectors_(vectors), num_rows_(num_rows) {
  SLIDE_DCHECK(family_->width() == vectors_.width());
  SLIDE_DCHECK(static_cast<size_t>(family_->num_tables()) <= kMaxTables);
  tables_.reserve(static_cast<size_t>(family_->num_tables()));
  for (int t = 0; t < family_->num_tables(); ++t) {
    tables_.emplace_back(num_rows, family_->address_bits(), limit);
  }
}

void LshTables::Fill(const RowVectors& vectors,
                     std::span<const uint16_t> addresses, const util::Rng& rng,
                     const util::ThreadTeam& team) {
  SLIDE_DCHECK(vectors.width() == vectors_.width());
  SLIDE_DCHECK(addresses.size() == tables_.size() * num_rows_);
  vectors_ = vectors;
  team.Split(tables_.size(), [&](size_t begin, size_t end, int) {
    for (size_t t = begin; t < end; ++t) {
      tables_[t].Build(addresses.subspan(t * num_rows_, num_rows_),
                       rng.Stream(util::Purpose::kBuckets, t).Next());
    }
  });
}

bool LshTables::Hash(const util::VectorView& x, AddressScratch& scratch,
                     std::span<uint16_t> addresses) const noexcept {
  return family_->Hash(vectors_.Query(x, scratch.vector), scratch.hash,
                       addresses);
}

size_t LshTables::Query(std::span<const uint16_t> addresses,
                        const QueryOptions& options, util::Rng& rng,
                        HitCounts& hits, IdSet& found) const noexcept {
  SLIDE_DCHECK(addresses.size() == tables_.size());
  SLIDE_DCHECK(found.capacity() - found.size() >= options.budget);
  switch (options.strategy) {
    case SamplingStrategy::kVanilla:
      return QueryFirstMet(addresses, options.budget, rng, found);
    case SamplingStrategy::kTopK:
      CountHits(addresses, found.ids(), hits);
      return hits.TakeMost(1, options.budget, rng, found);
    case SamplingStrategy::kThreshold:
      CountHits(addresses, found.ids(), hits);
      return hits.TakeAny(options.min_hits, options.budget, rng, found);
  }
  return 0;
}

size_t LshTables::QueryFirstMet(std::span<const uint16_t> addresses,
                                size_t budget, util::Rng& rng,
                                IdSet& found) const noexcept {
  const size_t num_tables = tables_.size();
  // A random order, drawn as far as it is needed (Fisher and Yates).
  uint16_t order[kMaxTables];
  for (size_t t = 0; t < num_tables; ++t) order[t] = static_cast<uint16_t>(t);
  size_t num_drawn = 0;
  const auto draw = [&] {
    const size_t pick = num_drawn + rng.UniformInt(num_tables - num_drawn);
    std::swap(order[num_drawn], order[pick]);
    const size_t t = order[num_drawn++];
    __builtin_prefetch(tables_[t].bounds(addresses[t]));
  };
  // The place from which a prefetched bucket will be read.
  struct Place {
    std::span<const uint32_t> bucket;
    size_t start = 0;
  };
  Place places[kBucketsAhead];
  size_t num_placed = 0;
  const auto place = [&] {
    const size_t t = order[num_placed];
    Place& next = places[num_placed++ % kBucketsAhead];
    next = {tables_[t].bucket(addresses[t])};
    if (next.bucket.empty()) return;
    next.start = rng.UniformInt(next.bucket.size());
    __builtin_prefetch(&next.bucket[next.start]);
    __builtin_prefetch(&next.bucket[std::min(next.start + kIdsInLine,
                                             next.bucket.size() - 1)]);
  };
  size_t num_new = 0;
  for (size_t i = 0; i < num_tables && num_new < budget; ++i) {
    while (num_drawn < std::min(num_tables, i + kBoundsAhead)) draw();
    while (num_placed < std::min(num_tables, i + kBucketsAhead)) place();
    const auto [bucket, start] = places[i % kBucketsAhead];
    for (size_t j = start; j < bucket.size() && num_new < budget; ++j) {
      num_new += found.Insert(bucket[j]) ? 1 : 0;
    }
    for (size_t j = 0; j < start && num_new < budget; ++j) {
      num_new += found.Insert(bucket[j]) ? 1 : 0;
    }
  }
  return num_new;
}

void LshTables::CountHits(std::span<const uint16_t> addresses,
                          std::span<const uint32_t> left_out,
                          HitCounts& hits) const noexcept {
  for (size_t t = 0; t < tables_.size(); ++t) {
    __builtin_prefetch(tables_[t].bounds(addresses[t]));
  }
  std::span<const uint32_t> buckets[kMaxTables];
  for (size_t t = 0; t < tables_.size(); ++t) {
    buckets[t] = tables_[t].bucket(addresses[t]);
    for (size_t i = 0; i < std::min(buckets[t].size(), kIdsAhead); i += 16) {
      __builtin_prefetch(&buckets[t][i]);
    }
  }
  hits.Count({buckets, tables_.size()}, left_out);
}

BucketOccupancy LshTables::Occupancy() const {
  BucketOccupancy occupancy;
  for (const BucketTable& table : tables_) {
    occupancy.num_bytes += table.num_bytes();
    occupancy.num_buckets += table.num_buckets();
    occupancy.num_left_out += num_rows_ - table.num_held();
    for (size_t a = 0; a < table.num_buckets(); ++a) {
      const size_t size = table.bucket(a).size();
      const auto place = static_cast<size_t>(std::bit_width(size));
      if (place >= occupancy.by_size.size()) {
        occupancy.by_size.resize(place + 1);
      }
      ++occupancy.by_size[place];
      occupancy.largest = std::max<uint64_t>(occupancy.largest, size);
    }
  }
  if (occupancy.num_buckets > 0) {
    occupancy.empty_share = static_cast<double>(occupancy.by_size[0]) /
                            static_cast<double>(occupancy.num_buckets);
  }
  return occupancy;
}

}  // namespace slide::hashing
