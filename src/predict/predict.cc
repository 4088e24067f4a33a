// Predict(): blocks of samples on several threads, each block's labels put
// together in their order. Network::Predict() is the same without a threshold,
// and takes one sample too.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <vector>

#include "data/dataset_paging.h"
#include "nn/check_sample.h"
#include "nn/network_access.h"
#include "nn/network_core.h"
#include "predict/check_samples.h"
#include "predict/cutoffs.h"
#include "predict/exact_search.h"
#include "slide/error.h"
#include "slide/network.h"
#include "slide/predict.h"
#include "util/thread_team.h"

namespace slide {
namespace {

void CheckCut(int k) {
  if (k < 1)
    throw OptionsError(fmt::format("k: got {}, expected 1 or more", k));
}

// Sets `labels` to the best ones of input q of the last Run.
void TakeBest(const predict::ExactSearch& search, size_t q,
              std::vector<ScoredLabel>& labels) {
  labels.clear();
  for (const auto& [label, logit] : search.best(q)) {
    labels.push_back({label, logit, search.probability(q, logit)});
  }
}

}  // namespace

void PredictOptions::Validate() const {
  if (k < 0 || (k == 0 && !threshold)) {
    throw OptionsError(
        fmt::format("k: got {}, expected 1 or more, or 0 and a threshold", k));
  }
  if (threshold) threshold->Validate();
}

Predictions Predict(const Network& network, const Dataset& data, size_t begin,
                    size_t end, const PredictOptions& options) {
  options.Validate();
  predict::CheckSamples(network.options(), data, begin, end);
  const nn::NetworkCore& core = nn::NetworkAccess::Core(network);
  std::optional<predict::Cutoffs> cutoffs;
  if (options.threshold) cutoffs.emplace(core, *options.threshold);
  const size_t limit =
      options.k == 0 ? core.num_labels() : static_cast<size_t>(options.k);

  constexpr size_t kBlock = predict::ExactSearch::kMaxBlock;
  std::vector<Predictions> blocks((end - begin + kBlock - 1) / kBlock);
  const util::ThreadTeam team(options.num_threads);
  std::atomic<size_t> next = 0;
  team.Run([&](int, int) {
    predict::ExactSearch search(core,
                                cutoffs ? predict::Cutoffs::kKept : limit);
    std::vector<SparseView> inputs;
    std::vector<std::vector<ScoredLabel>> sets;
    for (size_t b = next++; b < blocks.size(); b = next++) {
      const size_t first = begin + b * kBlock;
      inputs.clear();
      for (size_t i = first; i < std::min(end, first + kBlock); ++i) {
        inputs.push_back(data[i].features);
        if (inputs.back().size() == 0) blocks[b].unknown.push_back(i - begin);
      }
      search.Run(inputs);
      if (cutoffs) {
        cutoffs->FindAll(inputs, search, sets);
      } else {
        sets.resize(inputs.size());
        for (size_t q = 0; q < sets.size(); ++q) TakeBest(search, q, sets[q]);
      }
      for (const std::vector<ScoredLabel>& set : sets) {
        blocks[b].labels.insert(
            blocks[b].labels.end(), set.begin(),
            set.begin() + static_cast<ptrdiff_t>(std::min(limit, set.size())));
        blocks[b].ends.push_back(blocks[b].labels.size());
      }
      data::DatasetPaging(data).Release(first, first + inputs.size());
    }
  });

  Predictions all;
  for (const Predictions& block : blocks) {
    const size_t before = all.labels.size();
    all.labels.insert(all.labels.end(), block.labels.begin(),
                      block.labels.end());
    for (const size_t last : block.ends) all.ends.push_back(before + last);
    all.unknown.insert(all.unknown.end(), block.unknown.begin(),
                       block.unknown.end());
  }
  return all;
}

std::vector<ScoredLabel> Network::Predict(SparseView features, int k) const {
  CheckCut(k);
  nn::CheckFeatures(features, options().num_features);
  predict::ExactSearch search(*core_, static_cast<size_t>(k));
  search.Run({&features, 1});
  std::vector<ScoredLabel> best;
  TakeBest(search, 0, best);
  return best;
}

std::vector<ScoredLabel> Network::Predict(const Dataset& data, size_t begin,
                                          size_t end, int k,
                                          int num_threads) const {
  CheckCut(k);
  return slide::Predict(*this, data, begin, end,
                        {.k = k, .num_threads = num_threads})
      .labels;
}

}  // namespace slide
