// Precision, recall and F1 of label sets: of each label, and over all of them.
// docs/metrics.md writes the formulas out.
#pragma once

#include <cstdint>
#include <span>

namespace slide {

struct PrecisionRecall {
  double precision = 0.0;
  double recall = 0.0;
  double f1 = 0.0;
};

// How often one label was right. A ratio without anything below is 0.
struct LabelCounts {
  uint64_t support = 0;    // samples that have it
  uint64_t predicted = 0;  // samples that it was predicted for
  uint64_t hits = 0;       // samples of both kinds

  PrecisionRecall Ratios() const noexcept;
  bool operator==(const LabelCounts&) const = default;
};

struct SetMetrics {
  PrecisionRecall micro;  // of the sums over all labels
  PrecisionRecall macro;  // mean over labels with a sample or a prediction
  double coverage = 0.0;  // share of all labels that were ever predicted
};

SetMetrics Summarize(std::span<const LabelCounts> labels) noexcept;

}  // namespace slide
