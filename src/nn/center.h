// Centers hashes by the mean of a layer's input, over inputs such as those that
// queries will have.
#pragma once

#include <span>

#include "nn/network_core.h"
#include "slide/sparse.h"

namespace slide::nn {

// Centers the tables of all layers whose hashes are centered, from the next
// build on. Has no effect without inputs, and none on a layer with a mean that
// is not finite. Requires: no build is going on.
void CenterTables(nn::NetworkCore& network, std::span<const SparseView> inputs);

}  // namespace slide::nn
