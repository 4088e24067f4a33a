// Calibrate(): makes a network's probabilities reliable, so that of the labels
// predicted with 0.7 seven in ten are right, and finds the thresholds with the
// best F1. On samples that the network was not trained on.
// Source: Platt, "Probabilistic outputs for support vector machines", 1999; Guo
// et al., "On calibration of modern neural networks", ICML 2017.
#pragma once

#include <cstdint>

#include "slide/dataset.h"
#include "slide/network.h"
#include "slide/options/calibrate.h"
#include "slide/probability.h"

namespace slide {

// How good probabilities are on labelled samples.
struct Reliability {
  // Negative log likelihood of a sample: of its labels' mean in a softmax, else
  // the sum over all labels of that of having it or not.
  double loss = 0.0;
  // Expected calibration error. Pairs of a sample and a label, by falling
  // probability, make 20 bins in which probabilities have the same sum; the
  // mean over the bins of |mean probability - share of pairs that are true|.
  double error = 0.0;
};

struct CalibrationReport {
  Calibration calibration;
  Reliability before;  // by the loss that the network was trained by alone
  Reliability after;
  double micro_f1 = 0.0;  // at calibration.threshold
  uint64_t num_own = 0;   // labels with a threshold of their own
};

// Fits the form that suits the network's loss and the samples, whose unlabelled
// ones count as without any label:
// - sigmoid: kLogistic;
// - softmax and decoupled: kSoftmax where each sample has one label;
// - decoupled: else kLogistic. A label's own logit alone tells more of it than
// a
//   softmax does (docs/accuracy.md has the figures);
// - softmax: else kOdds.
// Temperature and offset have the least loss, which is convex in 1 / T and b.
// Changes nothing: Network::SetCalibration takes the result.
// Throws: DataError for samples without any label, and when the data has more
// features or labels than the network; DivergedError when a score is not
// finite; OptionsError. Cost: scores all labels a few times; memory for a
// number a label mark and one a label.
CalibrationReport Calibrate(const Network& network, const Dataset& validation,
                            const CalibrateOptions& options = {});

// Returns how good the network's probabilities are as they are, calibrated or
// not. Looks at the options' samples. Throws: as Calibrate.
Reliability MeasureReliability(const Network& network, const Dataset& data,
                               const CalibrateOptions& options = {});

}  // namespace slide
