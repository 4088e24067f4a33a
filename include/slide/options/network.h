// The options that a network is made from.
#pragma once

#include <cstdint>
#include <vector>

#include "slide/options/hash.h"
#include "slide/options/name.h"
#include "slide/options/weights.h"

namespace slide {

// The activation function of a hidden layer.
enum class Activation {
  kRelu,  // max(z, 0)
  kTanh,
  kLinear,
};

// A hidden layer. A number alone is a dense ReLU layer of so many neurons.
struct HiddenLayer {
  HiddenLayer(int num_neurons = 128)  // NOLINT: implicit
      : neurons(num_neurons) {}

  int neurons;
  Activation activation = Activation::kRelu;
  // 0: a dense layer, all neurons are computed. Otherwise a hashed one: in a
  // training step, of the neurons that the layer's hash tables return for its
  // input those with the largest activations, at most so many; all others are
  // 0. In inference, as many of all neurons.
  int max_active = 0;
  // The tables of a hashed layer. hash.candidates are the neurons that they
  // return and a training step computes, max_active..neurons; unset: 4 *
  // max_active, but no more than there are. More: the active neurons are closer
  // to those of inference; forward time is linear in it. With no more than
  // max_active, which neurons are active has little to do with their
  // activations, and training learns little (docs/accuracy.md). Hashes are
  // centered where the layer's input is dense.
  HashOptions hash = {.kind = HashKind::kDwta};

  bool is_hashed() const noexcept { return max_active > 0; }

  void Validate() const;  // Throws: OptionsError naming the field.
};

// The structure of a network; fixed for its life and stored in its file.
struct NetworkOptions {
  uint32_t num_features = 0;  // of the sparse input
  uint32_t num_labels = 0;    // neurons of the output layer
  // From the input on. Empty: one layer, of 128 neurons, or of what suits the
  // training set where it is known (slide/defaults.h).
  std::vector<HiddenLayer> hidden = {};
  // Weights start as N(0, init_scale^2 / d): d is the number of a hidden
  // layer's neurons, of a hashed one's active neurons, where its input is
  // sparse (an input of length 1 then gives activations of total variance
  // init_scale^2), otherwise the number of its inputs. Biases start at 0;
  // Network::SetLabelPriors() sets those of the output layer.
  double init_scale = 1.0;
  // Precision of the weights of all layers.
  Precision precision = Precision::kFp32;
  // Its state is stored with the weights, so that training can go on.
  Optimizer optimizer = Optimizer::kRowAdagrad;
  // The output layer's tables.
  HashOptions hash = {};
  // Seeds the weights and the hash functions.
  uint64_t seed = 1;

  void Validate() const;  // Throws: OptionsError naming the field.
};

}  // namespace slide
