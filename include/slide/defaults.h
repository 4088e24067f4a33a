// SettledFor: options for a training set, with what they leave open chosen by
// its sizes.
#pragma once

#include "slide/dataset.h"
#include "slide/options/network.h"
#include "slide/options/train.h"

namespace slide {

// Returns the options of a network that is to be trained on this set: where
// num_features and num_labels are 0, they are those of the set, and where there
// is no hidden layer, there is one of a width that suits the number of samples
// (docs/accuracy.md has the rules).
NetworkOptions SettledFor(const Dataset& train, NetworkOptions options = {});

// Returns the options with the epochs, the learning rate, the update and the
// batch size that Trainer::Fit takes where they are left open. network: what is
// trained.
TrainOptions SettledFor(const Dataset& train, const NetworkOptions& network,
                        TrainOptions options);

}  // namespace slide
