// Validate() of every option struct that configures a network or its training.
#include "slide/options.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>
#include <vector>

#include "nn/network_core.h"
#include "slide/error.h"
#include "util/option_checks.h"

namespace slide {
namespace {

using util::CheckPositive;
using util::CheckRange;
using util::CheckShare;

constexpr int kMaxHidden = 1 << 24;
constexpr int kMaxBatch = 65'536;
constexpr int kMaxSampled = 100'000'000;

// Winners are found among two coordinates or more.
void CheckComparable(const HashOptions& hash, double num_inputs,
                     bool is_centered) {
  const bool compares =
      hash.kind == HashKind::kWta || hash.kind == HashKind::kDwta;
  if (compares && num_inputs < 2 && !is_centered) {
    throw OptionsError(
        fmt::format("hash is {}, which compares coordinates, and there is 1; "
                    "allowed is that with centered hashes of a dense input",
                    Name(hash.kind)));
  }
}

// Returns the rate of a layer whose steps move `width` weights of a row. An
// adaptive step moves each of them by about as much, so that what it does to a
// sum over inputs of a given length grows with the root of their number.
double RateOfWidth(int width) {
  constexpr double kUsualWidth = 128.0;
  return std::sqrt(kUsualWidth / width);
}

// value >= 0, finite.
void CheckNotNegative(std::string_view field, double value) {
  if (!(value >= 0.0 && std::isfinite(value))) {
    throw OptionsError(
        fmt::format("{} is {}; allowed is 0 or more", field, value));
  }
}

}  // namespace

std::string_view Name(HashKind kind) noexcept {
  switch (kind) {
    case HashKind::kSimHash:
      return "simhash";
    case HashKind::kWta:
      return "wta";
    case HashKind::kDwta:
      return "dwta";
    case HashKind::kMinHash:
      return "minhash";
    case HashKind::kNone:
      return "none";
  }
  return "";
}

std::string_view Name(BucketPolicy policy) noexcept {
  switch (policy) {
    case BucketPolicy::kFifo:
      return "fifo";
    case BucketPolicy::kReservoir:
      return "reservoir";
  }
  return "";
}

std::string_view Name(RebuildMode mode) noexcept {
  switch (mode) {
    case RebuildMode::kPause:
      return "pause";
    case RebuildMode::kBackground:
      return "background";
  }
  return "";
}

std::string_view Name(SamplingStrategy strategy) noexcept {
  switch (strategy) {
    case SamplingStrategy::kVanilla:
      return "vanilla";
    case SamplingStrategy::kTopK:
      return "top-k";
    case SamplingStrategy::kThreshold:
      return "threshold";
  }
  return "";
}

std::string_view Name(Precision precision) noexcept {
  switch (precision) {
    case Precision::kFp32:
      return "fp32";
    case Precision::kBf16:
      return "bf16";
  }
  return "";
}

std::string_view Name(Optimizer optimizer) noexcept {
  switch (optimizer) {
    case Optimizer::kRowAdagrad:
      return "row-adagrad";
    case Optimizer::kAdam:
      return "adam";
    case Optimizer::kAdagrad:
      return "adagrad";
    case Optimizer::kSgd:
      return "sgd";
  }
  return "";
}

std::string_view Name(Activation activation) noexcept {
  switch (activation) {
    case Activation::kRelu:
      return "relu";
    case Activation::kTanh:
      return "tanh";
    case Activation::kLinear:
      return "linear";
  }
  return "";
}

std::string_view Name(Loss loss) noexcept {
  switch (loss) {
    case Loss::kSoftmax:
      return "softmax";
    case Loss::kDecoupled:
      return "decoupled";
    case Loss::kSigmoid:
      return "sigmoid";
  }
  return "";
}

std::string_view Name(Schedule schedule) noexcept {
  switch (schedule) {
    case Schedule::kConstant:
      return "constant";
    case Schedule::kLinear:
      return "linear";
    case Schedule::kCosine:
      return "cosine";
  }
  return "";
}

std::string_view Name(UpdateMode mode) noexcept {
  switch (mode) {
    case UpdateMode::kHogwild:
      return "hogwild";
    case UpdateMode::kBatched:
      return "batched";
  }
  return "";
}

std::string_view Name(BiasInit init) noexcept {
  switch (init) {
    case BiasInit::kZero:
      return "zero";
    case BiasInit::kLogPrior:
      return "log-prior";
  }
  return "";
}

double DefaultLearningRate(Optimizer optimizer) noexcept {
  switch (optimizer) {
    case Optimizer::kRowAdagrad:
      return 0.12;
    case Optimizer::kAdam:
      return 0.01;
    case Optimizer::kAdagrad:
      return 0.1;
    case Optimizer::kSgd:
      return 0.03;
  }
  return 0.0;
}

std::vector<double> DefaultLayerRates(const NetworkOptions& network) {
  const std::vector<nn::LayerShape> shapes =
      nn::NetworkCore::LayerShapes(network);
  std::vector<double> rates(shapes.size(), 1.0);
  if (network.optimizer == Optimizer::kSgd) return rates;
  for (size_t l = 0; l < rates.size(); ++l) {
    if (shapes[l].is_input_major()) {
      rates[l] = RateOfWidth(network.hidden[l].neurons);
    } else if (l > 0) {
      const HiddenLayer& input = network.hidden[l - 1];
      rates[l] =
          RateOfWidth(input.is_hashed() ? input.max_active : input.neurons);
    } else if (network.optimizer == Optimizer::kRowAdagrad) {
      rates[l] = 8.0;
    }
  }
  return rates;
}

void HashOptions::Validate() const {
  if (hashes_per_table) {
    CheckRange("hashes_per_table", *hashes_per_table, 1, 32);
  }
  if (candidates) CheckRange("candidates", *candidates, 1, kMaxSampled);
  if (num_tables) CheckRange("num_tables", *num_tables, 1, 1000);
  if (table_bits) CheckRange("table_bits", *table_bits, 1, 16);
  CheckRange("bucket_capacity", bucket_capacity, 0, kMaxSampled);
}

void NetworkOptions::Validate() const {
  if (num_features == 0) {
    throw OptionsError("num_features is 0; a network needs an input");
  }
  if (num_labels == 0) {
    throw OptionsError("num_labels is 0; a network needs an output");
  }
  if (hidden.empty()) {
    throw OptionsError("hidden is empty; a network needs a hidden layer");
  }
  for (const HiddenLayer& layer : hidden) {
    CheckRange("hidden", layer.neurons, 1, kMaxHidden);
    CheckRange("max_active", layer.max_active, 0, layer.neurons);
    if (!layer.is_hashed()) continue;
    if (layer.hash.candidates) {
      CheckRange("candidates", *layer.hash.candidates, layer.max_active,
                 layer.neurons);
    }
    layer.hash.Validate();
    if (layer.hash.kind == HashKind::kNone) {
      throw OptionsError(
          "the hash of a hashed hidden layer is none; allowed is a family, or "
          "max_active 0");
    }
  }
  CheckPositive("init_scale", init_scale);
  hash.Validate();
  CheckComparable(hash, hidden.back().neurons,
                  hash.centered && !hidden.back().is_hashed());
  for (size_t i = 0; i < hidden.size(); ++i) {
    if (!hidden[i].is_hashed()) continue;
    const bool is_first = i == 0;
    CheckComparable(
        hidden[i].hash,
        is_first ? static_cast<double>(num_features) : hidden[i - 1].neurons,
        hidden[i].hash.centered && !is_first && !hidden[i - 1].is_hashed());
  }
}

void SamplingOptions::Validate() const {
  CheckRange("min_hits", min_hits, 1, 1000);
  CheckRange("max_hashed", max_hashed, 0, kMaxSampled);
  CheckRange("max_neighbours", max_neighbours, 0, kMaxSampled);
  CheckRange("random_negatives", random_negatives, 0, kMaxSampled);
  CheckRange("frequency_share", frequency_share, 0.0, 1.0);
}

void RebuildOptions::Validate() const {
  if (every && *every == 0) {
    throw OptionsError("rebuild.every is 0; allowed is 1 sample or more");
  }
  CheckRange("rebuild.decay", decay, 0.0, 100.0);
  CheckRange("rebuild.drift_limit", drift_limit, 0.0, 1.0);
}

void TrainOptions::Validate() const {
  CheckRange("epochs", epochs, 1, 1'000'000);
  if (learning_rate) CheckPositive("learning_rate", *learning_rate);
  CheckRange("final_rate_share", final_rate_share, 0.0, 1.0);
  CheckRange("warmup_share", warmup_share, 0.0, 1.0);
  for (const double rate : layer_rates) CheckNotNegative("layer_rates", rate);
  CheckNotNegative("bias_rate", bias_rate);
  CheckNotNegative("weight_decay", weight_decay);
  CheckNotNegative("clip_norm", clip_norm);
  CheckShare("input_dropout", input_dropout);
  CheckShare("hidden_dropout", hidden_dropout);
  CheckRange("shuffle_mebibytes", shuffle_mebibytes, 0.0, 0x1p40);
  CheckRange("batch_size", batch_size, 1, kMaxBatch);
  CheckRange("gradient_floor", gradient_floor, 0.0, 1.0);
  CheckShare("momentum", momentum);
  CheckShare("beta1", beta1);
  CheckShare("beta2", beta2);
  sampling.Validate();
  rebuild.Validate();
  if (eval_ks.empty()) throw OptionsError("eval_ks is empty");
  for (const int k : eval_ks) CheckRange("eval_ks", k, 1, kMaxSampled);
}

}  // namespace slide
