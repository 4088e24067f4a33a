// Network::Predict(): exact scores, one sample or many side by side.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "data/dataset_paging.h"
#include "nn/check_sample.h"
#include "nn/network_core.h"
#include "predict/check_samples.h"
#include "predict/exact_search.h"
#include "slide/error.h"
#include "slide/network.h"
#include "util/thread_team.h"

namespace slide {
namespace {

void CheckCut(int k) {
  if (k < 1)
    throw OptionsError(fmt::format("k: got {}, expected 1 or more", k));
}

// Writes the best labels of input q of the last Run.
void CopyBest(const predict::ExactSearch& search, size_t q,
              std::span<ScoredLabel> out) {
  for (size_t i = 0; i < out.size(); ++i) {
    const auto [label, logit] = search.best(q)[i];
    out[i] = {label, logit, search.probability(q, logit)};
  }
}

}  // namespace

std::vector<ScoredLabel> Network::Predict(SparseView features, int k) const {
  CheckCut(k);
  nn::CheckFeatures(features, options().num_features);
  predict::ExactSearch search(*core_, static_cast<size_t>(k));
  search.Run({&features, 1});
  std::vector<ScoredLabel> result(search.k());
  CopyBest(search, 0, result);
  return result;
}

std::vector<ScoredLabel> Network::Predict(const Dataset& data, size_t begin,
                                          size_t end, int k,
                                          int num_threads) const {
  CheckCut(k);
  predict::CheckSamples(options(), data, begin, end);
  const size_t width = std::min(static_cast<size_t>(k),
                                static_cast<size_t>(options().num_labels));
  std::vector<ScoredLabel> result((end - begin) * width);
  const util::ThreadTeam team(num_threads);
  std::atomic<size_t> next = begin;
  team.Run([&](int, int) {
    constexpr size_t kBlock = predict::ExactSearch::kMaxBlock;
    predict::ExactSearch search(*core_, static_cast<size_t>(k));
    std::vector<SparseView> inputs;
    for (;;) {
      const size_t first = next.fetch_add(kBlock);
      if (first >= end) return;
      inputs.clear();
      for (size_t i = first; i < std::min(end, first + kBlock); ++i) {
        inputs.push_back(data[i].features);
      }
      search.Run(inputs);
      for (size_t q = 0; q < inputs.size(); ++q) {
        CopyBest(search, q,
                 std::span(result).subspan((first - begin + q) * width, width));
      }
      data::DatasetPaging(data).Release(first, first + inputs.size());
    }
  });
  return result;
}

}  // namespace slide
