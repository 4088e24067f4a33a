// The tests of the index and its tables share these: rows that go where a test
// says, random rows, and indexes over them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "hashing/lsh_index.h"
#include "hashing/simhash.h"
#include "util/aligned.h"
#include "util/rng.h"
#include "util/thread_team.h"

namespace slide::hashing {

// x = (address in table 0, address in table 1, ...): the test says who meets
// whom.
class WrittenOutFamily final : public HashFamily {
 public:
  explicit WrittenOutFamily(size_t num_tables)
      : HashFamily({.width = num_tables,
                    .num_tables = static_cast<int>(num_tables),
                    .table_bits = 8},
                   8, 0, 0) {}

 private:
  void HashDense(std::span<const float> x, HashScratch&,
                 std::span<uint16_t> addresses) const noexcept override {
    for (size_t t = 0; t < addresses.size(); ++t) {
      addresses[t] = static_cast<uint16_t>(x[t]);
    }
  }
  void HashSparse(SparseView, HashScratch&,
                  std::span<uint16_t>) const noexcept override {}
};

inline kernels::RowFormat FormatOf(size_t width) {
  return {width, Precision::kFp32, Optimizer::kRowAdagrad};
}

// Rows of a matrix, each set by hand.
class WrittenRows {
 public:
  WrittenRows(size_t num_rows, const kernels::RowFormat& format)
      : num_rows_(num_rows),
        format_(format),
        records_(num_rows * format.stride) {}

  size_t num_rows() const { return num_rows_; }
  kernels::RowsView view() { return {records_.data(), format_}; }
  kernels::ConstRowsView view() const { return {records_.data(), format_}; }
  // The weights as they are; fp32 only.
  std::span<const float> row(size_t i) const {
    return {view().weights<float>(i), format_.width};
  }
  void Set(size_t i, std::span<const float> weights) {
    kernels::WriteWeights(view(), i, weights);
  }
  void Fill(size_t i, float weight) {
    Set(i, std::vector<float>(format_.width, weight));
  }

 private:
  size_t num_rows_;
  kernels::RowFormat format_;
  util::AlignedBuffer<std::byte> records_;
};

// Rows of normal values.
inline WrittenRows RandomRows(size_t num_rows, size_t width, util::Rng rng,
                              Precision precision = Precision::kFp32) {
  WrittenRows rows(num_rows, {width, precision, Optimizer::kRowAdagrad});
  std::vector<float> weights(width);
  for (size_t i = 0; i < num_rows; ++i) {
    for (float& weight : weights) weight = rng.Normal();
    rows.Set(i, weights);
  }
  return rows;
}

// addresses[i][t] is where row i goes in table t.
inline std::unique_ptr<LshIndex> WrittenOutIndex(
    const std::vector<std::vector<uint16_t>>& addresses,
    BucketLimit limit = {}) {
  const size_t num_tables = addresses.front().size();
  WrittenRows rows(addresses.size(), FormatOf(num_tables));
  for (size_t i = 0; i < addresses.size(); ++i) {
    rows.Set(i, std::vector<float>(addresses[i].begin(), addresses[i].end()));
  }
  auto index = std::make_unique<LshIndex>(
      std::make_unique<WrittenOutFamily>(num_tables), RowVectors(num_tables),
      addresses.size(), limit);
  index->Build(rows.view(), util::ThreadTeam(1));
  return index;
}

inline std::unique_ptr<const HashFamily> SimHashOf(size_t width,
                                                   int hashes_per_table,
                                                   int num_tables) {
  return std::make_unique<SimHash>(
      HashShape{.width = width,
                .hashes_per_table = hashes_per_table,
                .num_tables = num_tables},
      util::Rng(1234).Stream(util::Purpose::kHashFunctions));
}

inline std::unique_ptr<LshIndex> SimHashIndex(const WrittenRows& rows,
                                              int hashes_per_table,
                                              int num_tables,
                                              int num_threads = 1) {
  const size_t width = rows.view().format.width;
  auto index =
      std::make_unique<LshIndex>(SimHashOf(width, hashes_per_table, num_tables),
                                 RowVectors(width), rows.num_rows());
  index->Build(rows.view(), util::ThreadTeam(num_threads));
  return index;
}

inline std::vector<uint16_t> AddressesOf(const LshTables& tables,
                                         std::span<const float> x) {
  AddressScratch scratch(tables.family());
  std::vector<uint16_t> addresses(tables.tables().size());
  EXPECT_TRUE(tables.Hash(util::VectorView(x), scratch, addresses));
  return addresses;
}

inline void ExpectSameTables(const LshTables& a, const LshTables& b) {
  ASSERT_EQ(a.tables().size(), b.tables().size());
  for (size_t t = 0; t < a.tables().size(); ++t) {
    ASSERT_EQ(a.tables()[t].num_buckets(), b.tables()[t].num_buckets());
    for (size_t i = 0; i < a.tables()[t].num_buckets(); ++i) {
      const auto x = a.tables()[t].bucket(i), y = b.tables()[t].bucket(i);
      ASSERT_TRUE(std::equal(x.begin(), x.end(), y.begin(), y.end()))
          << "table " << t << ", bucket " << i;
    }
  }
}

}  // namespace slide::hashing
