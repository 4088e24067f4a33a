// HashIndex: hash tables over the rows of a matrix, for programs that look for
// rows with a large inner product with a query, or near to it, and have no
// network. A HashSearcher asks it. Example: examples/hash_index.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "slide/buckets.h"
#include "slide/dataset.h"
#include "slide/options/hash.h"
#include "slide/sparse.h"

namespace slide {

struct HashIndexOptions {
  // kind: simhash and wta for dense rows; dwta and minhash for sparse ones, or
  // simhash.
  HashOptions hash = {};
  // Mean of the queries to come, [width]. If it is given, and hash.centered is
  // true, queries are hashed less their mean, and what that adds to a row's
  // inner products is hashed with the row: no inner product changes, and the
  // hashes tell apart what differs between queries. Dense rows only.
  std::vector<float> query_mean = {};
  // Seeds the hash functions, and what a bucket capacity leaves to chance.
  uint64_t seed = 1;
  // Threads that build; 0: one for each core. The index does not depend on it.
  int num_threads = 0;

  void Validate() const;  // Throws: OptionsError naming the field.
};

// Immutable; copies share the tables, which take what Occupancy() says. To
// follow rows that move, build another index and give it to the searchers.
// Threads: any number may use one at once.
class HashIndex {
 public:
  // Hashes the rows, which lie one behind the other, `width` floats each; they
  // are not kept. Throws: OptionsError; DataError for a length that is not a
  // multiple of width, or naming the first row with a value that is not a
  // finite number; Error when there is not enough memory.
  // Cost: a hash of each row for each table. Memory: 2 bytes a row and table,
  // until it is built, besides the tables.
  HashIndex(std::span<const float> rows, size_t width,
            const HashIndexOptions& options = {});

  // Indexes sparse rows: row i is the features of sample i, of width
  // rows.num_features(); labels mean nothing here.
  explicit HashIndex(const Dataset& rows, const HashIndexOptions& options = {});

  size_t num_rows() const noexcept;
  size_t width() const noexcept;
  // Returns the options with everything set that was left open.
  const HashOptions& hash() const noexcept;
  BucketOccupancy Occupancy() const;

 private:
  friend class HashSearcher;
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

struct SearchOptions {
  SamplingStrategy strategy = SamplingStrategy::kTopK;
  int min_hits = 2;  // of threshold
  // Rows found at most. Unset: HashOptions::candidates.
  std::optional<int> max_found = {};
  // Seeds what is left to chance: the order of the tables, ties between rows.
  uint64_t seed = 1;

  void Validate() const;  // Throws: OptionsError naming the field.
};

// One thread searches with it. Allocates nothing after it is made. Keeps the
// tables of its index alive. The same queries in the same order find the same.
class HashSearcher {
 public:
  // Throws: OptionsError. Memory: up to 4 bytes a row, and a bit.
  explicit HashSearcher(const HashIndex& index,
                        const SearchOptions& options = {});
  HashSearcher(HashSearcher&&) noexcept;
  HashSearcher& operator=(HashSearcher&&) noexcept;
  ~HashSearcher();

  // Rows that share a bucket with the query, without repeats and in no order.
  // Good until the next call.
  // Throws: DataError for a query [width] of another length, or with a value
  // that is not a finite number.
  std::span<const uint32_t> Find(std::span<const float> query);
  // Throws: DataError for ids that do not ascend or are not below width, too.
  std::span<const uint32_t> Find(SparseView query);

  // The bucket of the last query in each table: near vectors agree in many.
  // [tables]; good until the next call.
  std::span<const uint16_t> addresses() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace slide
