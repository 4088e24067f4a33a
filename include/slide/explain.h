// Reasons for a prediction: which features of a sample moved a label's logit,
// and by how much.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "slide/dataset.h"
#include "slide/network.h"
#include "slide/predict.h"
#include "slide/sparse.h"

namespace slide {

// One feature's part in the logit of one label.
struct Reason {
  uint32_t feature = 0;
  // The label's logit minus its logit without the feature: positive for one
  // that speaks for the label.
  float change = 0.0f;
  // The term that the sparse part adds to the logit for the pair of the feature
  // and the label, weight * value; 0 without such a pair.
  float pair = 0.0f;
};

struct ExplainOptions {
  // Reasons for each label; fewer for a sample with fewer features.
  size_t num_reasons = 5;
  // Samples were scaled to one length when they were read
  // (ModelCard::normalized): without a feature, the others are scaled up to the
  // length that the sample has with it, as if they had been read without it.
  bool rescale = true;
};

// Returns for each of the labels the features whose absence lowers its logit
// most, by falling change; ties go to the lower feature. Each change is exact
// for this one feature; those of several do not add up to that of leaving out
// all of them. Throws: DataError for features that Network::Predict refuses and
// labels that the network does not have. Cost: as many passes through the
// hidden layers as the sample has features; of the first one, if it is dense,
// only the row of a feature.
std::vector<std::vector<Reason>> Explain(const Network& network,
                                         SparseView features,
                                         std::span<const uint32_t> labels,
                                         const ExplainOptions& options = {});

// The same for what Predict() returned for the samples of data from `begin` on:
// [predictions.labels]. num_threads: 0: one for each core. Throws: also
// OptionsError for more samples than there are, or ends that are not those of
// the labels.
std::vector<std::vector<Reason>> Explain(const Network& network,
                                         const Dataset& data, size_t begin,
                                         const Predictions& predictions,
                                         const ExplainOptions& options,
                                         int num_threads = 0);

}  // namespace slide
