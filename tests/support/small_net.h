// Small networks of every shape, for tests that compare them with DenseNet.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "nn/network_core.h"
#include "nn/step.h"
#include "sampling/selector.h"
#include "sampling/sources.h"
#include "slide/dataset.h"
#include "slide/options.h"
#include "util/rng.h"
#include "util/thread_team.h"

namespace slide::testing_support {

inline constexpr uint64_t kNetSeed = 3;
inline constexpr uint32_t kNetFeatures = 40;
inline constexpr uint32_t kNetLabels = 30;

inline HiddenLayer WithActivation(int neurons, Activation activation) {
  HiddenLayer layer(neurons);
  layer.activation = activation;
  return layer;
}

inline HiddenLayer Hashed(int neurons, int max_active,
                          Activation activation = Activation::kRelu) {
  HiddenLayer layer = WithActivation(neurons, activation);
  layer.max_active = max_active;
  layer.hash.num_tables = 10;
  return layer;
}

// A network's shape and loss; a test's parameter.
struct NetParam {
  std::vector<HiddenLayer> hidden;
  Loss loss;

  friend std::ostream& operator<<(std::ostream& out, const NetParam& param) {
    for (const HiddenLayer& layer : param.hidden) {
      out << layer.neurons << ":" << Name(layer.activation) << ":"
          << layer.max_active << " ";
    }
    return out << Name(param.loss);
  }
};

// Each kind of layer behind each other, each activation and each loss.
inline std::vector<NetParam> EveryKindOfNet() {
  const auto tanh = [](int n) { return WithActivation(n, Activation::kTanh); };
  const auto linear = [](int n) {
    return WithActivation(n, Activation::kLinear);
  };
  return {
      {{16}, Loss::kSoftmax},
      {{16}, Loss::kDecoupled},
      {{16}, Loss::kSigmoid},
      {{9, 17}, Loss::kSoftmax},
      {{tanh(9), linear(17), 12}, Loss::kDecoupled},
      {{linear(11)}, Loss::kSigmoid},
      // Sparse in, sparse out.
      {{Hashed(60, 12)}, Loss::kDecoupled},
      {{Hashed(60, 12, Activation::kTanh)}, Loss::kSoftmax},
      {{Hashed(60, 20), Hashed(50, 10)}, Loss::kSigmoid},
      // Dense layers before and behind.
      {{tanh(14), Hashed(50, 12, Activation::kLinear), 13}, Loss::kSoftmax},
      {{10, Hashed(50, 15)}, Loss::kDecoupled},
  };
}

// With biases, which start at 0, drawn as well, and its tables built.
inline nn::NetworkCore MakeNet(const std::vector<HiddenLayer>& hidden,
                               Optimizer optimizer,
                               Precision precision = Precision::kFp32) {
  NetworkOptions options;
  options.num_features = kNetFeatures;
  options.num_labels = kNetLabels;
  options.hidden = hidden;
  options.optimizer = optimizer;
  options.precision = precision;
  options.seed = kNetSeed;
  nn::NetworkCore core(options);
  const util::ThreadTeam team(1);
  core.DrawWeights(team);
  util::Rng rng(kNetSeed);
  for (nn::Layer& layer : core.layers()) {
    for (size_t n = 0; n < layer.num_neurons(); ++n) {
      float& bias = layer.is_input_major()
                        ? layer.bias()->rows().weights<float>(0)[n]
                        : layer.weights().rows().scalars(n)[kernels::kBias];
      bias = 0.1f * rng.Normal();
    }
  }
  core.BuildTables(team);
  return core;
}

// Without hashing and with all neurons as random negatives, the whole output is
// active.
inline SamplingOptions AllLabelsActive() {
  SamplingOptions options;
  options.max_hashed = 0;
  options.random_negatives = static_cast<int>(kNetLabels);
  return options;
}

// Steps over a network, everything in one thread's hands.
class Stepper {
 public:
  // options: may be changed between steps.
  Stepper(nn::NetworkCore& core, const SamplingOptions& sampling,
          const nn::StepOptions& options)
      : selector_(
            sampling::MakeSelector(sampling, {.num_neurons = core.num_labels(),
                                              .index = core.index(),
                                              .data = Dataset()})),
        step_(core, selector_, options),
        state_(step_.MakeState(kLimits)),
        scratch_(step_.MakeScratch(kLimits)) {}
  Stepper(const Stepper&) = delete;
  Stepper& operator=(const Stepper&) = delete;

  const nn::Step& step() const { return step_; }
  nn::SampleState& state() { return state_; }
  nn::Scratch& scratch() { return scratch_; }

  nn::StepResult Forward(const Sample& sample, util::Rng rng) {
    return step_.Forward(sample, {}, rng, state_, scratch_);
  }
  nn::StepResult Train(const Sample& sample, float rate, util::Rng rng) {
    return step_.Train(sample, {}, rate, rng, state_, scratch_);
  }

 private:
  static constexpr nn::SampleLimits kLimits = {
      .max_labels = 3, .max_features = 6, .max_hits = 6 * kNetLabels};
  sampling::Selector selector_;
  nn::Step step_;
  nn::SampleState state_;
  nn::Scratch scratch_;
};

}  // namespace slide::testing_support
