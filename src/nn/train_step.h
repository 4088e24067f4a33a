// One training step: a sample goes forward through the layers, its active set
// is selected, and the gradient goes back, updating each touched row on its way
// (HOGWILD: Niu et al. 2011; the active set: Chen et al., "SLIDE", MLSys 2020).
#pragma once

#include "nn/propagate.h"

namespace slide::nn {

// Trains on one sample; arguments and requirements as of Forward.
// Threads: any number at once, each with its own workspace.
StepResult TrainSample(NetworkCore& network, const sampling::Selector& selector,
                       const StepOptions& options, float learning_rate,
                       const Sample& sample, SparseView next, util::Rng& rng,
                       Workspace& ws) noexcept;

}  // namespace slide::nn
