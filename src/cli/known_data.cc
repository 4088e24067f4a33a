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
      "Features and labels that training never saw: leave them out, and say "
      "how many there are, or refuse the data");
  field.group = "Reading data";
  field.is_common = false;
}

Dataset KnownData::Keep(const std::string& path, const Dataset& data,
                        const Network& network, const ReadOptions& read) const {
  if (data.num_features() <= network.num_features &&
      data.num_labels() <= network.num_labels) {
    return data;
  }
  if (unknown_ == "refuse") {
    throw DataError(fmt::format(
        "{}: got {} features and {} labels, expected at most the {} and {} of "
        "the network (--unknown refuse)",
        path, data.num_features(), data.num_labels(), network.num_features,
        network.num_labels));
  }
  KnownPart part = KeepKnown(data, network.num_features, network.num_labels,
                             network.normalized);
  if (part.num_samples > 0 && read.on_remark) {
    read.on_remark(fmt::format(
        "{}: left out {} feature values and {} labels of {} samples, which the "
        "network does not know (it has features below {} and labels below {})",
        path, FormatCount(part.num_feature_values),
        FormatCount(part.num_label_marks), FormatCount(part.num_samples),
        network.num_features, network.num_labels));
  }
  return std::move(part.data);
}

}  // namespace slide::cli
