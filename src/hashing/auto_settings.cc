#include "hashing/auto_settings.h"

#include <algorithm>
#include <cmath>

namespace slide::hashing {
namespace {

// New rows that a query takes from each table.
constexpr int kRowsPerTable = 4;
constexpr int kMinTables = 10, kMaxTables = 100;
// Rows in the L buckets of an average row, for each candidate wanted. A query
// meets fewer than an average row does, because trained rows point away from
// most queries, and some of them more than once.
constexpr double kRowsPerCandidate = 5.0;
// Neurons hashed for each sample of the first interval.
constexpr uint64_t kNeuronsPerSample = 6;
constexpr uint64_t kMinInterval = 1000;

// Bits of an address.
int AutoBits(size_t num_neurons, int num_tables, int candidates) {
  const double rows = static_cast<double>(num_neurons) * num_tables;
  const double bits = std::log2(rows / (kRowsPerCandidate * candidates));
  return static_cast<int>(std::clamp(std::round(bits), 1.0, 16.0));
}

}  // namespace

HashOptions SettledHash(HashOptions options, size_t num_neurons) {
  if (!options.num_tables) {
    options.num_tables =
        std::clamp(options.candidates / kRowsPerTable, kMinTables, kMaxTables);
  }
  const int bits =
      AutoBits(num_neurons, *options.num_tables, options.candidates);
  const bool is_minhash = options.kind == HashKind::kMinHash;
  if (!options.table_bits) options.table_bits = is_minhash ? bits : 16;
  if (!options.hashes_per_table) {
    const bool has_winners =
        options.kind == HashKind::kWta || options.kind == HashKind::kDwta;
    // A winner among 8 takes 3 bits.
    options.hashes_per_table = is_minhash    ? 1
                               : has_winners ? (bits + 2) / 3
                                             : bits;
  }
  return options;
}

uint64_t AutoRebuildInterval(size_t num_neurons) noexcept {
  return std::max<uint64_t>(kMinInterval, num_neurons / kNeuronsPerSample);
}

}  // namespace slide::hashing
