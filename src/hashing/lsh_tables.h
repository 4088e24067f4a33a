// LshTables: L hash tables over the rows of a matrix, and what these were
// hashed by, so that queries are hashed alike. Finds the rows that share a
// bucket with a query. Nothing changes between one Fill and the next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "hashing/bucket_table.h"
#include "hashing/hash_family.h"
#include "hashing/hash_rows.h"
#include "hashing/hit_counts.h"
#include "hashing/id_set.h"
#include "hashing/row_vectors.h"
#include "slide/buckets.h"
#include "slide/options/hash.h"
#include "util/aligned.h"
#include "util/rng.h"
#include "util/thread_team.h"
#include "util/vector_view.h"

namespace slide::hashing {

// More tables than this would only repeat each other; a query keeps their order
// on its stack.
inline constexpr size_t kMaxTables = HitCounts::kMaxLists;

// Selects the rows of the query's buckets that are returned.
struct QueryOptions {
  SamplingStrategy strategy = SamplingStrategy::kVanilla;
  uint32_t min_hits = 2;  // of kThreshold, >= 1
  size_t budget = 0;      // rows at most
};

// Threads: any number may query at once, while nobody fills.
class LshTables {
 public:
  // Empty tables. Requires: family->width() == vectors.width(),
  // family->num_tables() <= kMaxTables.
  LshTables(std::shared_ptr<const HashFamily> family, const RowVectors& vectors,
            size_t num_rows, BucketLimit limit);

  // Puts row i into bucket addresses[t * num_rows() + i] of each table t.
  // vectors: as which the rows were hashed, and queries are from now on. rng:
  // of what a limit leaves to chance. Throws: Error if memory runs out, with a
  // limit; without one it needs none. Requires: addresses [num_tables,
  // num_rows], of the family.
  void Fill(const RowVectors& vectors, std::span<const uint16_t> addresses,
            const util::Rng& rng, const util::ThreadTeam& team);

  const HashFamily& family() const noexcept { return *family_; }
  size_t num_rows() const noexcept { return num_rows_; }

  // addresses[t] = the bucket of a query x in table t; a dense x [weights of a
  // row], addresses [num_tables]. Returns false, and every address is 0, if a
  // coordinate is not a finite number. scratch: of this family. Requires: ids
  // of a sparse x below the weights of a row.
  bool Hash(const util::VectorView& x, AddressScratch& scratch,
            std::span<uint16_t> addresses) const noexcept;

  // Adds rows to `found` that share a bucket with the query, until `budget` are
  // new or there are no more. addresses: from Hash of the same tables. Returns
  // how many were new. The strategies are those of the SLIDE paper; of equal
  // rows chance decides, by rng.
  // Requires: room for `budget` in found; hits with room for num_rows() where
  // the strategy counts them, which all but kVanilla do.
  size_t Query(std::span<const uint16_t> addresses, const QueryOptions& options,
               util::Rng& rng, HitCounts& hits, IdSet& found) const noexcept;

  BucketOccupancy Occupancy() const;
  std::span<const BucketTable> tables() const noexcept { return tables_; }

 private:
  // The tables in random order, each bucket from a random position on.
  size_t QueryFirstMet(std::span<const uint16_t> addresses, size_t budget,
                       util::Rng& rng, IdSet& found) const noexcept;
  // Counts the rows that are not in left_out.
  void CountHits(std::span<const uint16_t> addresses,
                 std::span<const uint32_t> left_out,
                 HitCounts& hits) const noexcept;

  std::shared_ptr<const HashFamily> family_;
  RowVectors vectors_;
  size_t num_rows_;
  std::vector<BucketTable> tables_;
};

}  // namespace slide::hashing
