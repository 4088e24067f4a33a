// HashFamily: vector -> one bucket address for each of L tables. An address
// joins K elementary hashes; families differ in what an elementary hash is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace slide::hashing {

// Immutable. Threads: any number may hash at once, each with its own scratch.
class HashFamily {
 public:
  virtual ~HashFamily() = default;

  // Length of the vectors.
  virtual size_t width() const noexcept = 0;
  // L in the paper.
  virtual int num_tables() const noexcept = 0;
  // Addresses are below 2^address_bits(), address_bits() <= 16. Each of them is
  // the address of some vector where width() is well above address_bits(); in a
  // few dimensions there are not that many regions to tell apart.
  virtual int address_bits() const noexcept = 0;
  // Floats that Hash needs to work in.
  virtual size_t scratch_size() const noexcept = 0;

  // addresses[t] = the address of x in table t; x [width], addresses
  // [num_tables], scratch [scratch_size].
  virtual void Hash(std::span<const float> x, std::span<float> scratch,
                    std::span<uint16_t> addresses) const noexcept = 0;
};

}  // namespace slide::hashing
