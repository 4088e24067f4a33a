#include "cli/training_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "cli/summary.h"
#include "slide/metrics.h"

namespace slide::cli {
namespace {

constexpr std::string_view kBalanced = "balanced", kPropensity = "propensity";

}  // namespace

bool TrainingWeights::IsWord() const noexcept {
  return labels_ == kBalanced || labels_ == kPropensity;
}

void TrainingWeights::AddTo(CommandLine& line) {
  line.AddFile("sample-weights", samples_path_,
               "Weights of the training samples, a number of 0 or more a line: "
               "factors of their loss");
  line.AddFile("label-weights", labels_,
               "Weights of labels, lines 'label<TAB>weight', 1 for others; or "
               "balanced: rare ones weigh more, in inverse proportion to their "
               "number; or propensity: in proportion to 1 / propensity, for a "
               "higher PSP@k and a lower P@k");
}

void TrainingWeights::ReadSamples(size_t num_samples) {
  if (samples_path_.empty()) return;
  samples_ = ReadSampleWeights(samples_path_, num_samples);
}

LossWeights TrainingWeights::For(const Dataset& part,
                                 const std::vector<uint64_t>& samples,
                                 size_t num_labels,
                                 const ModelCard& card) const {
  LossWeights weights;
  if (samples.empty()) {
    weights.samples = samples_;
  } else if (!samples_.empty()) {
    for (const uint64_t i : samples) weights.samples.push_back(samples_[i]);
  }
  if (labels_ == kBalanced) {
    weights.labels = BalancedLabelWeights(part, num_labels);
  } else if (labels_ == kPropensity) {
    weights.labels = InversePropensities(part);
    // Labels that only the network has are as rare as can be.
    weights.labels.resize(num_labels,
                          *std::ranges::max_element(weights.labels));
    weights.labels = ScaledToMeanOne(std::move(weights.labels), part);
  } else if (!labels_.empty()) {
    weights.labels = ReadLabelWeights(labels_, num_labels, card.label_names,
                                      card.first_label.value_or(0));
  }
  return weights;
}

std::string TrainingWeights::FormatRow() const {
  if (samples_path_.empty() && labels_.empty()) return "";
  std::string text;
  if (!samples_path_.empty()) {
    text = fmt::format("of samples, out of {}", samples_path_);
  }
  if (!labels_.empty()) {
    text += fmt::format("{}of labels, {}", text.empty() ? "" : "; ",
                        IsWord() ? labels_ : fmt::format("out of {}", labels_));
  }
  return Row("weights", text);
}

}  // namespace slide::cli
