// VisitScores(): every pair of a sample and a label, with its logit and whether
// the sample has the label.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "eval/sample_blocks.h"
#include "nn/network_core.h"
#include "predict/exact_search.h"
#include "predict/probability.h"
#include "slide/dataset.h"
#include "util/thread_team.h"

namespace slide::eval {

// The samples that a calibration looks at, and who does it.
struct Scene {
  const nn::NetworkCore& network;
  const Dataset& data;
  std::span<const uint64_t> samples;
  const util::ThreadTeam& team;
};

// One label of one sample.
struct ScoredPair {
  uint32_t label;
  float logit;
  double normalizer;  // of the rule; 0 if it needs none
  bool is_true;
};

// Calls visit(worker, pair) for all of them, several threads at once.
// wanted(label): whether the label's pairs are.
// Throws: as ExactSearch::Run. Cost: scores all labels, with a normalizer
// twice.
template <typename Visit, typename Wanted>
void VisitScores(const Scene& scene, const predict::ProbabilityRule& rule,
                 const Wanted& wanted, const Visit& visit) {
  ForEachBlock(scene.data, scene.samples, scene.team, [&](int worker) {
    return [&, worker, search = predict::ExactSearch(scene.network, 1, rule),
            inputs = std::vector<SparseView>()](
               size_t, std::span<const uint64_t> block) mutable {
      InputsOf(scene.data, block, inputs);
      if (rule.needs_normalizer()) search.Run(inputs);
      search.Scan(
          inputs, [&](size_t q, size_t first, std::span<const float> scores) {
            const auto labels = scene.data[block[q]].labels;
            auto next = std::ranges::lower_bound(labels, first);
            const double normalizer =
                rule.needs_normalizer() ? search.rule_normalizer(q) : 0.0;
            for (size_t i = 0; i < scores.size(); ++i) {
              const auto label = static_cast<uint32_t>(first + i);
              const bool is_true = next != labels.end() && *next == label;
              if (is_true) ++next;
              if (!wanted(label)) continue;
              visit(worker, ScoredPair{label, scores[i], normalizer, is_true});
            }
          });
    };
  });
}

}  // namespace slide::eval
