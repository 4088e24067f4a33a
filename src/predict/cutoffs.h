// Cutoffs: the probability from which on each label is meant, and the labels of
// an input that reach theirs.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "nn/network_core.h"
#include "predict/exact_search.h"
#include "slide/network.h"
#include "slide/probability.h"

namespace slide::predict {

class Cutoffs {
 public:
  // The network stays as long as this object, and keeps its calibration.
  // Throws: OptionsError for thresholds that it does not have.
  Cutoffs(const nn::NetworkCore& network, const Threshold& threshold);

  bool Reaches(uint32_t label, float probability) const noexcept {
    return static_cast<double>(probability) >=
           (each_.empty() ? least_ : static_cast<double>(each_[label]));
  }

  // Sets sets[q] to all labels of inputs[q] that reach their cutoff, best
  // first. Scores again, and spoils hidden(), where more labels than the search
  // keeps may reach theirs. Requires: the search has run on these inputs last.
  // Throws: as ExactSearch::Run.
  void FindAll(std::span<const SparseView> inputs, ExactSearch& search,
               std::vector<std::vector<ScoredLabel>>& sets) const;

  // Labels that a search for FindAll should keep: more than most samples have.
  static constexpr size_t kKept = 64;

 private:
  double least_ = 0.0;
  std::span<const float> each_ = {};  // empty: least_ is that of all
};

}  // namespace slide::predict
