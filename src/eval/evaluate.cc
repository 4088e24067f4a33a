// Evaluate(): exact scoring of a data set in blocks, metrics summed per thread.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "data/dataset_paging.h"
#include "eval/sample_indices.h"
#include "kernels/kernels.h"
#include "nn/network_access.h"
#include "nn/network_core.h"
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
  const NetworkOptions& net = network.options();
  if (data.num_features() > net.num_features ||
      data.num_labels() > net.num_labels) {
    throw DataError(
        fmt::format("data: got {} features and {} labels, expected at most the "
                    "network's {} and {}",
                    data.num_features(), data.num_labels(), net.num_features,
                    net.num_labels));
  }
  const size_t num_propensities = options.inverse_propensities.size();
  if (num_propensities != 0 && num_propensities < data.num_labels()) {
    throw OptionsError(fmt::format(
        "inverse_propensities: got {}, expected one for each of the {} labels, "
        "or none",
        num_propensities, data.num_labels()));
  }
  const std::vector<uint64_t> samples =
      eval::SampleIndices(data.size(), options.num_samples, options.seed);
  const util::ThreadTeam team(options.num_threads);
  constexpr size_t kBlock = predict::ExactSearch::kMaxBlock;
  const size_t num_blocks = (samples.size() + kBlock - 1) / kBlock;
  // One accumulator a block, merged in order: sums of doubles then do not
  // depend on which thread took which block.
  std::vector<MetricsAccumulator> blocks(
      num_blocks, MetricsAccumulator(options.ks, options.inverse_propensities));
  const int max_k = *std::max_element(options.ks.begin(), options.ks.end());
  std::atomic<size_t> next = 0;
  std::atomic<bool> stopped = false;
  const auto evaluate = [&](int worker) {
    predict::ExactSearch search(nn::NetworkAccess::Core(network),
                                static_cast<size_t>(max_k));
    std::vector<SparseView> inputs;
    std::vector<uint32_t> ranked(search.k());
    for (size_t b = next++; b < num_blocks && !stopped; b = next++) {
      if (worker == 0 && callback) {
        stopped =
            !callback(static_cast<double>(b) / static_cast<double>(num_blocks));
      }
      const size_t begin = b * kBlock;
      const size_t end = std::min(samples.size(), begin + kBlock);
      inputs.clear();
      for (size_t i = begin; i < end; ++i) {
        inputs.push_back(data[samples[i]].features);
      }
      search.Run(inputs);
      for (size_t q = 0; q < inputs.size(); ++q) {
        const Sample sample = data[samples[begin + q]];
        const auto labels = sample.labels;
        std::transform(search.best(q).begin(), search.best(q).end(),
                       ranked.begin(),
                       [](const predict::LabelScore& s) { return s.label; });
        blocks[b].Add(ranked, labels);
        if (labels.empty()) continue;
        blocks[b].AddLoss(FullSoftmaxLoss(nn::NetworkAccess::Core(network),
                                          sample, search.hidden(q),
                                          search.log_normalizer(q)));
      }
      data::DatasetPaging(data).Release(samples[begin], samples[end - 1] + 1);
    }
  };
  team.Run([&](int worker, int) {
    try {
      evaluate(worker);
    } catch (...) {  // thrown on; the others need not go on
      stopped = true;
      throw;
    }
  });
  if (stopped) throw StoppedError("the evaluation was stopped");
  MetricsAccumulator all(options.ks, options.inverse_propensities);
  for (const MetricsAccumulator& block : blocks) all.Merge(block);
  return all.Result();
}

}  // namespace slide
