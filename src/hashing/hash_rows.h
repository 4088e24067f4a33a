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
#include "util/vector_view.h"

namespace slide::hashing {

// Per-thread buffers for hashing vectors of one family.
struct AddressScratch {
  explicit AddressScratch(const HashFamily& family)
      : hash(family.MakeScratch()), vector(family.width()) {}

  HashScratch hash;
  util::AlignedBuffer<float> vector;
};

// Hashes the vectors of all rows: vector_of(i, buffer) is that of row i, dense
// or sparse, and may lie in buffer [width]; any number of threads call it.
// addresses [num_tables, num_rows], so that each table's are one run, is
// allocated if it is empty. Throws: DataError naming the first row that is not
// finite, and `addresses` is then part old, part new; Error if memory runs out.
template <typename VectorOf>
void HashAllRows(size_t num_rows, const HashFamily& family,
                 const util::ThreadTeam& team, const VectorOf& vector_of,
                 util::AlignedBuffer<uint16_t>& addresses) {
  const auto num_tables = static_cast<size_t>(family.num_tables());
  if (addresses.size() == 0) {
    addresses = util::AlignedBuffer<uint16_t>(
        util::Product(num_tables, num_rows),
        "the building of the hash tables (fewer `num_tables` need less)");
  }
  // The first row of each thread that is not finite.
  std::vector<size_t> bad_rows(static_cast<size_t>(team.size()), num_rows);
  team.Split(num_rows, [&](size_t begin, size_t end, int worker) {
    AddressScratch scratch(family);
    std::vector<uint16_t> of_row(num_tables);
    for (size_t i = begin; i < end; ++i) {
      const util::VectorView vector(vector_of(i, scratch.vector));
      if (!family.Hash(vector, scratch.hash, of_row)) {
        bad_rows[static_cast<size_t>(worker)] = i;
        return;
      }
      for (size_t t = 0; t < num_tables; ++t) {
        addresses[t * num_rows + i] = of_row[t];
      }
    }
  });
  const size_t bad_row = *std::min_element(bad_rows.begin(), bad_rows.end());
  if (bad_row < num_rows) {
    throw DataError(fmt::format(
        "row {}: got a value that is not a finite number", bad_row));
  }
}

}  // namespace slide::hashing
