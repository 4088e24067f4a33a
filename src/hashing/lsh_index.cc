#include "hashing/lsh_index.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <numeric>
#include <string_view>
#include <utility>

#include "slide/error.h"
#include "util/check.h"

namespace slide::hashing {
namespace {

// LshIndex::kDriftRows of all rows, drawn without repeats.
std::vector<uint32_t> DrawDriftRows(size_t num_rows, util::Rng rng) {
  IdSet drawn(num_rows, std::min(num_rows, LshIndex::kDriftRows));
  if (num_rows <= LshIndex::kDriftRows) {
    for (size_t i = 0; i < num_rows; ++i) {
      drawn.Insert(static_cast<uint32_t>(i));
    }
  }
  while (drawn.size() < drawn.capacity()) {
    drawn.Insert(static_cast<uint32_t>(rng.UniformInt(num_rows)));
  }
  return {drawn.ids().begin(), drawn.ids().end()};
}

}  // namespace

LshIndex::LshIndex(std::unique_ptr<const HashFamily> family,
                   const RowVectors& vectors, size_t num_rows,
                   BucketLimit limit, uint64_t seed)
    : vectors_(vectors),
      num_rows_(num_rows),
      limit_(limit),
      rng_(seed),
      slots_{std::make_unique<LshTables>(std::move(family), vectors, num_rows,
                                         limit),
             nullptr},
      current_(slots_[0].get()),
      family_(slots_[0]->family_),
      drift_rows_(DrawDriftRows(num_rows, rng_.Stream(util::Purpose::kDrift))) {
}

size_t LshIndex::Build(kernels::ConstRowsView rows,
                       const util::ThreadTeam& team,
                       std::unique_ptr<const HashFamily> family) {
  LshTables& in_use = *slots_[slots_[0].get() == current_.load() ? 0 : 1];
  return Fill(in_use, rows, team, std::move(family));
}

size_t LshIndex::BuildBeside(kernels::ConstRowsView rows,
                             const util::ThreadTeam& team,
                             std::unique_ptr<const HashFamily> family) {
  auto& spare = slots_[slots_[0].get() == current_.load() ? 1 : 0];
  if (!spare) {
    spare = std::make_unique<LshTables>(family_, vectors_, num_rows_, limit_);
  }
  const size_t num_hashed = Fill(*spare, rows, team, std::move(family));
  current_.store(spare.get(), std::memory_order_release);
  return num_hashed;
}

size_t LshIndex::Fill(LshTables& tables, kernels::ConstRowsView rows,
                      const util::ThreadTeam& team,
                      std::unique_ptr<const HashFamily> family) {
  const size_t num_tables = tables.tables_.size();
  if (addresses_.size() == 0) {
    constexpr std::string_view kPurpose =
        "the building of the hash tables (fewer `num_tables` need less)";
    addresses_ = util::AlignedBuffer<uint16_t>(
        util::Product(num_tables, num_rows_), kPurpose);
    fingerprints_ = util::AlignedBuffer<uint64_t>(num_rows_, kPurpose);
  }
  // What is thrown from here on leaves addresses_ half old, half new.
  const bool hash_all = std::exchange(all_stale_, true) || family != nullptr;
  if (family) {
    SLIDE_DCHECK(family->width() == family_->width() &&
                 family->num_tables() == family_->num_tables() &&
                 family->address_bits() == family_->address_bits());
    family_ = std::move(family);
  }
  vectors_.Fit(rows, num_rows_, team);
  const size_t num_hashed = HashRows(rows, team, hash_all);
  tables.family_ = family_;
  tables.vectors_ = vectors_;
  const util::Rng rng = rng_.Stream(util::Purpose::kBuckets, num_builds_++);
  const std::span<const uint16_t> addresses = addresses_;
  team.Split(num_tables, [&](size_t begin, size_t end, int) {
    for (size_t t = begin; t < end; ++t) {
      tables.tables_[t].Build(addresses.subspan(t * num_rows_, num_rows_),
                              rng.Stream(util::Purpose::kBuckets, t).Next());
    }
  });
  all_stale_ = false;
  return num_hashed;
}

size_t LshIndex::HashRows(kernels::ConstRowsView rows,
                          const util::ThreadTeam& team, bool hash_all) {
  const auto num_workers = static_cast<size_t>(team.size());
  // Of each thread's rows the first that cannot be hashed, and how many were.
  std::vector<size_t> bad_rows(num_workers, num_rows_);
  std::vector<size_t> nums_hashed(num_workers, 0);
  team.Split(num_rows_, [&](size_t begin, size_t end, int worker) {
    const auto w = static_cast<size_t>(worker);
    HashScratch scratch = family_->MakeScratch();
    std::vector<float> buffer(vectors_.width());
    std::vector<uint16_t> row_addresses(
        static_cast<size_t>(family_->num_tables()));
    size_t num_hashed = 0;
    for (size_t i = begin; i < end; ++i) {
      const std::span<const float> vector = vectors_.Row(rows, i, buffer);
      // Before the hash: of a row that is written to meanwhile, the fingerprint
      // is then that of an older state, and the row is hashed again next time.
      const uint64_t fingerprint =
          XXH3_64bits(vector.data(), vector.size_bytes());
      if (!hash_all && fingerprint == fingerprints_[i]) continue;
      if (!family_->Hash(vector, scratch, row_addresses)) {
        bad_rows[w] = i;
        return;
      }
      fingerprints_[i] = fingerprint;
      for (size_t t = 0; t < row_addresses.size(); ++t) {
        addresses_[t * num_rows_ + i] = row_addresses[t];
      }
      ++num_hashed;
    }
    nums_hashed[w] = num_hashed;
  });
  const size_t bad_row = *std::min_element(bad_rows.begin(), bad_rows.end());
  if (bad_row < num_rows_) {
    throw DataError(fmt::format(
        "row {} has a weight that is not a finite number", bad_row));
  }
  return std::accumulate(nums_hashed.begin(), nums_hashed.end(), size_t{0});
}

double LshIndex::Drift(kernels::ConstRowsView rows) const {
  if (num_builds_ == 0 || drift_rows_.empty()) return 0.0;
  if (all_stale_) return 1.0;
  const auto num_tables = static_cast<size_t>(family_->num_tables());
  HashScratch scratch = family_->MakeScratch();
  std::vector<float> buffer(vectors_.width());
  std::vector<uint16_t> now(num_tables);
  size_t num_changed = 0;
  for (const uint32_t row : drift_rows_) {
    if (!family_->Hash(vectors_.Row(rows, row, buffer), scratch, now)) {
      num_changed += num_tables;
      continue;
    }
    for (size_t t = 0; t < num_tables; ++t) {
      num_changed += now[t] != addresses_[t * num_rows_ + row] ? 1 : 0;
    }
  }
  return static_cast<double>(num_changed) /
         static_cast<double>(drift_rows_.size() * num_tables);
}

}  // namespace slide::hashing
