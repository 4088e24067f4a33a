#include "train/setup.h"

#include <fmt/format.h>

#include <utility>

#include "eval/sample_indices.h"
#include "slide/error.h"

namespace slide::train {

void CheckSuits(const TrainOptions& options, const nn::NetworkCore& network) {
  const size_t num_layers = network.layers().size();
  const size_t num_rates = options.layer_rates.size();
  if (num_rates != 0 && num_rates != num_layers) {
    throw OptionsError(fmt::format(
        "layer_rates has {} values; allowed is one for each of the network's "
        "{} layers, or none",
        num_rates, num_layers));
  }
}

void CheckFits(const Dataset& data, const NetworkOptions& network,
               std::string_view what) {
  if (data.num_features() > network.num_features ||
      data.num_labels() > network.num_labels) {
    throw DataError(fmt::format(
        "the {} set has {} features and {} labels, the network {} and {}", what,
        data.num_features(), data.num_labels(), network.num_features,
        network.num_labels));
  }
}

std::optional<sampling::NeighbourIndex> MakeNeighbours(
    const SamplingOptions& options, const Dataset& data) {
  if (options.max_neighbours == 0) return std::nullopt;
  return sampling::NeighbourIndex(data);
}

sampling::Selector MakeSelector(
    const SamplingOptions& options, const nn::NetworkCore& network,
    std::vector<uint64_t> label_counts,
    const std::optional<sampling::NeighbourIndex>& neighbours) {
  label_counts.resize(network.num_labels());
  return sampling::Selector(options, label_counts,
                            network.options().hash.kind != HashKind::kNone,
                            neighbours ? &*neighbours : nullptr);
}

nn::NetworkCore::Tables TablesInUse(const sampling::Selector& selector) {
  return selector.uses_hashing() ? nn::NetworkCore::Tables::kAll
                                 : nn::NetworkCore::Tables::kOfHiddenLayers;
}

std::vector<SparseView> TypicalInputs(const Dataset& data,
                                      std::span<const uint64_t> from,
                                      uint64_t seed) {
  constexpr uint64_t kNum = 256;
  std::vector<SparseView> inputs;
  for (const uint64_t i : eval::SampleIndices(from.size(), kNum, seed)) {
    inputs.push_back(data[from[i]].features);
  }
  return inputs;
}

std::vector<uint64_t> LabelledSamples(const Dataset& data) {
  std::vector<uint64_t> samples;
  for (size_t i = 0; i < data.size(); ++i) {
    if (data.SizeOf(i).num_labels > 0) samples.push_back(i);
  }
  return samples;
}

}  // namespace slide::train
