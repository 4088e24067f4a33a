// MeasureBuckets() and MeasureIndex(), on tables of their own.
#include "slide/index_quality.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "eval/recall.h"
#include "eval/sample_indices.h"
#include "nn/network_access.h"
#include "nn/network_core.h"
#include "sampling/sources.h"
#include "slide/error.h"
#include "slide/network.h"
#include "util/rng.h"
#include "util/thread_team.h"

namespace slide {

namespace {

// Tables over the output layer that are not the network's own, by the same
// functions. Requires: the network has an index of that layer.
nn::LayerIndex BuildIndex(const nn::NetworkCore& network, int num_threads) {
  const size_t output = network.layers().size() - 1;
  const nn::LayerIndex& own = *network.layer_index(output);
  nn::LayerIndex index(network.output(), own.options(), output,
                       network.options().seed);
  index.Center(own.center());
  index.Build(network.output(), util::ThreadTeam(num_threads));
  return index;
}

}  // namespace

BucketOccupancy MeasureBuckets(const Network& network, int num_threads) {
  const nn::NetworkCore& core = nn::NetworkAccess::Core(network);
  if (core.options().hash.kind == HashKind::kNone) return {};
  return BuildIndex(core, num_threads).lsh()->tables().Occupancy();
}

IndexQuality MeasureIndex(const Network& network, const Dataset& data,
                          const IndexOptions& options) {
  options.Validate();
  const nn::NetworkCore& core = nn::NetworkAccess::Core(network);
  if (data.size() == 0 ||
      data.num_features() > network.options().num_features) {
    throw DataError(fmt::format(
        "data: got {} samples and {} features, expected samples and at most "
        "the network's {} features",
        data.size(), data.num_features(), network.options().num_features));
  }
  IndexQuality quality;
  if (core.options().hash.kind == HashKind::kNone) return quality;
  const std::vector<uint64_t> samples =
      eval::SampleIndices(data.size(), options.num_samples, options.seed);
  const nn::LayerIndex index = BuildIndex(core, options.num_threads);
  const hashing::LshTables& tables = index.lsh()->tables();
  constexpr size_t kBest = 10;
  eval::Recall recall = eval::IndexRecall(
      core, tables, data, samples, kBest,
      sampling::QueryOf(options.sampling, core.num_labels()),
      util::Rng(options.seed).Stream(util::Purpose::kRecallSample));
  std::sort(recall.found.begin(), recall.found.end());
  const auto place = [&](double share) {
    const double rank = std::ceil(share * static_cast<double>(samples.size()));
    return recall.found[static_cast<size_t>(rank) - 1];
  };
  quality.num_samples = samples.size();
  quality.recall_at_10 = recall.share;
  quality.found_mean =
      static_cast<double>(std::accumulate(recall.found.begin(),
                                          recall.found.end(), uint64_t{0})) /
      static_cast<double>(samples.size());
  quality.found_p50 = place(0.5);
  quality.found_p99 = place(0.99);
  quality.buckets = tables.Occupancy();
  return quality;
}

}  // namespace slide
