// How a network's probabilities are calibrated (slide/calibration.h).
#pragma once

#include <cstdint>

#include "slide/options/name.h"

namespace slide {

enum class ThresholdKind {
  kNone,   // none is fitted
  kOne,    // one for all labels: the best micro F1
  kLabel,  // one a label: the best F1 of each; one for all where positives fail
};

struct CalibrateOptions {
  ThresholdKind thresholds = ThresholdKind::kOne;
  // With kLabel, labels with fewer samples get the one threshold for all, and
  // no label one below half of that.
  int min_positives = 10;
  // Samples looked at, drawn by `seed` without repeats; 0: all.
  uint64_t num_samples = 0;
  uint64_t seed = 1;
  int num_threads = 0;  // 0: one for each core

  void Validate() const;  // Throws: OptionsError naming the field.
};

}  // namespace slide
