// HashFamily: vector -> one bucket address for each of L tables. An address
// joins K elementary hashes; families differ in what an elementary hash is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "slide/options/hash.h"
#include "slide/sparse.h"
#include "util/aligned.h"
#include "util/rng.h"
#include "util/vector_view.h"

namespace slide::hashing {

// Addresses are numbers of so many bits at most.
inline constexpr int kMaxAddressBits = 16;
inline constexpr int kMaxHashesPerTable = 32;

struct HashShape {
  size_t width = 0;          // length of the vectors
  int hashes_per_table = 1;  // K in the paper
  int num_tables = 1;        // L in the paper
  // Addresses have no more bits than this, 1..kMaxAddressBits.
  int table_bits = kMaxAddressBits;

  // Elementary hashes of all tables: K L.
  size_t num_codes() const noexcept {
    return static_cast<size_t>(hashes_per_table) *
           static_cast<size_t>(num_tables);
  }
};

// Per-thread buffers of a family; their contents mean nothing between calls.
struct HashScratch {
  util::AlignedBuffer<float> floats;
  util::AlignedBuffer<uint32_t> words;
};

// Immutable. Threads: any number may hash at once, each with its own scratch.
class HashFamily {
 public:
  virtual ~HashFamily() = default;

  const HashShape& shape() const noexcept { return shape_; }
  size_t width() const noexcept { return shape_.width; }
  int num_tables() const noexcept { return shape_.num_tables; }
  // Addresses are below 2^address_bits(): as many bits as K elementary hashes
  // take, at most table_bits. Each of them is the address of some vector where
  // the K hashes tell that many regions apart: in a few dimensions there are
  // not so many, and one minhash has width() values.
  int address_bits() const noexcept { return address_bits_; }
  HashScratch MakeScratch() const {
    return {util::AlignedBuffer<float>(num_floats_),
            util::AlignedBuffer<uint32_t>(num_words_)};
  }

  // addresses[t] = the address of x in table t; a dense x [width], addresses
  // [num_tables]. Returns false, and every address is 0, if a coordinate is not
  // a finite number. A vector of zeros has address 0 everywhere. A sparse x has
  // the addresses of the dense vector that is x at its ids and 0 elsewhere.
  // Requires: ids below width.
  bool Hash(const util::VectorView& x, HashScratch& scratch,
            std::span<uint16_t> addresses) const noexcept;

 protected:
  // An elementary hash has code_bits bits, 1..32. num_floats, num_words: of the
  // scratch.
  HashFamily(const HashShape& shape, int code_bits, size_t num_floats,
             size_t num_words);

  size_t num_codes() const noexcept { return shape_.num_codes(); }
  // Tells whether an address is its K codes side by side, the first in the
  // lowest bits; otherwise it is taken from a hash of them.
  bool packs_exactly() const noexcept { return packs_exactly_; }
  // addresses[t] from codes[t K] to codes[t K + K - 1]; codes [num_codes].
  void PackCodes(std::span<const uint32_t> codes,
                 std::span<uint16_t> addresses) const noexcept;
  // The address for K codes that are packed into one word already.
  uint16_t MixedAddress(uint64_t packed_codes) const noexcept;

 private:
  // Hash vectors of finite numbers, not all of them 0.
  virtual void HashDense(std::span<const float> x, HashScratch& scratch,
                         std::span<uint16_t> addresses) const noexcept = 0;
  virtual void HashSparse(SparseView x, HashScratch& scratch,
                          std::span<uint16_t> addresses) const noexcept = 0;

  HashShape shape_;
  int code_bits_;
  int address_bits_;
  bool packs_exactly_;
  size_t num_floats_;
  size_t num_words_;
};

// The family of that name; rng: the stream of the hash functions.
// Requires: kind != HashKind::kNone.
std::unique_ptr<const HashFamily> MakeHashFamily(HashKind kind,
                                                 const HashShape& shape,
                                                 util::Rng rng);
// The family that these options name, for vectors of that width.
// Requires: the options are settled; kind != HashKind::kNone.
std::unique_ptr<const HashFamily> MakeHashFamily(const HashOptions& options,
                                                 size_t width, util::Rng rng);

// Bits of an elementary hash of this family, for wide vectors; 1 for kNone.
int CodeBits(HashKind kind) noexcept;

}  // namespace slide::hashing
