#include "hashing/lsh_index.h"

#include <fmt/format.h>

#include <algorithm>
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
  FillByAddresses(tables, num_builds_++, team);
}

void LshIndex::FillByAddresses(LshTables& tables, uint64_t number,
                               const util::ThreadTeam& team) {
  tables.Fill(vectors_, addresses_,
              rng_.Stream(util::Purpose::kBuckets, number), team);
}

void LshIndex::Restore(util::AlignedBuffer<uint16_t> addresses,
                       uint64_t num_builds, const util::ThreadTeam& team) {
  const std::span<const uint16_t> all = addresses;
  SLIDE_DCHECK(all.size() ==
               static_cast<size_t>(family_->num_tables()) * num_rows_);
  const uint32_t num_buckets = uint32_t{1} << family_->address_bits();
  const auto bad = std::ranges::find_if(
      all, [&](uint16_t address) { return address >= num_buckets; });
  if (bad != all.end()) {
    const auto place = static_cast<size_t>(bad - all.begin());
    throw Error(fmt::format(
        "row {} in table {}: got the bucket {}, expected one below {}",
        place % num_rows_, place / num_rows_, *bad, num_buckets));
  }
  addresses_ = std::move(addresses);
  num_builds_ = num_builds;
  FillByAddresses(*in_use_, num_builds - 1, team);
}

double LshIndex::Drift(kernels::ConstRowsView rows) const {
  if (num_builds_ == 0 || drift_rows_.empty()) return 0.0;
  const auto num_tables = static_cast<size_t>(family_->num_tables());
  AddressScratch scratch(*family_);
  std::vector<uint16_t> now(num_tables);
  size_t num_changed = 0;
  for (const uint32_t row : drift_rows_) {
    const util::VectorView vector(vectors_.Row(rows, row, scratch.vector));
    const bool is_finite = family_->Hash(vector, scratch.hash, now);
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
