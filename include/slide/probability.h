// How the scores of labels, their logits, become probabilities, and from which
// probability on a label is meant. A network knows the loss it was trained by,
// which decides the form; slide/calibration.h fits the rest to data.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "slide/options/name.h"

namespace slide {

// With z the label's logit, T the temperature and b the offset.
enum class ProbabilityForm {
  // exp(z / T) over the sum of that over all labels: the probability that a
  // label drawn from the sample's is this one. They add up to 1.
  kSoftmax,
  // 1 / (1 + exp(-(z / T + b))): that the sample has the label, whatever others
  // it has.
  kLogistic,
  // The same of the log odds of a softmax over all labels in the place of z.
  kOdds,
};

// The result of Calibrate() for a network.
struct Calibration {
  ProbabilityForm form = ProbabilityForm::kSoftmax;
  double temperature = 1.0;  // above 0
  double offset = 0.0;       // 0 in a softmax
  uint64_t num_samples = 0;  // that it was fitted to
  // A label is meant from this probability on. Unset: none was fitted.
  std::optional<double> threshold = {};
  // [num_labels], each label's own, which goes before the one for all; or none.
  std::vector<float> label_thresholds = {};

  bool operator==(const Calibration&) const = default;
};

// Labels with at least this probability. Unset: the thresholds of the network's
// calibration, without which it is an error.
struct Threshold {
  std::optional<double> at = {};

  void Validate() const;  // Throws: OptionsError unless it is in 0 to 1.
};

}  // namespace slide
