// Training runs that differ in one option each, over all options that decide a
// result; and the bits that such a run leaves.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "nn/network_access.h"
#include "nn/network_core.h"
#include "slide/options.h"
#include "slide/trainer.h"

namespace slide::testing_support {

struct Settings {
  NetworkOptions network;
  TrainOptions train;
};

// One thing that is varied by itself.
struct Variation {
  std::string name;
  std::function<void(Settings&)> apply;
};

inline Settings BaseSettings(const Dataset& data, uint64_t seed) {
  Settings settings;
  settings.network.num_features = data.num_features();
  settings.network.num_labels = data.num_labels();
  settings.network.hidden = {16};
  settings.network.hash.num_tables = 6;
  settings.network.seed = seed;
  settings.train.epochs = 2;
  settings.train.sampling.max_hashed = 20;
  settings.train.sampling.random_negatives = 10;
  settings.train.rebuild.every = 90;
  return settings;
}

// Everything that training has changed: weights, biases, optimizer state, and
// the losses as they were reported.
inline std::vector<std::byte> BitsOf(const Network& network,
                                     const TrainReport& report) {
  std::vector<std::byte> bits;
  const auto add = [&](std::span<const std::byte> more) {
    bits.insert(bits.end(), more.begin(), more.end());
  };
  for (const nn::Layer& layer : nn::NetworkAccess::Core(network).layers()) {
    add(layer.weights().records());
    if (layer.bias() != nullptr) add(layer.bias()->records());
  }
  if (const auto* sparse = nn::NetworkAccess::Core(network).sparse_part()) {
    add(std::as_bytes(sparse->arrays().words));
    add(std::as_bytes(sparse->arrays().accumulators));
    add(std::as_bytes(sparse->arrays().weight));
  }
  for (const EpochReport& epoch : report.epochs) {
    add(std::as_bytes(std::span(&epoch.train_loss, 1)));
  }
  add(std::as_bytes(std::span(&report.num_rebuilds, 1)));
  return bits;
}

inline std::vector<Variation> Variations() {
  std::vector<Variation> all = {
      {"defaults", [](Settings&) {}},
      {"no tables", [](Settings& r) { r.network.hash.kind = HashKind::kNone; }},
      {"no random negatives",
       [](Settings& r) { r.train.sampling.random_negatives = 0; }},
      {"neighbours", [](Settings& r) { r.train.sampling.max_neighbours = 8; }},
      {"no correction",
       [](Settings& r) { r.train.sampling.correction = Correction::kNone; }},
      {"drift",
       [](Settings& r) {
         r.train.rebuild.drift_limit = 0.02;
         r.train.rebuild.every = 17;
         r.train.rebuild.decay = 0.0;
       }},
      {"two hidden layers, one hashed",
       [](Settings& r) {
         r.network.hidden = {16, 60};
         r.network.hidden[1].max_active = 20;
       }},
      {"tanh",
       [](Settings& r) { r.network.hidden[0].activation = Activation::kTanh; }},
      {"dropout",
       [](Settings& r) {
         r.train.input_dropout = 0.1;
         r.train.hidden_dropout = 0.2;
       }},
      {"sparse part",
       [](Settings& r) {
         r.train.sparse_part.mode = SparsePartMode::kOn;
         r.train.sparse_part.min_samples = 1;
       }},
      {"sparse part, dropout, clipping",
       [](Settings& r) {
         r.train.sparse_part.mode = SparsePartMode::kOn;
         r.train.input_dropout = 0.1;
         r.train.clip_norm = 0.5;
       }},
      {"clipping", [](Settings& r) { r.train.clip_norm = 0.5; }},
      {"decay", [](Settings& r) { r.train.weight_decay = 1e-3; }},
      {"exact gradients", [](Settings& r) { r.train.gradient_floor = 0.0; }},
      {"nearest rounding",
       [](Settings& r) {
         r.network.precision = Precision::kBf16;
         r.train.rounding = Rounding::kNearest;
       }},
      {"reservoir",
       [](Settings& r) {
         r.network.hash.bucket_capacity = 3;
         r.network.hash.bucket_policy = BucketPolicy::kReservoir;
       }},
      {"cosine", [](Settings& r) { r.train.schedule = Schedule::kCosine; }},
  };
  for (const Optimizer optimizer : {Optimizer::kAdam, Optimizer::kAdagrad,
                                    Optimizer::kSgd, Optimizer::kRowAdagrad}) {
    for (const Precision precision : {Precision::kFp32, Precision::kBf16}) {
      all.push_back(
          {std::string(Name(optimizer)) + " " + std::string(Name(precision)),
           [=](Settings& r) {
             r.network.optimizer = optimizer;
             r.network.precision = precision;
           }});
    }
  }
  for (const Loss loss : {Loss::kSoftmax, Loss::kSigmoid}) {
    all.push_back(
        {std::string(Name(loss)), [=](Settings& r) { r.train.loss = loss; }});
  }
  for (const HashKind kind :
       {HashKind::kSimHash, HashKind::kDwta, HashKind::kMinHash}) {
    all.push_back({std::string(Name(kind)),
                   [=](Settings& r) { r.network.hash.kind = kind; }});
  }
  for (const auto strategy :
       {SamplingStrategy::kTopK, SamplingStrategy::kThreshold}) {
    all.push_back({std::string(Name(strategy)),
                   [=](Settings& r) { r.train.sampling.strategy = strategy; }});
  }
  return all;
}

}  // namespace slide::testing_support
