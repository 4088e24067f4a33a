#include "cli/prediction_output.h"

#include <nlohmann/json.hpp>

namespace slide::cli {
namespace {

// Appends the name of `id` or, where there is none, its number, a colon, and
// the value.
void AppendEntry(uint32_t id, float value, const NameList& names,
                 uint32_t first, fmt::memory_buffer& lines) {
  const auto out = std::back_inserter(lines);
  if (names.empty()) {
    fmt::format_to(out, "{}:{:.6g}", uint64_t{id} + first, value);
  } else {
    fmt::format_to(out, "{}:{:.6g}", names[id], value);
  }
}

// Appends reasons in parentheses.
void AppendReasons(std::span<const Reason> reasons, const Names& names,
                   fmt::memory_buffer& lines) {
  std::string_view before = " (";
  for (const Reason& reason : reasons) {
    lines.append(before);
    AppendEntry(reason.feature, reason.change, names.features,
                names.first_feature, lines);
    before = ", ";
  }
  lines.append(std::string_view(reasons.empty() ? " ()" : ")"));
}

// The name or, where there is none, the number.
Json NameOf(uint32_t id, const NameList& names, uint32_t first) {
  if (names.empty()) return uint64_t{id} + first;
  return names[id];
}

Json ReasonsJson(const std::vector<Reason>& reasons, const Names& names) {
  Json list = Json::array();
  for (const Reason& reason : reasons) {
    list.push_back({{"feature", NameOf(reason.feature, names.features,
                                       names.first_feature)},
                    {"change", reason.change},
                    {"pair", reason.pair}});
  }
  return list;
}

}  // namespace

void AppendLine(const Prediction& sample, const Names& names,
                fmt::memory_buffer& lines) {
  const std::string_view separator =
      names.labels.empty() && names.features.empty() ? " " : "\t";
  if (!names.samples.empty()) {
    lines.append(names.samples[sample.number]);
    lines.push_back('\t');
  }
  std::string_view before;
  for (size_t j = 0; j < sample.labels.size(); ++j) {
    lines.append(before);
    AppendEntry(sample.labels[j].label, sample.labels[j].probability,
                names.labels, names.first_label, lines);
    if (!sample.reasons.empty()) {
      AppendReasons(sample.reasons[j], names, lines);
    }
    before = separator;
  }
  if (sample.shown != nullptr) {
    lines.append(separator);
    lines.push_back('|');
    for (const size_t k : *sample.shown) {
      lines.append(separator);
      AppendEntry(sample.features.ids[k], sample.features.values[k],
                  names.features, names.first_feature, lines);
    }
  }
  lines.push_back('\n');
}

Json PredictionJson(const Prediction& sample, const Names& names) {
  Json json;
  if (!names.samples.empty()) json["sample"] = names.samples[sample.number];
  Json labels = Json::array();
  for (size_t j = 0; j < sample.labels.size(); ++j) {
    const ScoredLabel& label = sample.labels[j];
    labels.push_back(
        {{"label", NameOf(label.label, names.labels, names.first_label)},
         {"probability", label.probability},
         {"logit", label.logit}});
    if (!sample.reasons.empty()) {
      labels.back()["reasons"] = ReasonsJson(sample.reasons[j], names);
    }
  }
  json["labels"] = labels;
  if (sample.is_unknown) json["unknown"] = true;
  if (sample.shown == nullptr) return json;
  Json features = Json::array();
  for (const size_t k : *sample.shown) {
    features.push_back(
        {{"feature",
          NameOf(sample.features.ids[k], names.features, names.first_feature)},
         {"value", sample.features.values[k]}});
  }
  json["features"] = features;
  return json;
}

}  // namespace slide::cli
