#include "nn/network_core.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <utility>

#include "hashing/hash_family.h"
#include "kernels/kernels.h"
#include "slide/error.h"
#include "util/rng.h"

namespace slide::nn {
namespace {

NetworkOptions Settled(NetworkOptions options) {
  HashOptions& hash = options.hash;
  const int bits = DefaultAddressBits(options.num_labels);
  const bool is_minhash = hash.kind == HashKind::kMinHash;
  if (!hash.table_bits) hash.table_bits = is_minhash ? bits : 16;
  if (!hash.hashes_per_table) {
    const bool has_winners =
        hash.kind == HashKind::kWta || hash.kind == HashKind::kDwta;
    // A winner among 8 takes 3 bits.
    hash.hashes_per_table = is_minhash    ? 1
                            : has_winners ? (bits + 2) / 3
                                          : bits;
  }
  return options;
}

}  // namespace

int DefaultAddressBits(size_t num_neurons) noexcept {
  constexpr size_t kMinBucketLoad = 128;
  const int bits =
      static_cast<int>(std::bit_width(num_neurons / kMinBucketLoad)) - 1;
  return std::clamp(bits, 4, 16);
}

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

std::unique_ptr<const hashing::HashFamily> NetworkCore::MakeFamily(
    uint64_t functions) const {
  const HashOptions& hash = options_.hash;
  const util::Rng rng(options_.seed);
  return hashing::MakeHashFamily(
      hash.kind,
      {.width = hidden_width(),
       .hashes_per_table = *hash.hashes_per_table,
       .num_tables = hash.num_tables,
       .table_bits = *hash.table_bits},
      rng.Stream(util::Purpose::kHashFunctions, functions));
}

void NetworkCore::BuildIndex(const util::ThreadTeam& team, uint64_t functions) {
  std::unique_ptr<const hashing::HashFamily> others;
  if (!index_) {
    const hashing::BucketLimit limit = {
        .capacity = static_cast<uint32_t>(options_.hash.bucket_capacity),
        .policy = options_.hash.bucket_policy};
    index_.emplace(MakeFamily(functions), num_labels(), limit, options_.seed);
  } else if (functions != functions_) {
    others = MakeFamily(functions);
  }
  try {
    index_->Build(output_.weights().rows(), team, std::move(others));
  } catch (const DataError& error) {
    throw DivergedError(
        fmt::format("the output layer cannot be hashed: {}", error.what()));
  }
  functions_ = functions;
}

double NetworkCore::IndexDrift() const {
  return index_ ? index_->Drift(output_.weights().rows()) : 0.0;
}

}  // namespace slide::nn
