// TableReader: one thread's way from a vector to the rows that share a bucket
// with it: hash -> addresses -> query -> found. Training, hashed hidden layers,
// the measured recall and HashSearcher all go this way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "hashing/hash_rows.h"
#include "hashing/hit_counts.h"
#include "hashing/id_set.h"
#include "hashing/lsh_tables.h"
#include "util/aligned.h"
#include "util/rng.h"
#include "util/vector_view.h"

namespace slide::hashing {

class TableReader {
 public:
  // Reads `tables` and those that later builds of the same index put in their
  // place. options.budget: the most rows of any call.
  TableReader(const LshTables& tables, const QueryOptions& options);

  // Adds rows to `found` that share a bucket with x, until `budget` are new or
  // there are no more. Returns false, with nothing added, if a coordinate of x
  // is not a finite number. Requires: room for `budget` in found, and no more
  // than options.budget; ids of a sparse x below the weights of a row.
  bool Read(const LshTables& tables, const util::VectorView& x, size_t budget,
            util::Rng& rng, IdSet& found) noexcept;

  // The bucket of the last x in each table; [tables].
  std::span<const uint16_t> addresses() const noexcept { return addresses_; }

 private:
  QueryOptions options_;
  AddressScratch address_scratch_;
  HitCounts hits_;  // without room where the strategy counts none
  util::AlignedBuffer<uint16_t> addresses_;
};

}  // namespace slide::hashing
