#include "nn/network_core.h"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <utility>

#include "hashing/auto_settings.h"
#include "hashing/hash_family.h"
#include "kernels/kernels.h"
#include "slide/error.h"
#include "util/rng.h"

namespace slide::nn {
namespace {

NetworkOptions Settled(NetworkOptions options) {
  options.hash = hashing::SettledHash(options.hash, options.num_labels);
  return options;
}

// What goes wrong with a build is, for users, that training went wrong.
template <typename F>
size_t Build(F&& build) {
  try {
    return build();
  } catch (const DataError& error) {
    throw DivergedError(
        fmt::format("the output layer cannot be hashed: {}", error.what()));
  }
}

}  // namespace

HiddenBuffers::HiddenBuffers(std::span<const int> sizes) {
  for (const int size : sizes) layers_.emplace_back(static_cast<size_t>(size));
}

NetworkCore::NetworkCore(const NetworkOptions& options)
    : options_(Settled(options)),
      input_(options.num_features, static_cast<size_t>(options.hidden.front()),
             options.precision, options.optimizer),
      output_(static_cast<size_t>(options.hidden.back()), options.num_labels,
              options.precision, options.optimizer) {
  for (size_t i = 1; i < options.hidden.size(); ++i) {
    middle_.emplace_back(static_cast<size_t>(options.hidden[i - 1]),
                         static_cast<size_t>(options.hidden[i]),
                         options.precision, options.optimizer);
  }
}

void NetworkCore::DrawWeights(const util::ThreadTeam& team) {
  const util::Rng rng(options_.seed);
  uint64_t layer = 0;
  const auto draw = [&](RowStore& weights) {
    const double width = static_cast<double>(weights.width());
    weights.DrawWeights(options_.init_scale / std::sqrt(width), rng, layer++,
                        team);
  };
  draw(input_.weights());
  for (NeuronMajorLayer& hidden : middle_) draw(hidden.weights());
  draw(output_.weights());
}

void NetworkCore::ForwardHidden(SparseView x,
                                HiddenBuffers& activations) const noexcept {
  input_.Forward(x, activations[0]);
  kernels::Relu(activations[0]);
  for (size_t i = 0; i < middle_.size(); ++i) {
    middle_[i].ForwardAll(activations[i], activations[i + 1]);
    kernels::Relu(activations[i + 1]);
  }
}

hashing::RowVectors NetworkCore::MakeRowVectors() const {
  const HashOptions& hash = options_.hash;
  return hashing::RowVectors(hidden_width(),
                             {.with_bias = hash.with_bias,
                              .centered = hash.centered,
                              .leveled_norms = hash.leveled_norms});
}

std::unique_ptr<const hashing::HashFamily> NetworkCore::MakeFamily(
    uint64_t functions) const {
  const HashOptions& hash = options_.hash;
  const util::Rng rng(options_.seed);
  return hashing::MakeHashFamily(
      hash.kind,
      {.width = MakeRowVectors().width(),
       .hashes_per_table = *hash.hashes_per_table,
       .num_tables = *hash.num_tables,
       .table_bits = *hash.table_bits},
      rng.Stream(util::Purpose::kHashFunctions, functions));
}

std::unique_ptr<const hashing::HashFamily> NetworkCore::OtherFamily(
    uint64_t functions) const {
  return functions == functions_ ? nullptr : MakeFamily(functions);
}

void NetworkCore::MakeIndex() {
  if (index_) return;
  const hashing::BucketLimit limit = {
      .capacity = static_cast<uint32_t>(options_.hash.bucket_capacity),
      .policy = options_.hash.bucket_policy};
  index_ = std::make_unique<hashing::LshIndex>(MakeFamily(functions_),
                                               MakeRowVectors(), num_labels(),
                                               limit, options_.seed);
}

size_t NetworkCore::BuildIndex(const util::ThreadTeam& team,
                               uint64_t functions) {
  MakeIndex();
  const size_t num_hashed = Build([&] {
    return index_->Build(output_.weights().rows(), team,
                         OtherFamily(functions));
  });
  functions_ = functions;
  return num_hashed;
}

size_t NetworkCore::BuildIndexBeside(uint64_t functions) {
  const size_t num_hashed = Build([&] {
    return index_->BuildBeside(output_.weights().rows(), util::ThreadTeam(1),
                               OtherFamily(functions));
  });
  functions_ = functions;
  return num_hashed;
}

void NetworkCore::CenterQueries(std::span<const float> mean) {
  MakeIndex();
  index_->Center(mean);
}

double NetworkCore::IndexDrift() const {
  return index_ ? index_->Drift(output_.weights().rows()) : 0.0;
}

}  // namespace slide::nn
