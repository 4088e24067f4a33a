// By what hashes are centered: the mean of what a layer takes in, over inputs
// such as those that will be asked for.
#pragma once

#include <span>

#include "nn/network_core.h"
#include "slide/sparse.h"

namespace slide::nn {

// Of all layers whose hashes are centered, from the next build on. Without
// effect if there are no inputs, and for a layer with a mean that is not
// finite. Requires: no build is going on.
void CenterTables(nn::NetworkCore& network, std::span<const SparseView> inputs);

}  // namespace slide::nn
