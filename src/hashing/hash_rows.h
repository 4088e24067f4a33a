// HashAllRows: the addresses of all rows of a matrix, by a team of threads.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "hashing/hash_family.h"
#include "slide/error.h"
#include "util/aligned.h"
#include "util/thread_team.h"

namespace slide::hashing {

// Per-thread buffers for hashing vectors of one family.
struct AddressScratch {
  AddressScratch() = default;
  explicit AddressScratch(const HashFamily& family)
      : hash(family.MakeScratch()), vector(family.width()) {}

  HashScratch hash;
  util::AlignedBuffer<float> vector;
};

// hash_row(i, scratch, addresses) gives row i its addresses [num_tables] and
// returns false if it has none, as it is not finite; any number of threads call
// it, each with a scratch of its own. all [num_tables, num_rows]: each table's
// addresses are one run. Throws: DataError naming the first row that is not
// finite; `all` is then part old, part new.
template <typename HashRow>
void HashAllRows(size_t num_rows, const HashFamily& family,
                 const util::ThreadTeam& team, HashRow&& hash_row,
                 std::span<uint16_t> all) {
  // The first of each thread's rows that cannot be hashed.
  std::vector<size_t> bad_rows(static_cast<size_t>(team.size()), num_rows);
  team.Split(num_rows, [&](size_t begin, size_t end, int worker) {
    AddressScratch scratch(family);
    std::vector<uint16_t> addresses(static_cast<size_t>(family.num_tables()));
    for (size_t i = begin; i < end; ++i) {
      if (!hash_row(i, scratch, addresses)) {
        bad_rows[static_cast<size_t>(worker)] = i;
        return;
      }
      for (size_t t = 0; t < addresses.size(); ++t) {
        all[t * num_rows + i] = addresses[t];
      }
    }
  });
  const size_t bad_row = *std::min_element(bad_rows.begin(), bad_rows.end());
  if (bad_row < num_rows) {
    throw DataError(
        fmt::format("row {} has a value that is not a finite number", bad_row));
  }
}

}  // namespace slide::hashing
