#include "cli/data_info.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "slide/dataset_io.h"
#include "slide/defaults.h"
#include "slide/error.h"

namespace slide::cli {
namespace {

std::string FormatSpread(const Spread& spread) {
  return fmt::format(
      "{}; {:.2f} a point, half have at most {}, 99 % {}, all {}",
      FormatCount(spread.sum), spread.mean, FormatCount(spread.p50),
      FormatCount(spread.p99), FormatCount(spread.max));
}

Json SpreadJson(const Spread& spread) {
  return {{"sum", spread.sum}, {"mean", spread.mean},
          {"p50", spread.p50}, {"p99", spread.p99},
          {"max", spread.max}, {"zero", spread.num_zero}};
}

std::string FormatFrequent(const std::vector<Frequency>& frequent,
                           const std::vector<std::string>& names,
                           const char* thing) {
  std::string text = fmt::format("\n{:>13}  {}\n", "points", thing);
  for (const auto& [id, num_samples] : frequent) {
    text += fmt::format("{:>13}  {}\n", FormatCount(num_samples),
                        names.empty() ? fmt::to_string(id) : names[id]);
  }
  return text;
}

Json FrequentJson(const std::vector<Frequency>& frequent,
                  const std::vector<std::string>& names) {
  Json json = Json::array();
  for (const auto& [id, num_samples] : frequent) {
    Json entry = {{"id", id}};
    if (!names.empty()) entry["name"] = names[id];
    entry["points"] = num_samples;
    json.push_back(std::move(entry));
  }
  return json;
}

// The counts of label_counts[i].
std::string FormatRange(size_t i) {
  if (i <= 1) return fmt::to_string(i);
  const uint64_t first = uint64_t{1} << (i - 1);
  return FormatCount(first) + "-" + FormatCount(2 * first - 1);
}

}  // namespace

DataInfo ReadDataInfo(const std::string& path, const DataInfoOptions& options) {
  DataInfo info;
  info.path = path;
  ReadOptions read = options.read;
  if (IsCache(path)) {
    if (read.verify) VerifyCache(path);
    info.verified = read.verify;
    info.data = OpenCache(path, &info.cache.emplace());
    read.normalize = info.cache->normalized;  // of what it is compared with
  } else {
    info.data = ReadData(path, read);
  }
  const Dataset& data = info.data;
  info.statistics = MeasureData(data);
  if (!options.labels_path.empty()) {
    info.label_names =
        ReadNames(options.labels_path, data.num_labels(), "labels");
  }
  if (!options.features_path.empty()) {
    info.feature_names = ReadFeatureNames(options.features_path,
                                          data.num_features(), "features");
  }
  const NetworkOptions network = SettledFor(data, options.network);
  info.network = Network::MemoryOf(network);
  info.update = *SettledFor(data, network, {}).update;
  if (options.sparse_part.mode != SparsePartMode::kOff) {
    info.sparse_part =
        PlanSparsePart(data, options.sparse_part, options.read.num_threads);
  }
  if (!options.against_path.empty()) {
    info.against_path = options.against_path;
    info.overlap = MeasureOverlap(ReadData(options.against_path, read), data);
  }
  return info;
}

std::string FormatDataInfo(const DataInfo& info) {
  std::string text;
  const auto add = [&](const char* name, const std::string& value) {
    text += Row(name, value, kDataRow);
  };
  add("data", info.path);
  if (info.cache) {
    add("cache",
        fmt::format(
            "version {}, {}, samples {}; sums {}", info.cache->version,
            FormatBytes(info.cache->num_bytes),
            info.cache->normalized ? "scaled to length 1" : "not scaled",
            info.verified ? "fit" : "not looked at"));
  }
  add("points", FormatCount(uint64_t{info.data.size()}));
  add("features", FormatCount(uint64_t{info.data.num_features()}));
  add("labels", FormatCount(uint64_t{info.data.num_labels()}));
  add("nonzeros", FormatSpread(info.statistics.features));
  add("label marks", FormatSpread(info.statistics.labels));
  add("empty", fmt::format("{} points without features, {} without labels",
                           FormatCount(info.statistics.features.num_zero),
                           FormatCount(info.statistics.labels.num_zero)));
  if (info.overlap) {
    const Overlap& found = *info.overlap;
    add("duplicates",
        fmt::format("{} of the {} points of {} have the features of a point "
                    "here, {} of them its labels too",
                    FormatCount(found.same_features),
                    FormatCount(found.num_samples), info.against_path,
                    FormatCount(found.same_and_labels)));
  }
  const uint64_t data_bytes = info.data.num_bytes();
  const auto& [layer_bytes, table_bytes] = info.network;
  const SparsePartPlan& plan = info.sparse_part;
  const uint64_t sparse_bytes = plan.is_wanted ? plan.num_bytes : 0;
  add("training",
      fmt::format(
          "{} of memory: data {}{}, layers {}, hash tables {}, sparse part {}",
          FormatBytes(data_bytes + layer_bytes + table_bytes + sparse_bytes),
          FormatBytes(data_bytes), info.cache ? " (mapped)" : "",
          FormatBytes(layer_bytes), FormatBytes(table_bytes),
          FormatBytes(sparse_bytes)));
  add("update", fmt::format("{}{}", Name(info.update),
                            info.update == UpdateMode::kDense
                                ? ", as labels are few: without hash tables"
                                : ""));
  if (plan.num_pairs > 0) {
    add("sparse part",
        fmt::format("{}{} pairs of {} features, {:.0f} a sample: of features "
                    "in {} samples at most, with {} samples or more in common",
                    plan.is_wanted ? "" : "none; it would have ",
                    FormatCount(plan.num_pairs), FormatCount(plan.num_features),
                    plan.entries, FormatCount(plan.max_feature_samples),
                    FormatCount(static_cast<uint64_t>(plan.min_samples))));
  }

  text += fmt::format("\n{:<17}{:>13}\n", "points of a label", "labels");
  const DataStatistics& statistics = info.statistics;
  for (size_t i = 0; i < statistics.label_counts.size(); ++i) {
    text += fmt::format("{:<17}{:>13}\n", FormatRange(i),
                        FormatCount(statistics.label_counts[i]));
  }
  text += FormatFrequent(statistics.frequent_labels, info.label_names, "label");
  text += FormatFrequent(statistics.frequent_features, info.feature_names,
                         "feature");
  return text;
}

Json DataInfoJson(const DataInfo& info) {
  const DataStatistics& statistics = info.statistics;
  Json json;
  if (info.cache) {
    json["cache"] = {{"version", info.cache->version},
                     {"bytes", info.cache->num_bytes},
                     {"normalized", info.cache->normalized},
                     {"verified", info.verified}};
  }
  json["points"] = info.data.size();
  json["features"] = info.data.num_features();
  json["labels"] = info.data.num_labels();
  json["nonzeros_per_point"] = SpreadJson(statistics.features);
  json["labels_per_point"] = SpreadJson(statistics.labels);
  const std::vector<Frequency>& labels = statistics.frequent_labels;
  json["label_counts"] = {
      {"max", labels.empty() ? 0 : labels.front().num_samples},
      {"by_size", statistics.label_counts}};
  json["frequent_labels"] = FrequentJson(labels, info.label_names);
  json["frequent_features"] =
      FrequentJson(statistics.frequent_features, info.feature_names);
  if (info.overlap) {
    json["duplicates"] = {{"points", info.overlap->num_samples},
                          {"same_features", info.overlap->same_features},
                          {"same_labels", info.overlap->same_and_labels}};
  }
  json["training_bytes"] = {
      {"data", info.data.num_bytes()},
      {"layers", info.network.layers},
      {"tables", info.network.tables},
      {"sparse_part",
       info.sparse_part.is_wanted ? info.sparse_part.num_bytes : 0}};
  if (info.sparse_part.num_pairs > 0) {
    const SparsePartPlan& plan = info.sparse_part;
    json["sparse_part"] = {{"wanted", plan.is_wanted},
                           {"pairs", plan.num_pairs},
                           {"features", plan.num_features},
                           {"entries", plan.entries},
                           {"min_samples", plan.min_samples},
                           {"max_feature_samples", plan.max_feature_samples},
                           {"bytes", plan.num_bytes}};
  }
  return json;
}

}  // namespace slide::cli
