// What Trainer and SampleTrainer make of their options and data before the
// first step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "nn/network_core.h"
#include "sampling/neighbour_index.h"
#include "sampling/selector.h"
#include "slide/dataset.h"
#include "slide/options/train.h"

namespace slide::train {

// Throws: OptionsError if the options do not suit the network.
void CheckSuits(const TrainOptions& options, const nn::NetworkCore& network);

// Throws: DataError if `what` set has more features or labels than the network.
void CheckFits(const Dataset& data, const NetworkOptions& network,
               std::string_view what);

// If the options want neighbours.
std::optional<sampling::NeighbourIndex> MakeNeighbours(
    const SamplingOptions& options, const Dataset& data);

// label_counts: of the training set, filled up with zeros.
sampling::Selector MakeSelector(
    const SamplingOptions& options, const nn::NetworkCore& network,
    std::vector<uint64_t> label_counts,
    const std::optional<sampling::NeighbourIndex>& neighbours);

// Which tables such a selector, and hashed hidden layers, use.
nn::NetworkCore::Tables TablesInUse(const sampling::Selector& selector);

// The features of a sample of the data set's samples `from`, by the seed: few
// that stand for all, by which hashes are centered.
std::vector<SparseView> TypicalInputs(const Dataset& data,
                                      std::span<const uint64_t> from,
                                      uint64_t seed);

// The samples that have a label; none is read.
std::vector<uint64_t> LabelledSamples(const Dataset& data);

}  // namespace slide::train
