#include "cli/model_info.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

#include "cli/calibration_info.h"
#include "cli/card_info.h"
#include "cli/open_model.h"
#include "slide/model_data.h"
#include "slide/option_fields.h"

namespace slide::cli {
namespace {

// All layers together.
LayerInfo Total(const std::vector<LayerInfo>& layers) {
  LayerInfo total;
  total.name = "in all";
  for (const LayerInfo& layer : layers) {
    total.num_rows += layer.num_rows;
    total.num_parameters += layer.num_parameters;
    total.num_bytes += layer.num_bytes;
  }
  return total;
}

// A row of the table of layers.
std::string FormatRow(const std::string& name, const std::string& rows,
                      const std::string& width, const std::string& parameters,
                      const std::string& memory) {
  return fmt::format("{:<11}{:>11}{:>8}{:>16}{:>12}\n", name, rows, width,
                     parameters, memory);
}

// width: empty where layers of several widths are taken together.
std::string FormatLayer(const LayerInfo& layer, const std::string& width) {
  return FormatRow(layer.name, FormatCount(uint64_t{layer.num_rows}), width,
                   FormatCount(uint64_t{layer.num_parameters}),
                   FormatBytes(layer.num_bytes));
}

}  // namespace

ModelInfo ReadModelInfo(const std::string& path, const std::string& data_path,
                        const ReadOptions& read) {
  const Network network = OpenModel(path, read.verify);
  ModelInfo info;
  info.path = path;
  info.file_bytes = std::filesystem::file_size(path);
  info.options = network.options();
  info.exported = network.exported();
  info.layers = network.Layers();
  info.sparse_part = network.sparse_part();
  info.card = network.card();
  info.calibration = network.calibration();
  if (data_path.empty() || info.options.hash.kind == HashKind::kNone) {
    info.buckets = MeasureBuckets(network, read.num_threads);
    return info;
  }
  const Dataset data = ReadByCard(data_path, info.card, read).data;
  IndexOptions options;
  options.num_threads = read.num_threads;
  options.sampling.max_hashed = *info.options.hash.candidates;
  for (const SamplingStrategy strategy :
       {SamplingStrategy::kVanilla, SamplingStrategy::kTopK}) {
    options.sampling.strategy = strategy;
    info.measured.push_back({strategy, MeasureIndex(network, data, options)});
    data.ThrowIfDamaged();
  }
  info.buckets = info.measured.front().quality.buckets;
  return info;
}

std::string FormatModel(const ModelInfo& model) {
  std::string text;
  const auto add = [&](std::string_view name, const std::string& value) {
    text += Row(name, value, kModelRow);
  };
  add("model",
      fmt::format("{}, {}", model.path, FormatBytes(model.file_bytes)));
  NetworkOptions options = model.options, usual;
  const std::vector<OptionField> fields = Fields(options);
  const std::vector<OptionField> defaults = Fields(usual);
  const std::vector<size_t> others = Differences(fields, defaults);
  for (size_t i = 0; i < fields.size(); ++i) {
    if (!HasMeaning(fields[i], fields)) continue;
    const bool says_default = std::ranges::binary_search(others, i) &&
                              !defaults[i].may_be_auto &&
                              !fields[i].flag.empty();
    add(fields[i].name,
        fields[i].text() +
            (says_default ? fmt::format(" (default {})", defaults[i].text())
                          : std::string()));
  }
  if (model.exported) {
    add("exported", fmt::format("{} weights, without training state",
                                Name(*model.exported)));
  }
  if (model.sparse_part) {
    add("sparse part", FormatSparsePart(*model.sparse_part));
  }
  text += FormatCard(model.card);
  if (model.calibration) text += FormatCalibration(*model.calibration);
  add("buckets", FormatBuckets(model.buckets));
  for (const auto& [strategy, quality] : model.measured) {
    add(Name(strategy),
        fmt::format("recall@10 {:.4f} of {:.1f} neurons a sample; half find at "
                    "most {}, 99 % {}",
                    quality.recall_at_10, quality.found_mean,
                    FormatCount(quality.found_p50),
                    FormatCount(quality.found_p99)));
  }

  text += "\n" + FormatRow("layer", "rows", "width", "parameters", "memory");
  for (const LayerInfo& layer : model.layers) {
    text += FormatLayer(layer, FormatCount(uint64_t{layer.width}));
  }
  return text + FormatLayer(Total(model.layers), "");
}

Json ModelJson(const ModelInfo& model) {
  NetworkOptions options = model.options;
  Json json;
  json["file_bytes"] = model.file_bytes;
  json["options"] = Json::parse(ToJson(Fields(options)));
  if (model.exported) json["exported"] = Name(*model.exported);
  const LayerInfo total = Total(model.layers);
  json["parameters"] = total.num_parameters;
  json["memory_bytes"] = total.num_bytes;
  if (model.sparse_part) {
    json["sparse_part"] = SparsePartJson(*model.sparse_part);
  }
  json["card"] = CardJson(model.card);
  if (model.calibration) {
    json["calibration"] = CalibrationJson(*model.calibration);
  }
  json["buckets"] = BucketsJson(model.buckets);
  for (const auto& [strategy, quality] : model.measured) {
    json["index"][std::string(Name(strategy))] = {
        {"samples", quality.num_samples},
        {"recall@10", quality.recall_at_10},
        {"found_mean", quality.found_mean},
        {"found_p50", quality.found_p50},
        {"found_p99", quality.found_p99}};
  }
  Json& layers = json["layers"] = Json::array();
  for (const LayerInfo& layer : model.layers) {
    layers.push_back({{"name", layer.name},
                      {"rows", layer.num_rows},
                      {"width", layer.width},
                      {"parameters", layer.num_parameters},
                      {"memory_bytes", layer.num_bytes}});
  }
  return json;
}

}  // namespace slide::cli
