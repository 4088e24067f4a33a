// LshIndex: a hash family and its L tables over the rows of a matrix; returns
// the rows that share a bucket with a query. Tables are constant between
// builds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "hashing/bucket_table.h"
#include "hashing/hash_family.h"
#include "hashing/hit_counts.h"
#include "hashing/id_set.h"
#include "kernels/kernels.h"
#include "slide/buckets.h"
#include "util/aligned.h"
#include "util/rng.h"
#include "util/thread_team.h"

namespace slide::hashing {

// More tables than this would only repeat each other; a query keeps their order
// on its stack.
inline constexpr size_t kMaxTables = HitCounts::kMaxLists;

// Which rows of the query's buckets are returned.
struct QueryOptions {
  SamplingStrategy strategy = SamplingStrategy::kVanilla;
  uint32_t min_hits = 2;  // of kThreshold, >= 1
  size_t budget = 0;      // rows at most
};

// What a thread queries in.
struct QueryScratch {
  // For queries with these options to indexes of num_rows rows.
  QueryScratch(const QueryOptions& options, size_t num_rows);

  HitCounts hits;  // without room where the strategy counts none
};

// Threads: any number may query at once; Build while nobody queries.
class LshIndex {
 public:
  // Empty tables over num_rows rows. seed: of what the limit leaves to chance.
  // Requires: family->num_tables() <= kMaxTables.
  LshIndex(std::unique_ptr<const HashFamily> family, size_t num_rows,
           BucketLimit limit = {}, uint64_t seed = 0);

  const HashFamily& family() const noexcept { return *family_; }
  size_t num_rows() const noexcept { return num_rows_; }

  // Hashes every row and fills the tables; the result does not depend on the
  // team. family: replaces the one there is, if it is not null. Throws:
  // DataError naming the first row with a weight that is not a finite number;
  // the index is then as it was.
  // Requires: rows.format.width == family().width(); a new family has the
  // tables and address bits of the old one.
  // Memory: while it runs, 2 bytes a row and table.
  void Build(kernels::ConstRowsView rows, const util::ThreadTeam& team,
             std::unique_ptr<const HashFamily> family = nullptr);

  // How far the rows have moved since the last build: the share of addresses
  // that are others now, over kDriftRows rows that the build has drawn (all, if
  // there are fewer). 1 for a row that is not finite any more.
  double Drift(kernels::ConstRowsView rows) const;
  static constexpr size_t kDriftRows = 256;

  // Adds rows to `found` that share a bucket with the query, until `budget` are
  // new or there are no more. addresses: from family().Hash(). Returns how many
  // were new. The strategies are those of the SLIDE paper; of equal rows chance
  // decides, by rng.
  // Requires: room for `budget` in found; scratch for the same strategy.
  size_t Query(std::span<const uint16_t> addresses, const QueryOptions& options,
               util::Rng& rng, QueryScratch& scratch,
               IdSet& found) const noexcept;

  BucketOccupancy Occupancy() const;
  std::span<const BucketTable> tables() const noexcept { return tables_; }
  size_t num_bytes() const noexcept;

 private:
  // The tables in random order, each bucket from a random position on.
  size_t QueryFirstMet(std::span<const uint16_t> addresses, size_t budget,
                       util::Rng& rng, IdSet& found) const noexcept;
  // addresses [num_tables, num_rows]: of the build.
  void DrawDriftRows(std::span<const uint16_t> addresses, const util::Rng& rng);
  // Of the rows that are not in left_out.
  void CountHits(std::span<const uint16_t> addresses,
                 std::span<const uint32_t> left_out,
                 HitCounts& hits) const noexcept;

  std::unique_ptr<const HashFamily> family_;
  size_t num_rows_;
  uint64_t seed_;
  uint64_t num_builds_ = 0;
  std::vector<BucketTable> tables_;
  // Rows drawn by the last build, and their addresses then.
  std::vector<uint32_t> drift_rows_;
  std::vector<uint16_t> drift_addresses_;  // [drift_rows, num_tables]
};

}  // namespace slide::hashing
