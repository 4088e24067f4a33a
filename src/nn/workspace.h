// Workspace: everything one thread writes to in a training step except weights,
// allocated once.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nn/network_core.h"
#include "nn/step_options.h"
#include "sampling/active_set.h"
#include "sampling/selector.h"
#include "util/aligned.h"

namespace slide::nn {

// Seconds of the parts of a training step, over the steps that were timed.
// Timing a step costs a few clock readings, so most are not.
class StepClock {
 public:
  enum Part { kForward, kSelect, kBackward, kNumParts };

  void Start(bool timed) noexcept {
    timed_ = timed;
    if (timed_) last_ = std::chrono::steady_clock::now();
  }
  // What was done since the last call (or Start) belongs to `part`.
  void Mark(Part part) noexcept {
    if (!timed_) return;
    const auto now = std::chrono::steady_clock::now();
    seconds_[part] += std::chrono::duration<double>(now - last_).count();
    last_ = now;
  }
  double seconds(Part part) const noexcept { return seconds_[part]; }

 private:
  bool timed_ = false;
  std::chrono::steady_clock::time_point last_;
  double seconds_[kNumParts] = {};
};

// What a thread finds the buckets of a vector with.
struct TableScratch {
  // index: null for none.
  explicit TableScratch(const hashing::LshIndex* index);

  hashing::AddressScratch hash;
  util::AlignedBuffer<uint16_t> addresses;  // of the last vector hashed
};

// What a step keeps of one hidden layer.
struct HiddenState {
  // layer: with its candidates settled if it is hashed. how: strategy and hits
  // of a hashed layer. has_dropout: factors are needed.
  HiddenState(const HiddenLayer& layer, const LayerIndex* index,
              hashing::QueryOptions how, bool has_dropout);

  // Of all neurons of a dense layer, of the neurons active() of a hashed one.
  std::span<float> values() noexcept { return {values_memory.data(), size}; }
  std::span<float> gradient() noexcept {
    return {gradient_memory.data(), size};
  }
  std::span<const uint32_t> active() const noexcept {
    return {active_memory.data(), is_hashed ? size : 0};
  }
  // What the next layer takes in.
  Input output() const noexcept {
    const std::span<const float> values(values_memory.data(), size);
    return is_hashed ? Input(SparseView{active(), values}) : Input(values);
  }

  bool is_hashed;
  size_t max_active;  // all neurons of a dense layer
  size_t size;        // candidates of a hashed layer at most
  util::AlignedBuffer<float> values_memory;
  util::AlignedBuffer<float> gradient_memory;  // of the loss by the values
  // What dropout multiplied the values by.
  util::AlignedBuffer<float> factors;
  // Of a hashed layer only.
  hashing::QueryOptions query;
  hashing::IdSet found;
  hashing::QueryScratch query_scratch;
  util::AlignedBuffer<uint32_t> active_memory;
  TableScratch tables;
};

// The largest that will come.
struct SampleLimits {
  size_t max_labels = 0;
  size_t max_features = 0;  // of one sample; for dropout of the input
};

struct Workspace {
  // Requires: the tables are built.
  Workspace(const NetworkCore& network, const sampling::Selector& selector,
            const StepOptions& options, const SampleLimits& limits);

  // The input of a layer.
  Input InputOf(size_t layer) const noexcept {
    return layer == 0 ? Input(features) : hidden[layer - 1].output();
  }

  // The gradient by the input of a layer, 0; empty for layer 0.
  std::span<float> ClearedGradient(size_t layer) noexcept {
    if (layer == 0) return {};
    const std::span<float> gradient = hidden[layer - 1].gradient();
    std::fill(gradient.begin(), gradient.end(), 0.0f);
    return gradient;
  }

  // The output neurons that have a gradient, and it.
  std::span<const uint32_t> moved_neurons() const noexcept {
    return {neurons.data(), num_deltas};
  }
  std::span<const float> moved_deltas() const noexcept {
    return {deltas.data(), num_deltas};
  }

  SparseView features;                        // of the sample, as trained on
  util::AlignedBuffer<uint32_t> feature_ids;  // what dropout left
  util::AlignedBuffer<float> feature_values;
  std::vector<HiddenState> hidden;
  sampling::ActiveSet active;
  TableScratch tables;  // of the output layer
  util::AlignedBuffer<uint32_t> neurons;
  util::AlignedBuffer<float> deltas;
  size_t num_deltas = 0;
  // The same of a hidden layer.
  util::AlignedBuffer<uint32_t> hidden_neurons;
  util::AlignedBuffer<float> hidden_deltas;
  StepClock clock;
};

}  // namespace slide::nn
