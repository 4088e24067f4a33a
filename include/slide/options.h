// Every option of the library, with its default, its range and what more of it
// costs. Structs nest as the things they configure nest; the constructor that
// takes one calls Validate() once, and nothing changes an option later.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace slide {

// What an elementary hash of the tables is (docs/hashing.md).
enum class HashKind {
  // The sign of a random projection: near are vectors at a small angle.
  kSimHash,
  // Which of 8 random coordinates is the largest: near are vectors that rank
  // their coordinates alike.
  kWta,
  // The same among the coordinates that are not 0, for sparse vectors.
  kDwta,
  // The first, in a random order, of the large positive coordinates: near are
  // vectors that share many of them.
  kMinHash,
  // No tables; nothing but labels and random neurons is active in training.
  kNone,
};

// Which rows a full bucket of a hash table keeps; rows come in the order of
// their ids.
enum class BucketPolicy {
  kFifo,       // the last that came
  kReservoir,  // any of those that came, each with the same probability
};

// As on the command line and in model files: "simhash", "fifo".
std::string_view Name(HashKind kind) noexcept;
std::string_view Name(BucketPolicy policy) noexcept;

// The hash tables over the output layer's neurons.
struct HashOptions {
  HashKind kind = HashKind::kWta;
  // Neurons that a query is to find, >= 1: what the options that are unset are
  // chosen for (docs/hashing.md has the rule). SamplingOptions::max_hashed is
  // meant to be the same.
  int candidates = 200;
  // Elementary hashes joined into one bucket address (K in the paper), 1..32.
  // More: buckets are smaller and purer, a query reads more of them, and
  // hashing costs more. Unset: chosen so that the buckets of all tables
  // together hold about the candidates.
  std::optional<int> hashes_per_table = {};
  // Tables (L in the paper), 1..1000. More: higher recall; memory (6 bytes a
  // neuron and table) and rebuild time grow linearly. Unset: candidates / 4,
  // within 10..100.
  std::optional<int> num_tables = {};
  // Bits of an address, 1..16: a table has 2^table_bits buckets at most. The
  // bits of K elementary hashes (1 each for simhash, 3 for wta and dwta, 32 for
  // minhash) are the address if they are no more than that, otherwise they are
  // hashed to it. Unset: 16, for minhash as many as simhash's K would be.
  std::optional<int> table_bits = {};
  // Rows a bucket keeps, >= 0; 0: all. Fewer: less memory where buckets are of
  // very different sizes; the rows left out are not found in that table.
  int bucket_capacity = 0;
  BucketPolicy bucket_policy = BucketPolicy::kFifo;
  // Hash what is particular to an input: its last hidden activations less their
  // mean over a sample of the training set. What the mean adds to each neuron's
  // sum is hashed with its weights, so that no sum changes.
  bool centered = true;

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

// What a hidden layer makes of its sums.
enum class Activation {
  kRelu,  // max(z, 0)
  kTanh,
  kLinear,
};

// As on the command line and in model files: "relu".
std::string_view Name(Activation activation) noexcept;

// A hidden layer. A number alone is a dense ReLU layer of so many neurons.
struct HiddenLayer {
  HiddenLayer(int num_neurons) : neurons(num_neurons) {}  // NOLINT: implicit

  // 1..16777216.
  int neurons;
  Activation activation = Activation::kRelu;
  // 0: a dense layer, all neurons are computed. Otherwise a hashed one: in a
  // training step, of the neurons that the layer's hash tables return for its
  // input those with the largest activations, at most so many; all others are
  // 0. In inference, as many of all neurons. 0..neurons.
  int max_active = 0;
  // Neurons that the tables of a hashed layer return and a training step
  // computes, max_active..neurons. More: the active neurons are closer to those
  // of inference; forward time is linear in it. With no more than max_active,
  // which neurons are active has little to do with their activations, and
  // training learns little (docs/accuracy.md). Unset: 4 * max_active, but no
  // more than there are neurons.
  std::optional<int> candidates = {};
  // The tables of a hashed layer. hash.candidates means nothing here: the
  // layer's are taken for it. Hashes are centered where the layer's input is
  // dense.
  HashOptions hash = {.kind = HashKind::kDwta};

  bool is_hashed() const noexcept { return max_active > 0; }
};

// What a network is made of; fixed for its life and stored in its file.
struct NetworkOptions {
  // Size of the sparse input, >= 1.
  uint32_t num_features = 0;
  // Neurons of the output layer, >= 1.
  uint32_t num_labels = 0;
  // The hidden layers from the input on, at least one. A sample's time and a
  // label's memory are linear in the neurons of the last one, in its max_active
  // if it is hashed.
  std::vector<HiddenLayer> hidden = {128};
  // Weights start as N(0, init_scale^2 / d): d is the number of a hidden
  // layer's neurons, of a hashed one's active neurons, where its input is
  // sparse (an input of length 1 then gives activations of total variance
  // init_scale^2), otherwise the number of its inputs. > 0. Biases start at 0;
  // Network::SetLabelPriors() sets those of the output layer.
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
  // Each neuron a yes or no of its own: the sum of log(1 + e^-z) over the
  // labels
  // and of log(1 + e^z) over all others. Wants biases at the label priors
  // (Network::SetLabelPriors).
  kSigmoid,
};

// As on the command line: "decoupled".
std::string_view Name(Loss loss) noexcept;

// Which of the rows in the sample's buckets are taken when there are more than
// max_hashed.
enum class SamplingStrategy {
  // The first met, the tables in random order and each bucket from a random row
  // on: a few buckets are read.
  kVanilla,
  // Those in the most of the sample's buckets: all L are read.
  kTopK,
  // Any that are in min_hits buckets or more: all L are read.
  kThreshold,
};

// As on the command line: "top-k".
std::string_view Name(SamplingStrategy strategy) noexcept;

enum class Correction {
  // The random negatives stand for all neurons that were not selected: their
  // logits are raised in the loss by -log(random_negatives * q(n)), not below 0
  // (logQ correction); under the sigmoid loss their terms are multiplied by the
  // exponential of that.
  kLogQ,
  // Selected neurons count as they are: the paper's SLIDE.
  kNone,
};

// Which output neurons a training step computes: the sample's labels, then
// neurons the tables return, then labels of neighbours, then random negatives.
struct SamplingOptions {
  SamplingStrategy strategy = SamplingStrategy::kVanilla;
  // Buckets that a row shares with the sample at least, 1..1000; threshold
  // only.
  int min_hits = 2;
  // Neurons taken from the hash tables at most, >= 0. More: closer to the full
  // softmax; time a sample is linear in the active neurons.
  int max_hashed = 200;
  // Labels of neighbours that are drawn, >= 0; those that are active already
  // are dropped. A draw takes a feature of the sample with probability in
  // proportion to its squared value, a random training sample with that
  // feature, and one of its labels. The hardest negatives there are, for about
  // twice the time a neuron. Memory: 4 bytes a nonzero of the training set.
  int max_neighbours = 0;
  // Random neurons drawn, >= 0; those that are active already are dropped.
  int random_negatives = 100;
  // A draw takes neuron n with probability (1 - frequency_share) / N +
  // frequency_share * (share of n among all training labels): 0: evenly, 1: by
  // frequency.
  double frequency_share = 0.5;
  Correction correction = Correction::kLogQ;

  void Validate() const;  // Throws: OptionsError naming the field.
};

// What training does while the tables are built anew.
enum class RebuildMode {
  kPause,  // wait, and let all threads build
  // Goes on with the tables it has, while a thread of its own builds others.
  // Twice the memory for tables; runs do not repeat themselves bit for bit.
  kBackground,
};

// As on the command line: "background".
std::string_view Name(RebuildMode mode) noexcept;

// When the tables are built anew from the moved weights.
struct RebuildOptions {
  RebuildMode mode = RebuildMode::kPause;
  // Samples between the first two builds (N0 in the paper), >= 1. Fewer: the
  // tables follow the weights more closely; each build hashes all neurons.
  // Unset: chosen by the number of labels, so that rebuilds take a small share
  // of the training time (docs/hashing.md has the rule).
  std::optional<uint64_t> every = {};
  // Growth of the interval (lambda in the paper), >= 0: the i-th rebuild comes
  // every * exp(decay * i) samples after the one before it. 0: even intervals.
  double decay = 0.3;
  // A rebuild comes early when the share of the rows' addresses that have
  // changed since the last build is above this, 0..1: it is looked at, by a
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
};

// As on the command line: "cosine", "hogwild".
std::string_view Name(Schedule schedule) noexcept;
std::string_view Name(UpdateMode mode) noexcept;

// What suits an optimizer with the other options at their defaults, layer_rates
// among them.
double DefaultLearningRate(Optimizer optimizer) noexcept;

// What TrainOptions::layer_rates are where they are empty, one a layer: for an
// adaptive optimizer the root of 128 / w, w being the weights of a row that a
// step moves: the neurons of a dense layer whose input is sparse (the first
// one, or one behind a hashed one), otherwise the active neurons of the layer
// before. 8 for a hashed first layer under row-adagrad: the one accumulator of
// each of its neurons grows with every sample, while a weight moves with those
// alone that have its feature. 1 in all other cases. docs/accuracy.md says
// what they are worth.
std::vector<double> DefaultLayerRates(const NetworkOptions& network);

struct TrainOptions {
  // Passes over the training set, >= 1.
  int epochs = 5;
  // Decoupled was better by 1 to 3 points of P@k on every real data set tried.
  Loss loss = Loss::kDecoupled;
  // Step of the optimizer, > 0. Over all samples of all epochs it goes from
  // this value to final_rate_share of it. Unset: DefaultLearningRate of the
  // network's optimizer.
  std::optional<double> learning_rate = {};
  Schedule schedule = Schedule::kLinear;
  // Of the linear and the cosine schedule: what is left at the end, 0..1.
  double final_rate_share = 0.02;
  // Share of all samples, 0..1, over which the rate first rises linearly from
  // 0; the schedule starts behind them. The first steps of an Adagrad are as
  // long as the rate allows, however small the gradient: without a warm-up they
  // cost accuracy (docs/accuracy.md).
  double warmup_share = 0.1;
  // The learning rate of each layer from the input to the output, as a multiple
  // of the learning rate, each >= 0; empty: DefaultLayerRates of the network.
  std::vector<double> layer_rates = {};
  // The learning rate of biases as a multiple of their layer's, >= 0.
  double bias_rate = 1.0;
  // Decoupled weight decay (Loshchilov and Hutter, ICLR 2019): a step takes
  // learning rate * weight_decay of each weight it touches; biases do not
  // decay.
  // >= 0.
  double weight_decay = 0.0;
  // The gradient of a sample by all weights and biases is scaled down to this
  // norm where it is longer; 0: never. >= 0. Costs a second backward pass.
  double clip_norm = 0.0;
  // Share of a sample's features, and of the activations of each hidden layer,
  // that a training step sets to 0 at random; the others grow by as much.
  // 0 <= share < 1.
  double input_dropout = 0.0;
  double hidden_dropout = 0.0;
  UpdateMode update = UpdateMode::kHogwild;
  // Of batched updates, 1..65536.
  int batch_size = 256;
  SamplingOptions sampling = {};
  // Gradients of output neurons smaller than this are rounded at random to 0 or
  // to it, which keeps their mean; a row rounded to 0 is not touched. 0..1, 0
  // takes every gradient as it is. More: faster, less traffic between threads,
  // from about 0.1 on less accurate.
  double gradient_floor = 0.03;
  // Of the sgd optimizer: the share of a row's last velocity that its next step
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
  // Training data in a mapped file (slide/dataset_cache.h) of more bytes than
  // half of this is shuffled in windows of that size, and no more of it is kept
  // in memory than so many bytes; 0: all of it at once. Other data is in memory
  // as a whole, and shuffled so.
  uint64_t shuffle_memory = uint64_t{1} << 30;
  // Test samples looked at in each evaluation; 0: all.
  uint64_t eval_samples = 0;
  // Cuts of the metrics, each >= 1.
  std::vector<int> eval_ks = {1, 3, 5};
  // Whether every epoch's report looks at the tables (EpochReport::index),
  // which costs one exact search for each of 500 training samples.
  bool index_reports = false;

  // Threads that train; 0: one for each core.
  int num_threads = 0;

  void Validate() const;  // Throws: OptionsError naming the field.
};

}  // namespace slide
