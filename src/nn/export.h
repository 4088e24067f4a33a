// Copies of a network in another form: weights alone, or weights that can be
// trained.
#pragma once

#include <memory>

#include "nn/network_core.h"

namespace slide::nn {

// Returns a copy with weights of this precision and nothing of an optimizer.
// Throws, as below: DivergedError for a number that is not finite; Error for a
// sparse part that is damaged; OutOfMemoryError.
std::unique_ptr<NetworkCore> ExportedCopy(const NetworkCore& network,
                                          Precision weights);

// Returns a copy that this optimizer can train: weights of its options'
// precision, and the state before the first step. Tables are not built.
std::unique_ptr<NetworkCore> TrainableCopy(const NetworkCore& network,
                                           Optimizer optimizer);

}  // namespace slide::nn
