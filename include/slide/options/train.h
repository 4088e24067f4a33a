// How a network is trained.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "slide/options/hash.h"
#include "slide/options/name.h"
#include "slide/options/network.h"
#include "slide/options/weights.h"

namespace slide {

enum class Loss {
  // Cross-entropy with the target 1/|Y| on each of the sample's labels Y.
  kSoftmax,
  // Each label against the negatives only (Gupta et al., "Dual-Encoders for
  // Extreme Multi-Label Classification", ICLR 2024), summed over the labels and
  // divided by the root of their number.
  kDecoupled,
  // Each neuron a yes or no of its own: the sum of log(1 + e^-z) over the
  // labels and of log(1 + e^z) over all others. Wants biases at the label
  // priors (BiasInit::kLogPrior).
  kSigmoid,
};

enum class Correction {
  // The random negatives stand for all neurons that were not selected: their
  // logits are raised in the loss by -log(random_negatives * q(n)), not below 0
  // (logQ correction); under the sigmoid loss their terms are multiplied by the
  // exponential of that.
  kLogQ,
  // Selected neurons count as they are: the paper's SLIDE.
  kNone,
};

// How random negatives are distributed.
enum class NegativeDistribution {
  kMixed,  // by SamplingOptions::frequency_share
  // By rank r in the training set, 0 for the most frequent label:
  // (log(r + 2) - log(r + 1)) / log(N + 1), as TensorFlow's log-uniform
  // candidate sampler draws them.
  kLogUniform,
};

// Which output neurons a training step computes: the sample's labels, then
// neurons the tables return, then labels of neighbours, then random negatives.
struct SamplingOptions {
  SamplingStrategy strategy = SamplingStrategy::kVanilla;
  int min_hits = 2;  // of kThreshold
  // Neurons taken from the hash tables at most.
  int max_hashed = 200;
  // Labels of neighbours that are drawn; those that are active already are
  // dropped. A draw takes a feature of the sample with probability in
  // proportion to its squared value, a random training sample with that
  // feature, and one of its labels.
  int max_neighbours = 0;
  // Random neurons drawn; those that are active already are dropped.
  int random_negatives = 100;
  NegativeDistribution negative_distribution = NegativeDistribution::kMixed;
  // A draw takes neuron n with probability (1 - frequency_share) / N +
  // frequency_share * (share of n among all training labels): 0: evenly, 1: by
  // frequency.
  double frequency_share = 0.5;
  Correction correction = Correction::kLogQ;

  friend bool operator==(const SamplingOptions&,
                         const SamplingOptions&) = default;

  void Validate() const;  // Throws: OptionsError naming the field.
};

// Selects what training does while the tables are built anew.
enum class RebuildMode {
  kPause,  // wait, and let all threads build
  // Goes on with the tables it has, while a thread of its own builds others.
  // Twice the memory for tables; runs do not repeat themselves bit for bit.
  kBackground,
};

// Whether the output has a sparse part: a weight for each pair of a feature and
// a label that occur together in the training set, beside the weights of its
// neurons (docs/algorithm.md). Where features name labels one by one, a hidden
// layer forgets what such weights keep.
enum class SparsePartMode {
  // By the sizes of the training set (docs/accuracy.md has the rule); none for
  // a network whose output biases are not all 0, as after training.
  kAuto,
  kOn,
  kOff,
};

// The sparse part of the output. A network that has one keeps its pairs, and
// Trainer::Fit adds those of its training set unless the mode is kOff.
struct SparsePartOptions {
  SparsePartMode mode = SparsePartMode::kAuto;
  // Samples that must have both for a feature and a label to be a pair; a label
  // of fewer samples keeps all features. Unset: 2, or 4, 8, ... 64 where the
  // memory below asks for it.
  std::optional<int> min_samples = {};
  // Features in more than this share of the samples have no pairs. Unset: 1, or
  // 0.1 of 2,000 to 10,000 samples, as far as the entries below allow.
  std::optional<double> max_feature_share = {};
  // Pairs of the features of a sample, in the mean, which a step goes through:
  // the features of most samples are left out until there are no more.
  double max_entries = 25'000;
  // MiB of pairs at most.
  double max_mebibytes = 1024;
  // Largest step of a weight, when the learning rate is at its largest,
  // whatever that is; it rises and falls with that.
  double learning_rate = 10.0;
  // Multiple of the sum of a label's pairs in its logit. Unset: 1, or 1.4 for
  // fewer than 25,000 samples, or what the network has from a training before;
  // with a validation set, at the end, the geometric mean of this and of what
  // is best there.
  std::optional<double> weight = {};

  void Validate() const;  // Throws: OptionsError naming the field.
};

// When the tables are built anew from the moved weights.
struct RebuildOptions {
  RebuildMode mode = RebuildMode::kPause;
  // Samples between the first two builds (N0 in the paper). Unset: chosen by
  // the number of labels, so that rebuilds take a small share of the training
  // time (docs/hashing.md has the rule).
  std::optional<uint64_t> every = {};
  // Growth of the interval (lambda in the paper): the i-th rebuild comes
  // every * exp(decay * i) samples after the one before it. 0: even intervals.
  double decay = 0.3;
  // A rebuild comes early when the share of the rows' addresses that have
  // changed since the last build is above this: it is looked at, by a
  // sample of rows, eight times before the next one is due. 1: never.
  double drift_limit = 1.0;

  void Validate() const;  // Throws: OptionsError naming the field.
};

// How the learning rate goes from its first value to its last.
enum class Schedule {
  kConstant,  // it stays at the first
  kLinear,
  kCosine,  // along half a period of a cosine: slow, fast, slow
};

// How threads bring their gradients to the weights.
enum class UpdateMode {
  // Each sample at once, without locks (HOGWILD): a row is written while the
  // sample that read it has it in the cache. One thread repeats itself bit for
  // bit, several do not.
  kHogwild,
  // After every batch_size samples, each touched row once, by the sum of their
  // gradients. The result is the same bit for bit for any number of threads.
  kBatched,
  // As kBatched, by matrix products: every sample of the batch computes all
  // output neurons, and every output row moves. Of the sampling options none
  // means anything, nor do gradient_floor and the output's hash tables. Wants a
  // last hidden layer that is not hashed.
  kDense,
  // As kDense, of the labels of the batch's samples and
  // SamplingOptions::random_negatives drawn once for all of them: sampled
  // softmax with shared negatives.
  kSampled,
};

// The part of a network that training leaves as it is, to the last bit and with
// what the optimizer keeps for it.
enum class Freeze {
  kNone,
  kInput,   // all hidden layers
  kOutput,  // the output layer, its sparse part included
};

// Biases of the output layer at the start.
enum class BiasInit {
  kZero,
  // The log odds of the labels in the training set (Network::SetLabelPriors).
  kLogPrior,
};

// Returns the learning rate that suits an optimizer, for a training set that is
// not small, with the other options at their defaults, layer_rates among them.
double DefaultLearningRate(Optimizer optimizer) noexcept;

// Returns the values that empty TrainOptions::layer_rates stand for, one a
// layer: for an adaptive optimizer the root of 128 / w, w being the weights of
// a row that a step moves: the neurons of a dense layer whose input is sparse
// (the first one, or one behind a hashed one), otherwise the active neurons of
// the layer before. 8 for a hashed first layer under row-adagrad: the one
// accumulator of each of its neurons grows with every sample, while a weight
// moves with those alone that have its feature. 1 in all other cases.
// docs/accuracy.md says what they are worth.
std::vector<double> DefaultLayerRates(const NetworkOptions& network);

struct TrainOptions {
  // Unset: by the sizes of the training set (slide/defaults.h).
  std::optional<int> epochs = {};
  // Wall time after which training ends, in the middle of an epoch too,
  // whatever epochs are left; evaluations and checkpoints count. The learning
  // rate then falls with the time where that is further on than the epochs, so
  // such a run does not repeat itself. 0: none. OnlineTrainer has none.
  std::chrono::duration<double> time_limit{0.0};
  // Decoupled was better by 1 to 3 points of P@k on every real data set tried.
  Loss loss = Loss::kDecoupled;
  // Step of the optimizer. Over all samples of all epochs it goes from
  // this value to final_rate_share of it. Unset: DefaultLearningRate of the
  // network's optimizer, or less for a small training set
  // (slide/defaults.h).
  std::optional<double> learning_rate = {};
  Schedule schedule = Schedule::kLinear;
  // Linear and cosine schedules only: the share of the rate left at the end,
  // 0..1.
  double final_rate_share = 0.02;
  // Share of all samples over which the rate first rises linearly from
  // 0; the schedule starts behind them. The first steps of an Adagrad are as
  // long as the rate allows, however small the gradient: without a warm-up they
  // cost accuracy (docs/accuracy.md).
  double warmup_share = 0.1;
  // The learning rate of each layer from the input to the output, as a multiple
  // of the learning rate; empty: DefaultLayerRates of the network.
  std::vector<double> layer_rates = {};
  // The learning rate of biases as a multiple of their layer's.
  double bias_rate = 1.0;
  // Decoupled weight decay (Loshchilov and Hutter, ICLR 2019): a step takes
  // learning rate * weight_decay of each weight it touches; biases do not
  // decay.
  double weight_decay = 0.0;
  // The gradient of a sample by all weights and biases is scaled down to this
  // norm where it is longer; 0: never.
  double clip_norm = 0.0;
  // Share of a sample's features, and of the activations of each hidden layer,
  // that a training step sets to 0 at random; the others grow by as much.
  double input_dropout = 0.0;
  double hidden_dropout = 0.0;
  // For a network that was trained before, or whose input vectors were given.
  Freeze freeze = Freeze::kNone;
  // Unset: kDense for a network of few labels (docs/engine.md) whose hash kind
  // is HashKind::kAuto and whose last hidden layer is not hashed, if the
  // sampling options are as they come; otherwise, and in OnlineTrainer,
  // kHogwild.
  std::optional<UpdateMode> update = {};
  // Samples of a step, 1..65536; not with hogwild updates. Dense ones keep 4
  // bytes for each sample of it and output neuron, 12 with a sparse part.
  // Unset: 256, or 32 for dense and sampled updates of fewer than 25,000
  // samples.
  std::optional<int> batch_size = {};
  SamplingOptions sampling = {};
  SparsePartOptions sparse_part = {};
  // Gradients of output neurons smaller than this are rounded at random to 0 or
  // to it, which keeps their mean; a row rounded to 0 is not touched.
  double gradient_floor = 0.03;
  // sgd only: the share of a row's last velocity that its next step keeps,
  // 0 <= momentum < 1.
  double momentum = 0.9;
  // adam only: the shares that its moments keep, 0 <= beta < 1.
  double beta1 = 0.9;
  double beta2 = 0.999;
  // bf16 weights only.
  Rounding rounding = Rounding::kStochastic;
  RebuildOptions rebuild = {};
  // Biases of the output layer at the start of the training. Unset: kLogPrior
  // for the sigmoid loss, which needs them (docs/accuracy.md), otherwise kZero.
  std::optional<BiasInit> bias_init = {};
  // Seeds the order of the samples and the random neurons. Unset: the
  // network's.
  std::optional<uint64_t> seed = {};
  // Training data in a mapped file (slide/dataset_io.h) that is larger than
  // half of this is shuffled in windows of that size, and no more of it is kept
  // in memory; 0: all of it at once. Other data is in memory as a whole, and
  // shuffled so.
  double shuffle_mebibytes = 1024;
  // Samples of the test set, and of the validation set, looked at in each
  // evaluation; 0: all.
  uint64_t eval_samples = 0;
  std::vector<int> eval_ks = {1, 3, 5};  // cuts of the metrics
  // Epochs in a row that may be no better than the best one before them on the
  // validation set, until training ends early; 0: it never does. The learning
  // rate falls as if all epochs were to come.
  int patience = 0;
  // Whether every epoch's report looks at the tables (EpochReport::index).
  bool index_reports = false;

  // Threads that train; 0: one for each core.
  int num_threads = 0;

  void Validate() const;  // Throws: OptionsError naming the field.
};

}  // namespace slide
