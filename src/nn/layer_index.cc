#include "nn/layer_index.h"

#include <fmt/format.h>

#include "hashing/hash_family.h"
#include "slide/error.h"
#include "util/rng.h"

namespace slide::nn {
namespace {

// What goes wrong with a build is, for users, that training went wrong.
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
      num_inputs_(layer.num_inputs()),
      num_neurons_(layer.num_neurons()),
      centered_(options.centered && !layer.shape().has_sparse_input),
      layer_number_(layer_number),
      seed_(seed) {}

hashing::RowVectors LayerIndex::MakeRowVectors() const {
  return hashing::RowVectors(num_inputs_, centered_);
}

std::unique_ptr<const hashing::HashFamily> LayerIndex::MakeFamily(
    uint64_t functions) const {
  return hashing::MakeHashFamily(
      options_.kind,
      {.width = MakeRowVectors().width(),
       .hashes_per_table = *options_.hashes_per_table,
       .num_tables = *options_.num_tables,
       .table_bits = *options_.table_bits},
      util::Rng(seed_).Stream(util::Purpose::kHashFunctions, functions,
                              layer_number_));
}

std::unique_ptr<const hashing::HashFamily> LayerIndex::OtherFamily(
    uint64_t functions) const {
  return functions == functions_ ? nullptr : MakeFamily(functions);
}

void LayerIndex::Make() {
  if (lsh_) return;
  const hashing::BucketLimit limit = {
      .capacity = static_cast<uint32_t>(options_.bucket_capacity),
      .policy = options_.bucket_policy};
  lsh_ = std::make_unique<hashing::LshIndex>(
      MakeFamily(functions_), MakeRowVectors(), num_neurons_, limit, seed_);
}

void LayerIndex::Build(const Layer& layer, const util::ThreadTeam& team,
                       uint64_t functions) {
  Make();
  TryBuild(layer_number_, [&] {
    lsh_->Build(layer.weights().rows(), team, OtherFamily(functions));
  });
  functions_ = functions;
}

void LayerIndex::BuildBeside(const Layer& layer, uint64_t functions) {
  TryBuild(layer_number_, [&] {
    lsh_->BuildBeside(layer.weights().rows(), util::ThreadTeam(1),
                      OtherFamily(functions));
  });
  functions_ = functions;
}

void LayerIndex::Center(std::span<const float> mean) {
  if (!centered_) return;
  Make();
  lsh_->Center(mean);
}

double LayerIndex::Drift(const Layer& layer) const {
  return lsh_ ? lsh_->Drift(layer.weights().rows()) : 0.0;
}

}  // namespace slide::nn
