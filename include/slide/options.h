// Every option of the library, with its default, its range and what more of it
// costs. Structs nest as the things they configure nest; the constructor that
// takes one calls Validate() once, and nothing changes an option later.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace slide {

// The hash tables over the output layer's neurons.
struct HashOptions {
  // Elementary hashes joined into one bucket address (K in the paper), 1..16.
  // More: buckets are smaller and purer, and hashing costs more. Unset: chosen
  // so that a bucket holds 128..256 neurons on average, within 4..16.
  std::optional<int> hashes_per_table;
  // Tables (L in the paper), 1..1000. More: higher recall; memory (4 bytes a
  // neuron and table) and rebuild time grow linearly.
  int num_tables = 50;

  void Validate() const;  // Throws: OptionsError naming the field.
};

// How a weight is stored. Optimiser state and biases are fp32 in any case.
enum class Precision {
  kFp32,
  // 8 bits of precision at the range of fp32: half the memory and less traffic.
  kBf16,
};

// By which rule weights move along their gradient. All are lazy: a row that a
// sample does not touch does not move and costs nothing. The rule decides what
// is stored beside a row's weights (docs/performance.md has the bytes).
enum class Optimizer {
  // One accumulator a row, of its mean squared gradients.
  kRowAdagrad,
  // Two moments a weight, corrected by the row's own number of steps (Kingma
  // and Ba, "Adam", ICLR 2015).
  kAdam,
  // An accumulator a weight (Duchi et al., JMLR 2011).
  kAdagrad,
  // Gradient descent with momentum: a velocity a weight.
  kSgd,
};

// As on the command line and in model files: "fp32", "row-adagrad".
std::string_view Name(Precision precision) noexcept;
std::string_view Name(Optimizer optimizer) noexcept;

// What a network is made of; fixed for its life and stored in its file.
struct NetworkOptions {
  // Size of the sparse input, >= 1.
  uint32_t num_features = 0;
  // Neurons of the output layer, >= 1.
  uint32_t num_labels = 0;
  // Neurons of each hidden (ReLU) layer from the input on, at least one layer,
  // each 1..65536. Time and memory are linear in the last one.
  std::vector<int> hidden = {128};
  // Weights start as N(0, init_scale^2 / d), where d is the width of a row: for
  // the input layer its neurons (an input of length 1 then gives activations of
  // total variance init_scale^2), for the others their inputs. > 0.
  double init_scale = 1.0;
  // Of the weights of all layers.
  Precision precision = Precision::kFp32;
  // Its state is stored with the weights, so that training can go on.
  Optimizer optimizer = Optimizer::kRowAdagrad;
  // The output layer's tables.
  HashOptions hash = {};
  // Seeds the weights and the hash functions.
  uint64_t seed = 1;

  void Validate() const;  // Throws: OptionsError naming the field.
};

// How a moved weight becomes a bf16 one.
enum class Rounding {
  // Up or down at random with its mean kept, so that moves smaller than the
  // last bit add up.
  kStochastic,
  kNearest,
};

enum class Loss {
  // Cross-entropy with the target 1/|Y| on each of the sample's labels Y.
  kSoftmax,
  // Each label against the negatives only, averaged over the labels (Gupta et
  // al., "Dual-Encoders for Extreme Multi-Label Classification", ICLR 2024).
  kDecoupled,
};

enum class Correction {
  // The tail stands for all neurons that were not selected: its logits are
  // raised by -log(num_tail * q(n)), not below 0, in the loss.
  kTail,
  // Selected neurons count as they are: the paper's SLIDE.
  kNone,
};

// Which output neurons a training step computes: the sample's labels, then
// neurons the tables return, then a random tail.
struct SamplingOptions {
  // Neurons taken from the hash tables at most, >= 0. More: closer to the full
  // softmax; time a sample is linear in the active neurons.
  int max_hashed = 200;
  // Random draws, >= 0; draws that are active already are dropped.
  int num_tail = 100;
  // The tail draws neuron n with probability
  // (1 - tail_mix) / N + tail_mix * (share of n among all training labels).
  // 0: evenly, 1: by frequency.
  double tail_mix = 0.5;
  Correction correction = Correction::kTail;

  void Validate() const;  // Throws: OptionsError naming the field.
};

// When the tables are built anew from the moved weights.
struct RebuildOptions {
  // Samples between the first two builds (N0 in the paper), >= 1. Fewer: the
  // tables follow the weights more closely; each build hashes all neurons.
  uint64_t every = 12'800;
  // Growth of the interval (lambda in the paper), >= 0: the i-th rebuild comes
  // every * exp(decay * i) samples after the one before it. 0: even intervals.
  double decay = 0.1;

  void Validate() const;  // Throws: OptionsError naming the field.
};

// What suits an optimiser with the other options at their defaults.
double DefaultLearningRate(Optimizer optimizer) noexcept;

struct TrainOptions {
  // Passes over the training set, >= 1.
  int epochs = 5;
  // Decoupled was better by 1 to 3 points of P@k on every real data set tried.
  Loss loss = Loss::kDecoupled;
  // Step of the optimiser, > 0. It falls linearly over all samples of all
  // epochs, from this value to final_rate_share of it. Unset:
  // DefaultLearningRate of the network's optimiser.
  std::optional<double> learning_rate = {};
  // 0..1; 1 keeps the rate constant.
  double final_rate_share = 0.02;
  SamplingOptions sampling = {};
  // Gradients of output neurons smaller than this are rounded at random to 0 or
  // to it, which keeps their mean; a row rounded to 0 is not touched. 0..1, 0
  // takes every gradient as it is. More: faster, less traffic between threads,
  // from about 0.1 on less accurate.
  double gradient_floor = 0.03;
  // Of the sgd optimiser: the share of a row's last velocity that its next step
  // keeps, 0 <= momentum < 1.
  double momentum = 0.9;
  // Of adam: the shares that its moments keep, 0 <= beta < 1.
  double beta1 = 0.9;
  double beta2 = 0.999;
  // Of bf16 weights.
  Rounding rounding = Rounding::kStochastic;
  RebuildOptions rebuild = {};
  // Seeds the order of the samples and the random neurons.
  uint64_t seed = 1;
  // Test samples looked at in each evaluation; 0: all.
  uint64_t eval_samples = 0;
  // Cuts of the metrics, each >= 1.
  std::vector<int> eval_ks = {1, 3, 5};

  // Threads that train, without locks (HOGWILD); 0: one for each core. One
  // thread repeats itself bit for bit, several do not.
  int num_threads = 0;

  void Validate() const;  // Throws: OptionsError naming the field.
};

}  // namespace slide
