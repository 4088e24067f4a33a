#include "slide/label_metrics.h"

namespace slide {
namespace {

double Ratio(uint64_t part, uint64_t all) {
  return all == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(all);
}

}  // namespace

PrecisionRecall LabelCounts::Ratios() const noexcept {
  return {.precision = Ratio(hits, predicted),
          .recall = Ratio(hits, support),
          .f1 = Ratio(2 * hits, predicted + support)};
}

SetMetrics Summarize(std::span<const LabelCounts> labels) noexcept {
  LabelCounts all;
  PrecisionRecall sum;
  uint64_t num_met = 0, num_predicted = 0;
  for (const LabelCounts& label : labels) {
    if (label.support == 0 && label.predicted == 0) continue;
    ++num_met;
    num_predicted += label.predicted == 0 ? 0 : 1;
    all.support += label.support;
    all.predicted += label.predicted;
    all.hits += label.hits;
    const PrecisionRecall own = label.Ratios();
    sum.precision += own.precision;
    sum.recall += own.recall;
    sum.f1 += own.f1;
  }
  SetMetrics metrics;
  metrics.micro = all.Ratios();
  if (num_met > 0) {
    const double num = static_cast<double>(num_met);
    metrics.macro = {sum.precision / num, sum.recall / num, sum.f1 / num};
  }
  metrics.coverage = Ratio(num_predicted, labels.size());
  return metrics;
}

}  // namespace slide
