#include "slide/loss_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "data/line_reader.h"
#include "data/number_parser.h"
#include "data/show.h"
#include "slide/error.h"

namespace slide {
namespace {

bool IsWeight(float value) noexcept {
  return std::isfinite(value) && value >= 0.0f;
}

// list: "sample" or "label".
void CheckList(std::span<const float> weights, size_t size,
               std::string_view list) {
  if (weights.empty()) return;
  if (weights.size() != size) {
    throw DataError(
        fmt::format("{} weights: got {}, expected one for each of "
                    "the {} {}s",
                    list, weights.size(), size, list));
  }
  const auto bad = std::ranges::find_if_not(weights, IsWeight);
  if (bad != weights.end()) {
    throw DataError(fmt::format(
        "{} weights: got {} for {} {}, expected a number of 0 or more", list,
        *bad, list, bad - weights.begin()));
  }
  if (std::ranges::all_of(weights, [](float w) { return w == 0.0f; })) {
    throw DataError(
        fmt::format("{} weights: got zeros alone, expected one above 0", list));
  }
}

// Throws: DataError about the reader's line for text that is no weight.
float ParseWeight(std::string_view text, const data::LineReader& reader) {
  const char* const end = text.data() + text.size();
  const data::ParsedFloat parsed = data::ParseFloat(text.data(), end);
  if (parsed.next != end || !IsWeight(parsed.value)) {
    reader.Refuse(
        fmt::format("got the weight '{}', expected a number of 0 or "
                    "more",
                    data::Show(text)));
  }
  return parsed.value;
}

// Finds labels by name or number.
class LabelFinder {
 public:
  LabelFinder(size_t num_labels, const NameList& names, uint32_t first)
      : num_labels_(num_labels), first_(first), is_named_(!names.empty()) {
    for (size_t i = 0; i < names.size(); ++i) ids_.emplace(names[i], i);
  }

  std::optional<size_t> Find(std::string_view text) const {
    if (is_named_) {
      const auto found = ids_.find(text);
      if (found == ids_.end()) return std::nullopt;
      return found->second;
    }
    const char* const end = text.data() + text.size();
    const auto [value, next] = data::ParseUnsigned(text.data(), end);
    if (text.empty() || next != end || value < first_ ||
        value - first_ >= num_labels_) {
      return std::nullopt;
    }
    return value - first_;
  }

  std::string Expected() const {
    return is_named_
               ? fmt::format("the name of one of the {} labels", num_labels_)
               : fmt::format("the number of a label, {} to {}", first_,
                             first_ + num_labels_ - 1);
  }

 private:
  size_t num_labels_;
  uint32_t first_;
  bool is_named_;
  std::unordered_map<std::string_view, size_t> ids_;
};

}  // namespace

void LossWeights::Validate(size_t num_samples, size_t num_labels) const {
  CheckList(samples, num_samples, "sample");
  CheckList(labels, num_labels, "label");
}

std::vector<float> ScaledToMeanOne(std::vector<float> weights,
                                   const Dataset& train) {
  const std::vector<uint64_t> counts = train.LabelCounts();
  if (weights.size() < counts.size()) {
    throw DataError(
        fmt::format("label weights: got {}, expected one for each "
                    "of the {} labels",
                    weights.size(), counts.size()));
  }
  double sum = 0.0;
  for (size_t l = 0; l < counts.size(); ++l) {
    sum += static_cast<double>(counts[l]) * static_cast<double>(weights[l]);
  }
  if (sum == 0.0) return weights;
  const double scale = static_cast<double>(train.num_label_marks()) / sum;
  for (float& weight : weights) {
    weight = static_cast<float>(static_cast<double>(weight) * scale);
  }
  return weights;
}

std::vector<float> BalancedLabelWeights(const Dataset& train,
                                        size_t num_labels) {
  constexpr float kMostRatio = 10.0f;
  const std::vector<uint64_t> counts = train.LabelCounts();
  const auto num_used = counts.size() - static_cast<size_t>(std::ranges::count(
                                            counts, uint64_t{0}));
  const double mean = static_cast<double>(train.num_label_marks()) /
                      static_cast<double>(std::max<size_t>(num_used, 1));
  std::vector<float> weights(std::max(counts.size(), num_labels), kMostRatio);
  for (size_t l = 0; l < counts.size(); ++l) {
    if (counts[l] == 0) continue;
    weights[l] =
        std::clamp(static_cast<float>(mean / static_cast<double>(counts[l])),
                   1.0f / kMostRatio, kMostRatio);
  }
  return ScaledToMeanOne(std::move(weights), train);
}

std::vector<float> ReadSampleWeights(const std::string& path,
                                     size_t num_samples) {
  data::LineReader reader(path);
  std::vector<float> weights;
  std::string_view line;
  while (reader.Next(line)) {
    if (weights.size() == num_samples) {
      reader.Refuse(
          fmt::format("got another line, expected {}, one for each "
                      "training sample",
                      num_samples));
    }
    weights.push_back(ParseWeight(line, reader));
  }
  if (weights.size() != num_samples) {
    reader.Refuse(
        fmt::format("got {} weights, expected {}, one for each "
                    "training sample",
                    weights.size(), num_samples));
  }
  return weights;
}

std::vector<float> ReadLabelWeights(const std::string& path, size_t num_labels,
                                    const NameList& names,
                                    uint32_t first_label) {
  data::LineReader reader(path);
  const LabelFinder finder(num_labels, names, first_label);
  std::vector<float> weights(num_labels, 1.0f);
  std::vector<bool> is_set(num_labels, false);
  std::string_view line;
  while (reader.Next(line)) {
    const size_t tab = line.find('\t');
    if (tab == std::string_view::npos) {
      reader.Refuse(
          fmt::format("got '{}', expected label<TAB>weight", data::Show(line)));
    }
    const std::string_view text = line.substr(0, tab);
    const std::optional<size_t> label = finder.Find(text);
    if (!label) {
      reader.Refuse(fmt::format("got the label '{}', expected {}",
                                data::Show(text), finder.Expected()));
    }
    if (is_set[*label]) {
      reader.Refuse(fmt::format("got the label '{}' again, expected each once",
                                data::Show(text)));
    }
    is_set[*label] = true;
    weights[*label] = ParseWeight(line.substr(tab + 1), reader);
  }
  return weights;
}

}  // namespace slide
