// By what hashes are centered: the mean of the last hidden activations of
// inputs such as those that will be asked for.
#pragma once

#include <span>

#include "nn/network_core.h"
#include "slide/sparse.h"

namespace slide::train {

// From the next build on. Without effect if there are no inputs, if the
// network's options say so or if an activation is not finite.
// Requires: no build is going on.
void CenterQueries(nn::NetworkCore& network,
                   std::span<const SparseView> inputs);

}  // namespace slide::train
