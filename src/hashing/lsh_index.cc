#include "hashing/lsh_index.h"

#include <algorithm>
#include <utility>

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

void LshIndex::Build(kernels::ConstRowsView rows,
                     const util::ThreadTeam& team) {
  LshTables& in_use = *slots_[slots_[0].get() == current_.load() ? 0 : 1];
  Fill(in_use, rows, team);
}

void LshIndex::BuildBeside(kernels::ConstRowsView rows,
                           const util::ThreadTeam& team) {
  auto& spare = slots_[slots_[0].get() == current_.load() ? 1 : 0];
  if (!spare) {
    spare = std::make_unique<LshTables>(family_, vectors_, num_rows_, limit_);
  }
  Fill(*spare, rows, team);
  current_.store(spare.get(), std::memory_order_release);
}

void LshIndex::Fill(LshTables& tables, kernels::ConstRowsView rows,
                    const util::ThreadTeam& team) {
  if (addresses_.size() == 0) {
    addresses_ = util::AlignedBuffer<uint16_t>(
        util::Product(tables.tables_.size(), num_rows_),
        "the building of the hash tables (fewer `num_tables` need less)");
  }
  HashAllRows(
      num_rows_, *family_, team,
      [&](size_t i, AddressScratch& scratch, std::span<uint16_t> addresses) {
        return family_->Hash(vectors_.Row(rows, i, scratch.vector),
                             scratch.hash, addresses);
      },
      addresses_);
  tables.vectors_ = vectors_;
  const util::Rng rng = rng_.Stream(util::Purpose::kBuckets, num_builds_++);
  tables.Fill(addresses_, rng, team);
}

double LshIndex::Drift(kernels::ConstRowsView rows) const {
  if (num_builds_ == 0 || drift_rows_.empty()) return 0.0;
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
