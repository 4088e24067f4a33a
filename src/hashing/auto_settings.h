// Chooses what the hash options leave open by the sizes of what is hashed. The
// rules and the measurements behind them are in docs/hashing.md.
#pragma once

#include <cstddef>
#include <cstdint>

#include "slide/options/hash.h"

namespace slide::hashing {

// The options with everything set, for tables over num_neurons.
HashOptions SettledHash(HashOptions options, size_t num_neurons);

// The memory that such tables take, in bytes. Requires: options are settled.
uint64_t TableBytes(const HashOptions& options, size_t num_neurons) noexcept;

// Samples between the first two builds of such tables.
uint64_t AutoRebuildInterval(size_t num_neurons) noexcept;

}  // namespace slide::hashing
