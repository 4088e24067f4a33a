#include "cli/known_data.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "cli/summary.h"
#include "slide/error.h"
#include "slide/known_part.h"

namespace slide::cli {

void KnownData::AddTo(CommandLine& line) {
  OptionField& field = line.AddChoice(
      "unknown", "ignore|refuse", unknown_,
      "Features and labels that training never saw, and labels of documents: "
      "leave them out, and say how many there are, or refuse the data");
  field.group = "Reading data";
  field.is_common = false;
}

namespace {

// The sizes that are looked at.
std::string Sizes(const KnownData::Network& network, uint32_t features,
                  uint32_t labels) {
  return network.num_labels
             ? fmt::format("{} features and {} labels", features, labels)
             : fmt::format("{} features", features);
}

}  // namespace

KnownPart KnownData::Take(const std::string& path, const Dataset& data,
                          const Network& network) const {
  const uint32_t num_labels = network.num_labels.value_or(data.num_labels());
  if (data.num_features() <= network.num_features &&
      data.num_labels() <= num_labels) {
    return {.data = data};
  }
  if (unknown_ == "refuse") {
    throw DataError(fmt::format(
        "{}: got {}, expected at most the {} of the network (--unknown refuse)",
        path, Sizes(network, data.num_features(), data.num_labels()),
        Sizes(network, network.num_features, num_labels)));
  }
  return KeepKnown(data, network.num_features, num_labels, network.normalized);
}

std::string KnownData::FormatLeftOut(const std::string& path,
                                     const KnownPart& part,
                                     const Network& network) {
  if (part.num_samples == 0) return "";
  return fmt::format(
      "{}: left out {} feature values and {} labels of {} samples, which the "
      "network of {} does not know",
      path, FormatCount(part.num_feature_values),
      FormatCount(part.num_label_marks), FormatCount(part.num_samples),
      Sizes(network, network.num_features, network.num_labels.value_or(0)));
}

Dataset KnownData::Keep(const std::string& path, const Dataset& data,
                        const Network& network, const ReadOptions& read) const {
  KnownPart part = Take(path, data, network);
  const std::string left_out = FormatLeftOut(path, part, network);
  if (!left_out.empty() && read.on_remark) read.on_remark(left_out);
  return std::move(part.data);
}

ModelData KnownData::Read(const std::string& path, const ModelCard& card,
                          const NetworkOptions& network,
                          const ReadOptions& read) const {
  ModelData known = ReadToEvaluate(path, card, read);
  const std::optional<TextSummary>& text = known.text;
  if (unknown_ == "refuse" && text && text->num_unknown_labels > 0) {
    throw DataError(fmt::format(
        "{}: got {} labels that the network does not have, expected none "
        "(--unknown refuse)",
        path, FormatCount(text->num_unknown_labels)));
  }
  known.data = Keep(path, known.data,
                    {.num_features = network.num_features,
                     .normalized = card.normalized.value_or(read.normalize),
                     .num_labels = network.num_labels},
                    read);
  return known;
}

}  // namespace slide::cli
