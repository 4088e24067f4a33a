// SimHash: an elementary hash is the sign of a random projection, so that two
// vectors at angle a agree on it with probability 1 - a / pi (Charikar,
// "Similarity estimation techniques from rounding algorithms", STOC 2002).
//
// The projections are rows of H D2 H D1, the Walsh-Hadamard matrix H between
// diagonals of random signs: d projections for 2 d log2(d) additions instead of
// d^2 (Ailon and Chazelle, "The fast Johnson-Lindenstrauss transform", 2009;
// the use for hashing: Andoni et al., "Practical and optimal LSH for angular
// distance", 2015). Vectors are filled up with zeros to a power of two, which
// changes no angle, and to at least 128, below which a projection's
// distribution would be too far from a normal one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "hashing/hash_family.h"
#include "util/aligned.h"
#include "util/rng.h"

namespace slide::hashing {

class SimHash final : public HashFamily {
 public:
  // rng: the stream of the hash functions.
  // Requires: width >= 1, 1 <= hashes_per_table (K) <= 16, num_tables (L) >= 1.
  SimHash(size_t width, int hashes_per_table, int num_tables, util::Rng rng);

  size_t width() const noexcept override { return width_; }
  int num_tables() const noexcept override { return num_tables_; }
  int address_bits() const noexcept override { return hashes_per_table_; }
  size_t scratch_size() const noexcept override;

  // A zero vector has address 0 in every table.
  // Cost: ceil(K L / d) transforms of d = padded width, 4 d log2(d) flops each.
  void Hash(std::span<const float> x, std::span<float> scratch,
            std::span<uint16_t> addresses) const noexcept override;

 private:
  // Bytes of signs in scratch: those of all transforms, and room to read a few
  // bytes behind the last.
  size_t BitBytes() const noexcept;

  size_t width_;
  int hashes_per_table_;
  int num_tables_;
  size_t padded_width_;
  size_t num_transforms_;
  util::AlignedBuffer<float> signs_;  // [num_transforms, 2, padded_width]
};

}  // namespace slide::hashing
