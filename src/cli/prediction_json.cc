#include "cli/prediction_json.h"

#include <nlohmann/json.hpp>

namespace slide::cli {
namespace {

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
