#include "train/setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "data/dataset_paging.h"
#include "eval/sample_indices.h"
#include "nn/sparse_growth.h"
#include "options/size_rules.h"
#include "sampling/sources.h"
#include "slide/error.h"
#include "util/memory.h"

namespace slide::train {
namespace {

// The features of some labelled samples that stand for all: by their mean
// hashes are centered.
std::vector<SparseView> TypicalInputs(const Dataset& data, uint64_t seed) {
  constexpr uint64_t kNum = 256;
  const std::vector<uint64_t> labelled = LabelledSamples(data);
  std::vector<SparseView> inputs;
  for (const uint64_t i : eval::SampleIndices(labelled.size(), kNum, seed)) {
    inputs.push_back(data[labelled[i]].features);
  }
  return inputs;
}

// Throws: OptionsError.
void RequireNegatives(const TrainOptions& options,
                      const NetworkOptions& network) {
  const SamplingOptions& sampling = options.sampling;
  if (options.update == UpdateMode::kDense || sampling.random_negatives > 0) {
    return;
  }
  if (options.update == UpdateMode::kSampled) {
    throw OptionsError(
        "random_negatives: got 0 with update sampled, expected some; without "
        "negatives nothing can be learnt");
  }
  if (UsesHashing(options, network) || sampling.max_neighbours > 0) return;
  throw OptionsError(
      "max_hashed, max_neighbours, random_negatives: got no neurons "
      "beside a sample's labels, expected some from one of them; without "
      "negatives nothing can be learnt");
}

constexpr SamplingOptions kNoNegatives = {
    .max_hashed = 0, .max_neighbours = 0, .random_negatives = 0};

// How the neurons of a batch are selected.
SamplingOptions BatchSampling(const TrainOptions& options, size_t num_neurons) {
  if (!UsesMatrices(options.update)) return kNoNegatives;
  SamplingOptions sampling = options.sampling;
  sampling.max_hashed = 0;
  sampling.max_neighbours = 0;
  if (options.update == UpdateMode::kDense) {
    sampling.random_negatives = static_cast<int>(num_neurons);
  }
  return sampling;
}

// The output's first biases. A network that has been trained keeps its own:
// after a step they are not all 0 any more. rebuilds: of a run that goes on, or
// not begun.
void InitBiases(const TrainOptions& options, const Dataset& data,
                const RebuildState& rebuilds, nn::NetworkCore& network) {
  if (rebuilds.has_begun() || options.freeze == Freeze::kOutput) return;
  const BiasInit init = options.bias_init.value_or(
      options.loss == Loss::kSigmoid ? BiasInit::kLogPrior : BiasInit::kZero);
  if (init == BiasInit::kZero || data.size() == 0) return;
  if (!network.HasZeroOutputBiases()) return;
  network.SetLabelPriors(data.LabelCounts(), data.size());
}

}  // namespace

bool UsesHashing(const TrainOptions& options,
                 const NetworkOptions& network) noexcept {
  return !UsesMatrices(options.update) && options.sampling.max_hashed > 0 &&
         network.hash.kind != HashKind::kNone;
}

void SettleNetwork(const TrainOptions& options, nn::NetworkCore& network) {
  network.RequireWritable();
  const size_t num_layers = network.layers().size();
  const size_t num_rates = options.layer_rates.size();
  if (num_rates != 0 && num_rates != num_layers) {
    throw OptionsError(fmt::format(
        "layer_rates: got {} values, expected one for each of the network's {} "
        "layers, or none",
        num_rates, num_layers));
  }
  RequireNegatives(options, network.options());
  if (UsesMatrices(options.update) &&
      network.output().shape().has_sparse_input) {
    throw OptionsError(fmt::format(
        "update: got {} with a last hidden layer that is hashed, expected "
        "hogwild or batched",
        Name(*options.update)));
  }
  if (options.freeze == Freeze::kOutput && options.sparse_part.weight) {
    throw OptionsError(fmt::format(
        "sparse_part.weight: got {}, which would change the frozen output, "
        "expected auto",
        *options.sparse_part.weight));
  }
  network.SettleCandidates(options.sampling.max_hashed);
  network.SetLoss(options.loss);
  network.SetCalibration({});
}

namespace {

// Whether the data may be read label by label, in no order of a file: pairs are
// found so. A cache that is larger is asked to by SparsePartMode::kOn alone.
bool IsReadAtWill(const Dataset& data) {
  constexpr uint64_t kMaxMappedBytes = uint64_t{512} << 20;
  return !data::DatasetPaging(data).is_mapped() ||
         data.num_bytes() <= kMaxMappedBytes;
}

void BuildSparsePart(const TrainOptions& options, const Dataset& train,
                     nn::NetworkCore& network) {
  const nn::SparsePart* before = network.sparse_part();
  SparsePartOptions how = options.sparse_part;
  if (how.mode == SparsePartMode::kOff || options.freeze == Freeze::kOutput) {
    return;
  }
  if (how.mode == SparsePartMode::kAuto) {
    if (!IsReadAtWill(train)) return;
    if (before == nullptr &&
        (!network.HasZeroOutputBiases() ||
         !options::WantsSparsePart(train.num_features()))) {
      return;
    }
    // A network that has a part wants the pairs of all of its data.
    if (before != nullptr) how.mode = SparsePartMode::kOn;
  }
  const util::ThreadTeam team(options.num_threads);
  const nn::SparsePairs pairs(train, how, team);
  if (!pairs.plan().is_wanted || pairs.plan().num_pairs == 0) return;
  util::RequireMemory(pairs.plan().num_bytes,
                      "the sparse part (--sparse-part off needs none, and a "
                      "smaller --sparse-entries or --sparse-memory less)");
  nn::SparsePart part(pairs, network.options().num_features,
                      network.options().num_labels);
  if (before != nullptr) {
    network.SetSparsePart(nn::GrownSparsePart(*before, &part,
                                              network.options().num_features,
                                              network.options().num_labels));
    return;
  }
  part.set_weight(options::DefaultSparseWeight(train.size()));
  network.SetSparsePart(std::move(part));
}

}  // namespace

void MakeSparsePart(const TrainOptions& options, const Dataset& train,
                    nn::NetworkCore& network) {
  BuildSparsePart(options, train, network);
  if (network.sparse_part() != nullptr && options.sparse_part.weight) {
    network.sparse_part()->set_weight(
        static_cast<float>(*options.sparse_part.weight));
  }
}

std::vector<uint64_t> LabelledSamples(const Dataset& data) {
  std::vector<uint64_t> samples;
  for (size_t i = 0; i < data.size(); ++i) {
    if (data.SizeOf(i).num_labels > 0) samples.push_back(i);
  }
  return samples;
}

void RequireLabelled(const Dataset& data, std::string_view name) {
  for (size_t i = 0; i < data.size(); ++i) {
    if (data.SizeOf(i).num_labels > 0) return;
  }
  throw DataError(fmt::format(
      "{}: got no sample with a label, expected one or more", name));
}

TrainSetup::TrainSetup(nn::NetworkCore& net, const TrainOptions& how,
                       const Dataset& like, RebuildState& rebuilds,
                       std::span<const float> label_weights)
    : network((InitBiases(how, like, rebuilds, net), net)),
      options(how),
      data(like),
      seed(how.seed.value_or(net.options().seed)),
      rng(seed),
      team(how.num_threads),
      uses_hashing(UsesHashing(how, net.options())),
      rebuilder(net, options.rebuild, team, TypicalInputs(data, seed),
                uses_hashing ? nn::NetworkCore::Tables::kAll
                             : nn::NetworkCore::Tables::kOfHiddenLayers,
                rebuilds),
      selector(sampling::MakeSelector(
          UsesMatrices(options.update) ? kNoNegatives : options.sampling,
          {.num_neurons = net.num_labels(),
           .index = uses_hashing ? net.index() : nullptr,
           .data = data})),
      batch_negatives(sampling::MakeSelector(
          BatchSampling(options, net.num_labels()),
          {.num_neurons = net.num_labels(), .data = data})),
      step_options(options, net.options(), label_weights),
      step(network, selector, step_options) {}

}  // namespace slide::train

namespace slide {

SparsePartPlan PlanSparsePart(const Dataset& train,
                              const SparsePartOptions& options,
                              int num_threads) {
  options.Validate();
  if (options.mode == SparsePartMode::kAuto && !train::IsReadAtWill(train)) {
    return {};
  }
  const util::ThreadTeam team(num_threads);
  return nn::SparsePairs(train, options, team).plan();
}

}  // namespace slide
