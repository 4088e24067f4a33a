// The weight of the sparse part in a label's logit, chosen on a validation set.
#pragma once

#include "nn/network_core.h"
#include "slide/dataset.h"
#include "slide/metrics.h"
#include "slide/network.h"

namespace slide::train {

// Gives the sparse part of the network (core is its inside) the weight with the
// largest mean of P@k on the validation set, of some between 1/2 and 2.8 times
// the one it has, and of equals the one that is nearer to that; damped to the
// geometric mean of both, since a set that is small enough to want another
// weight is too small to say which. Looks at
// 2,000 samples at most. Returns whether it is another one than before.
// Requires: nobody trains; a sparse part. Throws: as Evaluate, with the weight
// as it was.
bool ChooseSparseWeight(const Network& network, nn::NetworkCore& core,
                        const Dataset& validation, EvaluateOptions options,
                        const EvaluateCallback& callback = {});

}  // namespace slide::train
