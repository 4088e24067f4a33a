// The public index and its searcher check what they are given; the rest is done
// by LshTables.
#include "slide/hash_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include "hashing/auto_settings.h"
#include "hashing/hash_rows.h"
#include "hashing/lsh_tables.h"
#include "hashing/table_reader.h"
#include "kernels/kernels.h"
#include "slide/error.h"
#include "util/aligned.h"
#include "util/rng.h"
#include "util/thread_team.h"

namespace slide {
namespace {

using hashing::LshTables;
using hashing::RowVectors;

// Rows that lie one behind the other, as the records of a layer without
// anything behind the weights.
kernels::ConstRowsView RowsOf(std::span<const float> rows, size_t width) {
  kernels::RowFormat format(width, Precision::kFp32, Optimizer::kRowAdagrad);
  format.stride = width * sizeof(float);
  return {std::as_bytes(rows).data(), format};
}

size_t CountRows(std::span<const float> rows, size_t width) {
  if (width == 0) throw OptionsError("width: got 0, expected 1 or more");
  if (rows.size() % width != 0) {
    throw DataError(fmt::format(
        "rows: got {} values, expected whole rows of {}", rows.size(), width));
  }
  return rows.size() / width;
}

// Dense rows of that width, centered as the options say.
RowVectors VectorsOf(size_t width, const HashIndexOptions& options) {
  const std::vector<float>& mean = options.query_mean;
  if (mean.empty()) return RowVectors(width);
  if (mean.size() != width) {
    throw OptionsError(fmt::format(
        "query_mean: got {} values, expected none or {}, one a coordinate",
        mean.size(), width));
  }
  for (const float value : mean) {
    if (!std::isfinite(value)) {
      throw OptionsError(
          fmt::format("query_mean: got {}, expected finite numbers", value));
    }
  }
  RowVectors vectors(width, options.hash.centered);
  vectors.Center(mean);
  return vectors;
}

}  // namespace

struct HashIndex::Impl {
  // Hashes the rows; vector_of: as for HashAllRows. Throws: as HashAllRows.
  template <typename VectorOf>
  Impl(const HashIndexOptions& options, size_t num_rows,
       const RowVectors& vectors, const VectorOf& vector_of)
      : hash(hashing::SettledHash(options.hash, num_rows)),
        width(vectors.num_weights()),
        tables(MakeFamily(options.seed, num_rows, vectors.width()), vectors,
               num_rows,
               {.capacity = static_cast<uint32_t>(hash.bucket_capacity),
                .policy = hash.bucket_policy}) {
    const util::ThreadTeam team(options.num_threads);
    util::AlignedBuffer<uint16_t> addresses;
    hashing::HashAllRows(num_rows, tables.family(), team, vector_of, addresses);
    tables.Fill(vectors, addresses, util::Rng(options.seed), team);
  }

  // Throws: OptionsError for sizes that the family cannot hash.
  std::unique_ptr<const hashing::HashFamily> MakeFamily(
      uint64_t seed, size_t num_rows, size_t vector_width) const {
    constexpr size_t kMaxRows = std::numeric_limits<uint32_t>::max();
    if (num_rows > kMaxRows) {
      throw OptionsError(
          fmt::format("rows: got {}, expected at most {}", num_rows, kMaxRows));
    }
    const bool compares = hash.kind == HashKind::kWta ||
                          hash.kind == HashKind::kDwta ||
                          hash.kind == HashKind::kAuto;
    const size_t min_width = compares ? 2 : 1;
    if (vector_width < min_width) {
      throw OptionsError(
          fmt::format("width: got {}, expected {} or more for {}", width,
                      min_width, Name(hash.kind)));
    }
    return hashing::MakeHashFamily(
        hash, vector_width,
        util::Rng(seed).Stream(util::Purpose::kHashFunctions, 0));
  }

  HashOptions hash;
  size_t width;
  LshTables tables;
};

HashIndex::HashIndex(std::span<const float> rows, size_t width,
                     const HashIndexOptions& options) {
  options.Validate();
  const size_t num_rows = CountRows(rows, width);
  const RowVectors vectors = VectorsOf(width, options);
  const kernels::ConstRowsView view = RowsOf(rows, width);
  impl_ = std::make_shared<Impl>(options, num_rows, vectors,
                                 [&](size_t i, std::span<float> buffer) {
                                   return vectors.Row(view, i, buffer);
                                 });
}

HashIndex::HashIndex(const Dataset& rows, const HashIndexOptions& options) {
  options.Validate();
  if (!options.query_mean.empty()) {
    throw OptionsError(
        fmt::format("query_mean: got {} values, expected none for sparse rows",
                    options.query_mean.size()));
  }
  impl_ = std::make_shared<Impl>(
      options, rows.size(), RowVectors(rows.num_features()),
      [&](size_t i, std::span<float>) { return rows[i].features; });
}

size_t HashIndex::num_rows() const noexcept { return impl_->tables.num_rows(); }

size_t HashIndex::width() const noexcept { return impl_->width; }

const HashOptions& HashIndex::hash() const noexcept { return impl_->hash; }

BucketOccupancy HashIndex::Occupancy() const {
  return impl_->tables.Occupancy();
}

struct HashSearcher::Impl {
  Impl(std::shared_ptr<const HashIndex::Impl> tables_of,
       const SearchOptions& options)
      : index(std::move(tables_of)),
        query{.strategy = options.strategy,
              .min_hits = static_cast<uint32_t>(options.min_hits),
              .budget = std::min<size_t>(
                  static_cast<size_t>(
                      options.max_found.value_or(*index->hash.candidates)),
                  index->tables.num_rows())},
        rng(options.seed),
        reader(index->tables, query),
        found(index->tables.num_rows(), query.budget) {}

  std::span<const uint32_t> Find(const util::VectorView& x) {
    found.Clear();
    if (!reader.Read(index->tables, x, query.budget, rng, found)) {
      throw DataError("query: got a value that is not a finite number");
    }
    return found.ids();
  }

  std::shared_ptr<const HashIndex::Impl> index;
  hashing::QueryOptions query;
  util::Rng rng;
  hashing::TableReader reader;
  hashing::IdSet found;
};

HashSearcher::HashSearcher(const HashIndex& index,
                           const SearchOptions& options) {
  options.Validate();
  impl_ = std::make_unique<Impl>(index.impl_, options);
}

HashSearcher::HashSearcher(HashSearcher&&) noexcept = default;
HashSearcher& HashSearcher::operator=(HashSearcher&&) noexcept = default;
HashSearcher::~HashSearcher() = default;

std::span<const uint32_t> HashSearcher::Find(std::span<const float> query) {
  if (query.size() != impl_->index->width) {
    throw DataError(fmt::format("query: got {} coordinates, expected {}",
                                query.size(), impl_->index->width));
  }
  return impl_->Find(util::VectorView(query));
}

std::span<const uint32_t> HashSearcher::Find(SparseView query) {
  if (query.ids.size() != query.values.size()) {
    throw DataError(
        fmt::format("query: got {} ids and {} values, expected as many",
                    query.ids.size(), query.values.size()));
  }
  if (std::ranges::adjacent_find(query.ids, std::greater_equal<>()) !=
      query.ids.end()) {
    throw DataError("query: got ids out of order, expected them to ascend");
  }
  if (!query.ids.empty() && query.ids.back() >= impl_->index->width) {
    throw DataError(fmt::format("query: got the id {}, expected below {}",
                                query.ids.back(), impl_->index->width));
  }
  return impl_->Find(util::VectorView(query));
}

std::span<const uint16_t> HashSearcher::addresses() const noexcept {
  return impl_->reader.addresses();
}

}  // namespace slide
