// The search for the settings of compared methods, on a part of the training
// set that is held out.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "slide/comparison.h"
#include "slide/network.h"

namespace slide::train {

// The network of a method, for this training set. Throws: as Network.
std::unique_ptr<Network> MakeNetwork(const Method& method,
                                     const Dataset& train);

// Gives each method the learning rate and the batch size with the best mean P@k
// on the held-out samples, of those in the options; returns what was tried. A
// try that fails has a precision of 0. callback: as in CompareMethods.
// Throws: StoppedError when the callback says so; as SplitHeldOut.
std::vector<std::vector<MethodTry>> SearchMethods(
    std::span<Method> methods, const Dataset& train,
    const MethodSearchOptions& options, const ComparisonCallback& callback);

}  // namespace slide::train
