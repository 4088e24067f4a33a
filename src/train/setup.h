// TrainSetup: everything that a trainer makes of its network, options and
// samples before the first step and keeps until the last. Trainer and
// OnlineTrainer both stand on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "nn/network_core.h"
#include "nn/step.h"
#include "nn/step_options.h"
#include "sampling/selector.h"
#include "slide/dataset.h"
#include "slide/options/network.h"
#include "slide/options/train.h"
#include "train/rebuilder.h"
#include "train/schedule.h"
#include "util/rng.h"
#include "util/thread_team.h"

namespace slide::train {

// Whether a batch's samples compute the same output neurons, by matrix
// products.
constexpr bool UsesMatrices(std::optional<UpdateMode> update) noexcept {
  return update == UpdateMode::kDense || update == UpdateMode::kSampled;
}
// Whether training asks the hash tables of the output layer.
bool UsesHashing(const TrainOptions& options,
                 const NetworkOptions& network) noexcept;

// Settles what the network has left to its trainer: how many candidates the
// output layer's tables are made for.
// Throws: OptionsError if the options do not suit the network.
void SettleNetwork(const TrainOptions& options, nn::NetworkCore& network);

// Gives the network a sparse part of the output if the options want one, or
// leave it to the data; one that it has gets the pairs of this data beside its
// own. Does nothing where the output is frozen. Throws: OptionsError,
// DataError, OutOfMemoryError.
void MakeSparsePart(const TrainOptions& options, const Dataset& train,
                    nn::NetworkCore& network);

// The samples that have a label; none is read.
std::vector<uint64_t> LabelledSamples(const Dataset& data);
// Throws: DataError, with the name of the set, unless a sample has a label.
void RequireLabelled(const Dataset& data, std::string_view name);

struct TrainSetup {
  // Sets the first biases of a network that was never trained, and builds the
  // tables. like: samples such as will be trained on, maybe none. rebuilds: if
  // they have begun, the network is in the middle of a run, with its tables,
  // and stays as it is. label_weights: as StepOptions. Network, rebuilds and
  // weights must outlive it. Throws: OptionsError, DivergedError.
  TrainSetup(nn::NetworkCore& net, const TrainOptions& how, const Dataset& like,
             RebuildState& rebuilds, std::span<const float> label_weights = {});
  TrainSetup(const TrainSetup&) = delete;
  TrainSetup& operator=(const TrainSetup&) = delete;

  nn::NetworkCore& network;
  const TrainOptions options;
  const Dataset data;  // `like`
  const uint64_t seed;
  const util::Rng rng;
  const util::ThreadTeam team;
  const bool uses_hashing;            // of the output
  Rebuilder rebuilder;                // in its constructor the tables are built
  const sampling::Selector selector;  // of a sample
  const sampling::Selector batch_negatives;  // with UsesMatrices
  const nn::StepOptions step_options;
  const nn::Step step;
};

}  // namespace slide::train
