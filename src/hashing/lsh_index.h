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
#include "hashing/id_set.h"
#include "kernels/kernels.h"
#include "util/aligned.h"
#include "util/rng.h"
#include "util/thread_team.h"

namespace slide::hashing {

// More tables than this would only repeat each other; a query keeps their order
// on its stack.
inline constexpr size_t kMaxTables = 1000;

// Threads: any number may query at once; Build while nobody queries.
class LshIndex {
 public:
  // Empty tables over num_rows rows.
  // Requires: family->num_tables() <= kMaxTables.
  LshIndex(std::unique_ptr<const HashFamily> family, size_t num_rows);

  const HashFamily& family() const noexcept { return *family_; }
  size_t num_rows() const noexcept { return num_rows_; }

  // Hashes every row and fills the tables; the result does not depend on the
  // team. Requires: rows.format.width == family().width().
  // Memory: while it runs, 2 bytes a row and table.
  void Build(kernels::ConstRowsView rows, const util::ThreadTeam& team);

  // Adds rows to `found` that share a bucket with the query, until `budget` are
  // new or all L buckets are read: the tables in random order, each bucket from
  // a random position on (strategy "vanilla" of the paper). addresses: from
  // family().Hash(). Returns how many were new. Requires: room for `budget` in
  // found.
  size_t Query(std::span<const uint16_t> addresses, size_t budget,
               util::Rng& rng, IdSet& found) const noexcept;

  std::span<const BucketTable> tables() const noexcept { return tables_; }
  size_t num_bytes() const noexcept;

 private:
  std::unique_ptr<const HashFamily> family_;
  size_t num_rows_;
  std::vector<BucketTable> tables_;
};

}  // namespace slide::hashing
