// Step: a training step of one sample. It goes forward through the layers, its
// active output neurons are selected, and the gradient goes back, updating each
// touched row on its way (HOGWILD: Niu et al. 2011; the active set: Chen et
// al., "SLIDE", MLSys 2020). batch_step.h moves the weights once for many
// samples.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "kernels/kernels.h"
#include "nn/hashed_layer.h"
#include "nn/network_core.h"
#include "nn/sample_state.h"
#include "nn/step_options.h"
#include "sampling/selector.h"
#include "slide/dataset.h"
#include "slide/sparse.h"
#include "util/rng.h"
#include "util/vector_view.h"

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
  // Counts the time since the last call (or Start) as `part`.
  void Mark(Part part) noexcept {
    if (!timed_) return;
    const auto now = std::chrono::steady_clock::now();
    seconds_[part] += std::chrono::duration<double>(now - last_).count();
    last_ = now;
  }
  double seconds(Part part) const noexcept { return seconds_[part]; }
  void AddSeconds(Part part, double seconds) noexcept {
    seconds_[part] += seconds;
  }

 private:
  bool timed_ = false;
  std::chrono::steady_clock::time_point last_;
  double seconds_[kNumParts] = {};
};

// The memory one thread works with; a sample leaves nothing in it.
struct Scratch {
  sampling::Selector::Scratch selection;
  std::vector<HashedScratch> hashed;  // of the hashed layers in their order
  // The places of active labels among each other, [num_labels]; empty without a
  // sparse part.
  util::AlignedBuffer<uint32_t> slots;
  StepClock clock;
};

// Upper bounds of the samples to come.
struct SampleLimits {
  size_t max_labels = 0;
  size_t max_features = 0;  // of one sample
  size_t max_hits = 0;      // Step::MaxHits of one sample
};

struct StepResult {
  double loss = 0.0;      // the corrected estimate, before the step
  size_t num_active = 0;  // output neurons
};

// Binds what does not change in a run. Threads: any number at once, each with
// its own state and scratch.
class Step {
 public:
  // All arguments must outlive it. Requires: the tables in use are built.
  Step(NetworkCore& network, const sampling::Selector& selector,
       const StepOptions& options)
      : network_(network), selector_(selector), options_(options) {}

  NetworkCore& network() const noexcept { return network_; }
  const StepOptions& options() const noexcept { return options_; }

  SampleState MakeState(const SampleLimits& limits) const;
  Scratch MakeScratch(const SampleLimits& limits) const;
  // Makes room for larger samples; does nothing where there is room.
  void Reserve(const SampleLimits& limits, SampleState& state) const;
  void Reserve(const SampleLimits& limits, Scratch& scratch) const;

  // The pairs of a sample's features that its step may use at most; 0 without a
  // sparse part.
  size_t MaxHits(const Sample& sample) const noexcept;

  // Brings a sample through the hidden layers. rng: the sample's own stream.
  // Requires: the sample's ids fit the network.
  void ForwardHidden(const Sample& sample, util::Rng& rng, SampleState& state,
                     Scratch& scratch) const noexcept;

  // Brings a sample through the network. Leaves its activations, its active
  // output neurons, and the deltas of those of them with a gradient, after
  // rounding. next: the features of the sample this thread trains on next,
  // empty if that is not known: their rows are fetched while this sample's
  // active set is looked for, when memory is idle. rng: the sample's own
  // stream. Requires: the sample has a label; its ids fit the network.
  StepResult Forward(const Sample& sample, SparseView next, util::Rng& rng,
                     SampleState& state, Scratch& scratch) const noexcept;

  // Brings the gradient back after Forward and moves the weights.
  void Update(float learning_rate, util::Rng& rng,
              SampleState& state) const noexcept;

  // Forward and Update.
  StepResult Train(const Sample& sample, SparseView next, float learning_rate,
                   util::Rng& rng, SampleState& state,
                   Scratch& scratch) const noexcept;

  // The square of the norm of a layer's gradient by its weights, the outer
  // product of its input and its deltas, and by its biases, the deltas.
  static double SquaredGradientNorm(const util::VectorView& x,
                                    std::span<const float> deltas) noexcept;
  // That of the pairs of the sparse part that were found.
  double SquaredPairsNorm(const SampleState& state) const noexcept;

  // Whether the weights of a layer stay as they are.
  bool IsFrozen(size_t layer) const noexcept {
    const bool is_output = layer + 1 == network_.layers().size();
    return options_.freeze == (is_output ? Freeze::kOutput : Freeze::kInput);
  }
  // The first layer that is not frozen.
  size_t first_trained() const noexcept {
    return options_.freeze == Freeze::kInput ? network_.layers().size() - 1 : 0;
  }

  // Brings the gradient back after Forward, from the output to the first layer
  // that is trained: calls visit(l, x, deltas, x_gradient) for each, which has
  // to fill x_gradient as Layer::Backward does; of the last call it is empty.
  // The state is as it was before, so that it can be done again.
  template <typename Visit>
  void Backpropagate(SampleState& state, Visit&& visit) const {
    const size_t first = first_trained();
    for (size_t l = network_.layers().size(); l-- > first;) {
      if (l < network_.options().hidden.size()) {
        ActivationToSums(l, state.layers[l]);
      }
      visit(l, state.InputOf(l), std::as_const(state.layers[l]).deltas(),
            l == first ? std::span<float>() : state.ClearedGradient(l));
    }
  }

 private:
  void DropFeatures(util::Rng& rng, SampleState& state) const noexcept;
  void DropValues(util::Rng& rng, LayerState& layer) const noexcept;
  void ForwardLayer(size_t l, util::Rng& rng, SampleState& state,
                    HashedScratch* hashed, StepClock& clock) const noexcept;
  void SelectActive(const Sample& sample, util::Rng& rng, SampleState& state,
                    Scratch& scratch) const noexcept;
  // Sets the gradients by the active logits. weight: of the sample. Returns the
  // loss.
  double Loss(float weight, SampleState& state,
              Scratch& scratch) const noexcept;
  void RoundSmallGradients(util::Rng& rng, SampleState& state) const noexcept;
  void Clip(SampleState& state) const noexcept;
  // Turns the gradient by the values of a hidden layer into its deltas.
  void ActivationToSums(size_t l, LayerState& layer) const noexcept;

  NetworkCore& network_;
  const sampling::Selector& selector_;
  const StepOptions& options_;
};

}  // namespace slide::nn
