#include "nn/network_core.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>

#include "hashing/simhash.h"
#include "kernels/kernels.h"
#include "util/rng.h"

namespace slide::nn {
namespace {

NetworkOptions Settled(NetworkOptions options) {
  if (!options.hash.hashes_per_table) {
    options.hash.hashes_per_table = DefaultHashesPerTable(options.num_labels);
  }
  return options;
}

}  // namespace

int DefaultHashesPerTable(size_t num_neurons) noexcept {
  constexpr size_t kMinBucketLoad = 128;
  const int k =
      static_cast<int>(std::bit_width(num_neurons / kMinBucketLoad)) - 1;
  return std::clamp(k, 4, 16);
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

void NetworkCore::BuildIndex(const util::ThreadTeam& team) {
  if (!index_) {
    const util::Rng rng(options_.seed);
    index_.emplace(std::make_unique<hashing::SimHash>(
                       hidden_width(), *options_.hash.hashes_per_table,
                       options_.hash.num_tables,
                       rng.Stream(util::Purpose::kHashFunctions)),
                   num_labels());
  }
  index_->Build(output_.weights().rows(), team);
}

}  // namespace slide::nn
