#include "hashing/lsh_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "slide/error.h"
#include "util/check.h"

namespace slide::hashing {
namespace {

// Tables of which the buckets are fetched ahead of the one being read.
constexpr size_t kTablesAhead = 4;
// Ids of each bucket that are fetched before any are counted; what is behind
// them follows the stream.
constexpr size_t kIdsAhead = 256;

}  // namespace

QueryScratch::QueryScratch(const QueryOptions& options, size_t num_rows)
    : hits(options.strategy == SamplingStrategy::kVanilla ? 0 : num_rows) {}

LshIndex::LshIndex(std::unique_ptr<const HashFamily> family, size_t num_rows,
                   BucketLimit limit, uint64_t seed)
    : family_(std::move(family)), num_rows_(num_rows), seed_(seed) {
  tables_.reserve(static_cast<size_t>(family_->num_tables()));
  for (int t = 0; t < family_->num_tables(); ++t) {
    tables_.emplace_back(num_rows, family_->address_bits(), limit);
  }
}

void LshIndex::Build(kernels::ConstRowsView rows, const util::ThreadTeam& team,
                     std::unique_ptr<const HashFamily> family) {
  const HashFamily& hash = family ? *family : *family_;
  SLIDE_DCHECK(rows.format.width == hash.width());
  SLIDE_DCHECK(hash.num_tables() == family_->num_tables() &&
               hash.address_bits() == family_->address_bits());
  const size_t num_tables = tables_.size();
  // [num_tables, num_rows], so that each table's addresses are one run.
  util::AlignedBuffer<uint16_t> addresses(
      util::Product(num_tables, num_rows_),
      "the building of the hash tables (fewer `num_tables` need less)");
  // Of each thread's rows the first that cannot be hashed.
  std::vector<size_t> bad_rows(static_cast<size_t>(team.size()), num_rows_);
  team.Split(num_rows_, [&](size_t begin, size_t end, int worker) {
    HashScratch scratch = hash.MakeScratch();
    std::vector<float> weights(rows.format.width);
    std::vector<uint16_t> row_addresses(num_tables);
    for (size_t i = begin; i < end; ++i) {
      if (!hash.Hash(kernels::ReadWeights(rows, i, weights), scratch,
                     row_addresses)) {
        bad_rows[static_cast<size_t>(worker)] = i;
        return;
      }
      for (size_t t = 0; t < num_tables; ++t) {
        addresses[t * num_rows_ + i] = row_addresses[t];
      }
    }
  });
  const size_t bad_row = *std::min_element(bad_rows.begin(), bad_rows.end());
  if (bad_row < num_rows_) {
    throw DataError(fmt::format(
        "row {} has a weight that is not a finite number", bad_row));
  }
  if (family) family_ = std::move(family);
  const util::Rng rng =
      util::Rng(seed_).Stream(util::Purpose::kBuckets, num_builds_++);
  const std::span<const uint16_t> all = addresses;
  team.Split(num_tables, [&](size_t begin, size_t end, int) {
    for (size_t t = begin; t < end; ++t) {
      tables_[t].Build(all.subspan(t * num_rows_, num_rows_),
                       rng.Stream(util::Purpose::kBuckets, t).Next());
    }
  });
  DrawDriftRows(all, rng);
}

void LshIndex::DrawDriftRows(std::span<const uint16_t> addresses,
                             const util::Rng& rng) {
  IdSet drawn(num_rows_, std::min(num_rows_, kDriftRows));
  if (num_rows_ <= kDriftRows) {
    for (size_t i = 0; i < num_rows_; ++i) {
      drawn.Insert(static_cast<uint32_t>(i));
    }
  } else {
    util::Rng draws = rng.Stream(util::Purpose::kDrift);
    while (drawn.size() < kDriftRows) {
      drawn.Insert(static_cast<uint32_t>(draws.UniformInt(num_rows_)));
    }
  }
  drift_rows_.assign(drawn.ids().begin(), drawn.ids().end());
  drift_addresses_.clear();
  for (const uint32_t row : drift_rows_) {
    for (size_t t = 0; t < tables_.size(); ++t) {
      drift_addresses_.push_back(addresses[t * num_rows_ + row]);
    }
  }
}

double LshIndex::Drift(kernels::ConstRowsView rows) const {
  if (drift_rows_.empty()) return 0.0;
  const size_t num_tables = tables_.size();
  HashScratch scratch = family_->MakeScratch();
  std::vector<float> weights(rows.format.width);
  std::vector<uint16_t> addresses(num_tables);
  size_t num_changed = 0;
  for (size_t i = 0; i < drift_rows_.size(); ++i) {
    const uint16_t* before = &drift_addresses_[i * num_tables];
    if (!family_->Hash(kernels::ReadWeights(rows, drift_rows_[i], weights),
                       scratch, addresses)) {
      num_changed += num_tables;
      continue;
    }
    for (size_t t = 0; t < num_tables; ++t) {
      num_changed += addresses[t] != before[t] ? 1 : 0;
    }
  }
  return static_cast<double>(num_changed) /
         static_cast<double>(drift_addresses_.size());
}

size_t LshIndex::Query(std::span<const uint16_t> addresses,
                       const QueryOptions& options, util::Rng& rng,
                       QueryScratch& scratch, IdSet& found) const noexcept {
  SLIDE_DCHECK(addresses.size() == tables_.size());
  SLIDE_DCHECK(found.capacity() - found.size() >= options.budget);
  switch (options.strategy) {
    case SamplingStrategy::kVanilla:
      return QueryFirstMet(addresses, options.budget, rng, found);
    case SamplingStrategy::kTopK:
      CountHits(addresses, found.ids(), scratch.hits);
      return scratch.hits.TakeMost(1, options.budget, rng, found);
    case SamplingStrategy::kThreshold:
      CountHits(addresses, found.ids(), scratch.hits);
      return scratch.hits.TakeAny(options.min_hits, options.budget, rng, found);
  }
  return 0;
}

size_t LshIndex::QueryFirstMet(std::span<const uint16_t> addresses,
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
  size_t num_new = 0;
  for (size_t i = 0; i < num_tables && num_new < budget; ++i) {
    while (num_drawn < std::min(num_tables, i + kTablesAhead)) draw();
    const size_t t = order[i];
    const std::span<const uint32_t> bucket = tables_[t].bucket(addresses[t]);
    if (bucket.empty()) continue;
    const size_t start = rng.UniformInt(bucket.size());
    for (size_t j = start; j < bucket.size() && num_new < budget; ++j) {
      num_new += found.Insert(bucket[j]) ? 1 : 0;
    }
    for (size_t j = 0; j < start && num_new < budget; ++j) {
      num_new += found.Insert(bucket[j]) ? 1 : 0;
    }
  }
  return num_new;
}

void LshIndex::CountHits(std::span<const uint16_t> addresses,
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

BucketOccupancy LshIndex::Occupancy() const {
  BucketOccupancy occupancy;
  occupancy.num_bytes = num_bytes();
  for (const BucketTable& table : tables_) {
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

size_t LshIndex::num_bytes() const noexcept {
  size_t sum = 0;
  for (const BucketTable& table : tables_) sum += table.num_bytes();
  return sum;
}

}  // namespace slide::hashing
