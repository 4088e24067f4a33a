#include "hashing/auto_settings.h"

#include <algorithm>
#include <cmath>

#include "hashing/bucket_table.h"
#include "hashing/hash_family.h"

namespace slide::hashing {
namespace {

// Rows that a query is to find where nobody says.
constexpr int kCandidates = 200;
// New rows that a query takes from each table.
constexpr int kRowsPerTable = 4;
constexpr int kFewestTables = 10, kMostTables = 100;
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
  return static_cast<int>(
      std::clamp(std::round(bits), 1.0, double{kMaxAddressBits}));
}

}  // namespace

HashOptions SettledHash(HashOptions options, size_t num_neurons) {
  if (!options.candidates) options.candidates = kCandidates;
  if (!options.num_tables) {
    options.num_tables = std::clamp(*options.candidates / kRowsPerTable,
                                    kFewestTables, kMostTables);
  }
  const int bits =
      AutoBits(num_neurons, *options.num_tables, *options.candidates);
  const int code_bits = CodeBits(options.kind);
  if (!options.table_bits) {
    options.table_bits = code_bits > kMaxAddressBits ? bits : kMaxAddressBits;
  }
  if (!options.hashes_per_table) {
    options.hashes_per_table = (bits + code_bits - 1) / code_bits;
  }
  return options;
}

uint64_t TableBytes(const HashOptions& options, size_t num_neurons) noexcept {
  if (options.kind == HashKind::kNone) return 0;
  const int address_bits = std::min(
      *options.table_bits, *options.hashes_per_table * CodeBits(options.kind));
  return static_cast<uint64_t>(*options.num_tables) *
         BucketTable::NumBytes(
             num_neurons, address_bits,
             {.capacity = static_cast<uint32_t>(options.bucket_capacity)});
}

uint64_t AutoRebuildInterval(size_t num_neurons) noexcept {
  return std::max<uint64_t>(kMinInterval, num_neurons / kNeuronsPerSample);
}

}  // namespace slide::hashing
