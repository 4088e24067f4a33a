// HashAllRows: the addresses of all rows of a matrix, by a team of threads.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "hashing/hash_family.h"
#include "slide/error.h"
#include "util/aligned.h"
#include "util/thread_team.h"

namespace slide::hashing {

// What a thread makes the addresses of a vector in.
struct AddressScratch {
  AddressScratch() = default;
  explicit AddressScratch(const HashFamily& family)
      : hash(family.MakeScratch()), vector(family.width()) {}

  HashScratch hash;
  util::AlignedBuffer<float> vector;
};

// What became of a row.
enum class RowHash {
  kHashed,
  kAsBefore,   // its addresses stay as they are
  kNotFinite,  // it has none
};

// hash_row(i, scratch, addresses) -> RowHash gives row i its addresses
// [num_tables]; any number of threads call it, each with a scratch of its own.
// all [num_tables, num_rows]: each table's addresses are one run. Returns how
// many rows were hashed. Throws: DataError naming the first row that is not
// finite; `all` is then part old, part new.
template <typename HashRow>
size_t HashAllRows(size_t num_rows, const HashFamily& family,
                   const util::ThreadTeam& team, HashRow&& hash_row,
                   std::span<uint16_t> all) {
  const auto num_workers = static_cast<size_t>(team.size());
  // Of each thread's rows the first that cannot be hashed, and how many were.
  std::vector<size_t> bad_rows(num_workers, num_rows);
  std::vector<size_t> nums_hashed(num_workers, 0);
  team.Split(num_rows, [&](size_t begin, size_t end, int worker) {
    const auto w = static_cast<size_t>(worker);
    AddressScratch scratch(family);
    std::vector<uint16_t> addresses(static_cast<size_t>(family.num_tables()));
    size_t num_hashed = 0;
    for (size_t i = begin; i < end; ++i) {
      const RowHash state = hash_row(i, scratch, addresses);
      if (state == RowHash::kAsBefore) continue;
      if (state == RowHash::kNotFinite) {
        bad_rows[w] = i;
        return;
      }
      for (size_t t = 0; t < addresses.size(); ++t) {
        all[t * num_rows + i] = addresses[t];
      }
      ++num_hashed;
    }
    nums_hashed[w] = num_hashed;
  });
  const size_t bad_row = *std::min_element(bad_rows.begin(), bad_rows.end());
  if (bad_row < num_rows) {
    throw DataError(
        fmt::format("row {} has a value that is not a finite number", bad_row));
  }
  return std::accumulate(nums_hashed.begin(), nums_hashed.end(), size_t{0});
}

}  // namespace slide::hashing
