#include "nn/layer_index.h"

#include <fmt/format.h>

#include <utility>

#include "hashing/hash_family.h"
#include "slide/error.h"
#include "util/rng.h"

namespace slide::nn {
namespace {

// Turns a build's DataError into a DivergedError: rows that cannot be hashed
// mean, for users, that training went wrong.
template <typename F>
void TryBuild(size_t layer_number, F&& build) {
  try {
    build();
  } catch (const DataError& error) {
    throw DivergedError(
        fmt::format("the neurons of layer {} cannot be hashed: {}",
                    layer_number + 1, error.what()));
  }
}

}  // namespace

LayerIndex::LayerIndex(const Layer& layer, const HashOptions& options,
                       size_t layer_number, uint64_t seed)
    : options_(options),
      num_neurons_(layer.num_neurons()),
      vectors_(layer.num_inputs(),
               options.centered && !layer.shape().has_sparse_input),
      layer_number_(layer_number),
      seed_(seed) {}

void LayerIndex::Make() {
  if (lsh_) return;
  lsh_ = std::make_unique<hashing::LshIndex>(
      hashing::MakeHashFamily(
          options_, vectors_.width(),
          util::Rng(seed_).Stream(util::Purpose::kHashFunctions, 0,
                                  layer_number_)),
      vectors_, num_neurons_,
      hashing::BucketLimit{
          .capacity = static_cast<uint32_t>(options_.bucket_capacity),
          .policy = options_.bucket_policy},
      seed_);
}

void LayerIndex::Build(const Layer& layer, const util::ThreadTeam& team) {
  Make();
  TryBuild(layer_number_, [&] { lsh_->Build(layer.weights().rows(), team); });
}

void LayerIndex::BuildBeside(const Layer& layer) {
  TryBuild(layer_number_, [&] {
    lsh_->BuildBeside(layer.weights().rows(), util::ThreadTeam(1));
  });
}

void LayerIndex::Restore(util::AlignedBuffer<uint16_t> addresses,
                         uint64_t num_builds, const util::ThreadTeam& team) {
  Make();
  lsh_->Restore(std::move(addresses), num_builds, team);
}

void LayerIndex::Center(std::span<const float> mean) {
  if (lsh_) return lsh_->Center(mean);
  vectors_.Center(mean);
}

double LayerIndex::Drift(const Layer& layer) const {
  return lsh_ ? lsh_->Drift(layer.weights().rows()) : 0.0;
}

}  // namespace slide::nn
