// One training step: a sample goes forward through the layers, its active set
// is selected, and the gradient goes back, updating each touched row on its way
// (HOGWILD: Niu et al. 2011; the active set: Chen et al., "SLIDE", MLSys 2020).
#pragma once

#include <cstddef>

#include "kernels/kernels.h"
#include "nn/network_core.h"
#include "nn/selector.h"
#include "nn/workspace.h"
#include "slide/dataset.h"
#include "slide/options.h"
#include "slide/sparse.h"
#include "util/rng.h"

namespace slide::nn {

struct StepResult {
  double loss = 0.0;
  size_t num_active = 0;
};

// What the training options say of a single step.
struct StepOptions {
  Loss loss = Loss::kDecoupled;
  float gradient_floor = 0.0f;
  // Its rounding key is set for each layer, from the sample's stream.
  kernels::RowStep row = {};
};

// Trains on one sample; rng: the sample's own stream. next: the features of the
// sample this thread trains on next, empty if that is not known: their rows are
// fetched while this sample's active set is looked for, when memory is idle.
// Requires: the sample has a label; its ids fit the network; the index is built
// if the selector uses hashing.
// Threads: any number at once, each with its own workspace.
StepResult TrainSample(NetworkCore& network, const Selector& selector,
                       const StepOptions& options, const Sample& sample,
                       SparseView next, util::Rng& rng, Workspace& ws) noexcept;

}  // namespace slide::nn
