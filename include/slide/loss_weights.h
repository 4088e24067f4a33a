// How much samples and labels count in training: factors of the loss, and so
// of its gradient. TrainOptions::loss has the losses; with the factor v of a
// sample and w_y of its label y, out of n labels, they become
//
//   softmax    v * sum over y of w_y/n (log sum_j exp(z_j + c_j) - z_y)
//   decoupled  v * sum over y of w_y/sqrt(n) log(1 + exp(S - z_y))
//   sigmoid    v * (sum over y of w_y log(1 + exp(-z_y)) + that of negatives)
//
// so that w weighs what a label asks for, and v everything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "slide/dataset.h"
#include "slide/name_list.h"

namespace slide {

// Numbers of 0 or more; an empty list stands for 1 each.
struct LossWeights {
  std::vector<float> samples;  // [training samples]
  std::vector<float> labels;   // [labels of the network]

  bool empty() const noexcept { return samples.empty() && labels.empty(); }

  // Throws: DataError for lists of other lengths, numbers that are negative or
  // not finite, or a list of zeros alone.
  void Validate(size_t num_samples, size_t num_labels) const;
};

// Returns the weights over their mean over all label marks of the data, which
// is then 1; those of marks without any stay. With InversePropensities
// (slide/metrics.h) these are weights by propensity:
// ScaledToMeanOne(InversePropensities(train), train). Throws: DataError for
// fewer weights than the data has labels.
std::vector<float> ScaledToMeanOne(std::vector<float> weights,
                                   const Dataset& train);

// Returns weights of the labels that make rare ones count more; [num_labels]:
//
//   u_l = m / c_l, not below 1/10 and not above 10
//   w_l = u_l / (the mean of u over all label marks)
//
// with c_l the samples of a label, and m their mean over the labels that occur.
// So the weights are in proportion to num_samples / (num_labels * c_l) but for
// the ends, and the mean weight of a label mark is 1. A label that does not
// occur has the largest. num_labels: of the network, at least the data's.
std::vector<float> BalancedLabelWeights(const Dataset& train,
                                        size_t num_labels);

// Reads the weights of samples: a number a line, packed or not, "-": the
// standard input. Throws: DataError naming the line for anything else, and for
// another number of lines.
std::vector<float> ReadSampleWeights(const std::string& path,
                                     size_t num_samples);

// Reads lines `label<TAB>weight`; labels without a line have weight 1. A label
// is its name or, if `names` is empty, its number counted from first_label.
// Throws: DataError naming the line for anything else, for a label that is not
// there, and for one that comes twice.
std::vector<float> ReadLabelWeights(const std::string& path, size_t num_labels,
                                    const NameList& names,
                                    uint32_t first_label = 0);

}  // namespace slide
