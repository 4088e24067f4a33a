// MeasureIndex(): what queries of the tables return, beside exact search.
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
#include "sampling/table_source.h"
#include "slide/error.h"
#include "slide/network.h"
#include "util/rng.h"
#include "util/thread_team.h"

namespace slide {

IndexQuality MeasureIndex(Network& network, const Dataset& data,
                          const IndexOptions& options) {
  options.Validate();
  nn::NetworkCore& core = nn::NetworkAccess::Core(network);
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
  core.BuildTables(util::ThreadTeam(options.num_threads));
  constexpr size_t kBest = 10;
  eval::Recall recall = eval::IndexRecall(
      core, data, samples, kBest,
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
  quality.buckets = core.index()->tables().Occupancy();
  return quality;
}

}  // namespace slide
