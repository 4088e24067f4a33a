// An index over a few random rows, for tests of what reads its tables.
#pragma once

#include <cstddef>
#include <memory>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "hashing/lsh_index.h"
#include "hashing/simhash.h"
#include "nn/row_store.h"
#include "util/rng.h"
#include "util/thread_team.h"

namespace slide::testing_support {

struct SmallIndex {
  static constexpr size_t kRows = 200;
  static constexpr size_t kWidth = 16;
  static constexpr int kTables = 10;

  // hashes: in a table; fewer, larger buckets.
  explicit SmallIndex(int hashes)
      : rows(kRows, {kWidth, Precision::kFp32, Optimizer::kRowAdagrad}),
        index(std::make_unique<hashing::SimHash>(
                  hashing::HashShape{.width = kWidth,
                                     .hashes_per_table = hashes,
                                     .num_tables = kTables},
                  util::Rng(5)),
              hashing::RowVectors(kWidth), kRows) {
    const util::ThreadTeam team(1);
    rows.DrawWeights(1.0, util::Rng(5), 0, team);
    index.Build(std::as_const(rows).rows(), team);
  }

  std::span<const float> Row(size_t i) {
    return {rows.rows().weights<float>(i), kWidth};
  }
  // All rows that share a bucket with one whose addresses these are.
  std::set<uint32_t> Mates(std::span<const uint16_t> addresses) const {
    std::set<uint32_t> mates;
    for (size_t t = 0; t < addresses.size(); ++t) {
      const auto bucket = index.tables().tables()[t].bucket(addresses[t]);
      mates.insert(bucket.begin(), bucket.end());
    }
    return mates;
  }

  nn::RowStore rows;
  hashing::LshIndex index;
};

}  // namespace slide::testing_support
