// Predict(): the labels of samples as sets, where Network::Predict gives a
// fixed number of them.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "slide/dataset.h"
#include "slide/network.h"
#include "slide/probability.h"

namespace slide {

struct PredictOptions {
  // Labels of a sample at most, the best ones; 0: no limit but the threshold.
  int k = 5;
  std::optional<Threshold> threshold =
      {};               // unset: the k best, whatever they are
  int num_threads = 0;  // 0: one for each core

  void Validate() const;  // Throws: OptionsError naming the field.
};

// Labels of each of a number of samples, by falling probability; ties go to the
// lower label.
struct Predictions {
  std::vector<ScoredLabel> labels = {};
  std::vector<size_t> ends = {};  // [samples], of each one's labels
  // Samples without any feature that the network knows, ascending: their labels
  // are those of the output's biases and tell nothing of them.
  std::vector<size_t> unknown = {};

  size_t size() const noexcept { return ends.size(); }
  std::span<const ScoredLabel> operator[](size_t sample) const {
    const size_t begin = sample == 0 ? 0 : ends[sample - 1];
    return {labels.data() + begin, ends[sample] - begin};
  }
};

// Predicts for the samples [begin, end) of data. A sample none of whose labels
// reaches its threshold has none.
// Throws: as Network::Predict; OptionsError for the thresholds of a network
// that has none. Memory: of all labels that are returned.
Predictions Predict(const Network& network, const Dataset& data, size_t begin,
                    size_t end, const PredictOptions& options = {});

}  // namespace slide
