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
    : family_(std::move(family)),
      vectors_(vectors),
      num_rows_(num_rows),
      limit_(limit),
      rng_(seed),
      in_use_(std::make_unique<LshTables>(family_, vectors, num_rows, limit)),
      current_(in_use_.get()),
      drift_rows_(DrawDriftRows(num_rows, rng_.Stream(util::Purpose::kDrift))) {
}

void LshIndex::Build(kernels::ConstRowsView rows,
                     const util::ThreadTeam& team) {
  Fill(*in_use_, rows, team);
}

void LshIndex::BuildBeside(kernels::ConstRowsView rows,
                           const util::ThreadTeam& team) {
  if (!spare_) {
    spare_ = std::make_unique<LshTables>(family_, vectors_, num_rows_, limit_);
  }
  Fill(*spare_, rows, team);
  std::swap(in_use_, spare_);
  current_.store(in_use_.get(), std::memory_order_release);
}

void LshIndex::Fill(LshTables& tables, kernels::ConstRowsView rows,
                    const util::ThreadTeam& team) {
  HashAllRows(
      num_rows_, *family_, team,
      [&](size_t i, std::span<float> buffer) {
        return vectors_.Row(rows, i, buffer);
      },
      addresses_);
  const util::Rng rng = rng_.Stream(util::Purpose::kBuckets, num_builds_++);
  tables.Fill(vectors_, addresses_, rng, team);
}

double LshIndex::Drift(kernels::ConstRowsView rows) const {
  if (num_builds_ == 0 || drift_rows_.empty()) return 0.0;
  const auto num_tables = static_cast<size_t>(family_->num_tables());
  AddressScratch scratch(*family_);
  std::vector<uint16_t> now(num_tables);
  size_t num_changed = 0;
  for (const uint32_t row : drift_rows_) {
    const bool is_finite = family_->Hash(
        vectors_.Row(rows, row, scratch.vector), scratch.hash, now);
    for (size_t t = 0; t < num_tables; ++t) {
      const bool is_old =
          is_finite && now[t] == addresses_[t * num_rows_ + row];
      num_changed += is_old ? 0 : 1;
    }
  }
  return static_cast<double>(num_changed) /
         static_cast<double>(drift_rows_.size() * num_tables);
}

}  // namespace slide::hashing
