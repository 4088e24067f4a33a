// Evaluate(): exact scoring of a data set in blocks, metrics summed per thread.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "eval/sample_blocks.h"
#include "eval/sample_indices.h"
#include "eval/set_counter.h"
#include "nn/network_access.h"
#include "nn/network_core.h"
#include "predict/check_samples.h"
#include "predict/exact_search.h"
#include "slide/error.h"
#include "slide/metrics.h"
#include "slide/network.h"
#include "util/thread_team.h"

namespace slide {
namespace {

// log-sum-exp of all logits minus the mean logit of the labels.
double FullSoftmaxLoss(const nn::NetworkCore& core, const Sample& sample,
                       std::span<const float> hidden, double log_normalizer) {
  const std::span<const uint32_t> labels = sample.labels;
  std::vector<float> logits(labels.size());
  core.output().Forward(util::VectorView(hidden), labels, logits);
  if (const nn::SparsePart* sparse = core.sparse_part()) {
    for (size_t j = 0; j < labels.size(); ++j) {
      logits[j] +=
          sparse->weight() * sparse->ScoreOf(sample.features, labels[j]);
    }
  }
  double sum = 0.0;
  for (const float logit : logits) sum += static_cast<double>(logit);
  return log_normalizer - sum / static_cast<double>(labels.size());
}

}  // namespace

Metrics Evaluate(const Network& network, const Dataset& data,
                 const EvaluateOptions& options,
                 const EvaluateCallback& callback) {
  options.Validate();
  predict::CheckFits(network.options(), data, "data");
  const size_t num_propensities = options.inverse_propensities.size();
  if (num_propensities != 0 && num_propensities < data.num_labels()) {
    throw OptionsError(fmt::format(
        "inverse_propensities: got {}, expected one for each of the {} labels, "
        "or none",
        num_propensities, data.num_labels()));
  }
  const nn::NetworkCore& core = nn::NetworkAccess::Core(network);
  const std::vector<uint64_t> samples =
      eval::SampleIndices(data.size(), options.num_samples, options.seed);
  constexpr size_t kBlock = predict::ExactSearch::kMaxBlock;
  const size_t num_blocks = (samples.size() + kBlock - 1) / kBlock;
  // One accumulator a block, merged in order: sums of doubles then do not
  // depend on which thread took which block.
  std::vector<MetricsAccumulator> blocks(
      num_blocks, MetricsAccumulator(options.ks, options.inverse_propensities));
  const size_t max_k =
      static_cast<size_t>(*std::ranges::max_element(options.ks));
  eval::SetCounter sets(core, options);
  eval::ForEachBlock(
      data, samples, util::ThreadTeam(options.num_threads), [&](int worker) {
        return [&, worker,
                search = predict::ExactSearch(core, sets.SearchDepth(max_k)),
                inputs = std::vector<SparseView>(),
                ranked = std::vector<uint32_t>(),
                scratch = eval::SetCounter::Scratch()](
                   size_t b, std::span<const uint64_t> block) mutable {
          if (worker == 0 && callback &&
              !callback(static_cast<double>(b) /
                        static_cast<double>(num_blocks))) {
            throw StoppedError("the evaluation was stopped");
          }
          eval::InputsOf(data, block, inputs);
          search.Run(inputs);
          for (size_t q = 0; q < inputs.size(); ++q) {
            const Sample sample = data[block[q]];
            ranked.clear();
            for (const predict::LabelScore& best : search.best(q)) {
              ranked.push_back(best.label);
            }
            blocks[b].Add(ranked, sample.labels);
            sets.AddRanked(ranked, sample.labels);
            if (sample.labels.empty()) continue;
            blocks[b].AddLoss(FullSoftmaxLoss(core, sample, search.hidden(q),
                                              search.log_normalizer(q)));
          }
          sets.AddAbove(data, block, inputs, search, scratch);
        };
      });
  MetricsAccumulator all(options.ks, options.inverse_propensities);
  for (const MetricsAccumulator& block : blocks) all.Merge(block);
  Metrics metrics = all.Result();
  sets.Report(samples.size(), metrics);
  return metrics;
}

}  // namespace slide
