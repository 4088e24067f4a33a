// MinHash: a vector counts as the set of its largest coordinates, and an
// elementary hash is the element of the set that comes first in a random order,
// so that two sets agree on it with a probability of |A and B| / |A or B|,
// their Jaccard similarity (Broder, 1997).
//
// One random order serves for 32 elementary hashes: it throws the elements into
// 32 bins, and the first of each bin gives a code (Li, Owen and Zhang, "One
// permutation hashing", NIPS 2012). A bin without an element borrows its code
// from another one (densify.h), which keeps the probability. K L hashes take
// ceil(K L / 32) such rounds.
//
// The set: the coordinates that are positive, but only the width / 4 largest of
// them (at least one; of equal ones those in front). Where there is none, every
// address is 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "hashing/densify.h"
#include "hashing/hash_family.h"
#include "util/aligned.h"
#include "util/rng.h"

namespace slide::hashing {

class MinHash final : public HashFamily {
 public:
  static constexpr size_t kBinsARound = 32;

  // rng: the stream of the hash functions. Hashing costs ceil(K L / 32) mixed
  // words for each element of the set, and finding these.
  MinHash(const HashShape& shape, util::Rng rng);

  size_t max_set_size() const noexcept { return max_set_size_; }
  size_t num_rounds() const noexcept { return seeds_.size(); }
  // Smaller is earlier in the order of that round. The bin is in the highest
  // bits, the code in the lowest 32; no two elements have the same hash.
  uint64_t ElementHash(size_t round, uint32_t element) const noexcept {
    return util::Mix64(seeds_[round] +
                       (uint64_t{element} + 1) * util::kGoldenGamma);
  }
  static size_t Bin(uint64_t element_hash) noexcept {
    return element_hash >> 59;
  }
  // Serves every round.
  const DonorSearch& donors() const noexcept { return donors_; }

 private:
  void HashDense(std::span<const float> x, HashScratch& scratch,
                 std::span<uint16_t> addresses) const noexcept override;
  void HashSparse(SparseView x, HashScratch& scratch,
                  std::span<uint16_t> addresses) const noexcept override;

  // Returns the places of the set's elements among the values; they lie in
  // scratch.
  std::span<uint32_t> SelectSet(std::span<const float> values,
                                HashScratch& scratch) const noexcept;
  void HashSet(std::span<const uint32_t> set, HashScratch& scratch,
               std::span<uint16_t> addresses) const noexcept;
  // codes [kBinsARound]. Requires: the set is not empty.
  void HashRound(size_t round, std::span<const uint32_t> set,
                 std::span<uint32_t> codes) const noexcept;

  size_t max_set_size_;
  util::AlignedBuffer<uint64_t> seeds_;  // [num_rounds]
  DonorSearch donors_;
};

}  // namespace slide::hashing
