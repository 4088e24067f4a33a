// How much memory there is, asked before a large piece of it is taken: where
// the system promises more than it has, a process that uses it is killed.
#pragma once

#include <cstdint>
#include <string_view>

namespace slide::util {

// Bytes that this process may still take: what the machine has left, swap
// included, within the limits of its control group (as containers set them) and
// of its addresses (ulimit -v). The largest number where nothing of it is
// known.
uint64_t AvailableMemory() noexcept;

// Bytes of this process that are in memory now; 0 where that is not known.
uint64_t ResidentMemory() noexcept;

// Gives memory that was freed back to the system, as far as it can be: until
// then it stays resident, and what is taken next adds less than it is large.
void ReturnFreedMemory() noexcept;

// Throws: OutOfMemoryError unless so many bytes are available. purpose: what
// they are for, and what makes them fewer. Small pieces are not worth a look.
void RequireMemory(uint64_t num_bytes, std::string_view purpose);

}  // namespace slide::util
