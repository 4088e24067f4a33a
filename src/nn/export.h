// Copies of a network in another form: weights alone, or weights that can be
// trained.
#pragma once

#include <memory>
#include <optional>

#include "nn/network_core.h"

namespace slide::nn {

// Returns a copy for this optimizer. exported: it has weights of this precision
// and nothing of an optimizer; none: it can be trained, with weights of its
// options' precision and the state before the first step. Tables are not built.
// Throws: DivergedError for a number that is not finite; Error for a sparse
// part that is damaged; OutOfMemoryError.
std::unique_ptr<NetworkCore> CopyAs(const NetworkCore& network,
                                    Optimizer optimizer,
                                    std::optional<Precision> exported);

}  // namespace slide::nn
