// StepOptions: the training options as a single step needs them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "hashing/lsh_tables.h"
#include "kernels/kernels.h"
#include "slide/options/train.h"

namespace slide::nn {

struct StepOptions {
  StepOptions() = default;
  // network: what the options train.
  // label_weights: [labels of the network] or empty; must outlive it.
  StepOptions(const TrainOptions& options, const NetworkOptions& network,
              std::span<const float> label_weights = {});

  // Returns the step of a layer's rows. key: for the rounding of bf16 weights;
  // it must differ from call to call.
  kernels::RowStep RowStepOf(size_t layer, float learning_rate,
                             uint64_t key) const noexcept {
    kernels::RowStep step = row;
    step.learning_rate = learning_rate;
    if (!layer_rates.empty()) step.learning_rate *= layer_rates[layer];
    step.rounding_key = key;
    return step;
  }

  // The rate of the sparse part, as a multiple of the learning rate.
  float sparse_rate = 0.0f;
  Loss loss = Loss::kDecoupled;
  Freeze freeze = Freeze::kNone;
  float gradient_floor = 0.0f;
  float clip_norm = 0.0f;
  float input_dropout = 0.0f;
  float hidden_dropout = 0.0f;
  hashing::QueryOptions query = {};           // of hashed hidden layers
  std::span<const float> label_weights = {};  // empty: 1 each
  kernels::RowStep row = {};            // but for its learning rate and key
  std::vector<float> layer_rates = {};  // one a layer; or empty: 1
};

}  // namespace slide::nn
