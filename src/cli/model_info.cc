#include "cli/model_info.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "cli/arguments.h"

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

std::string FormatHash(const HashOptions& hash) {
  if (hash.kind == HashKind::kNone) return "none";
  std::string text = fmt::format(
      "{}, {} {} of {} each", FormatValue(hash.num_tables),
      FormatValue(hash.hashes_per_table),
      hash.hashes_per_table == 1 ? "hash" : "hashes", Name(hash.kind));
  if (!hash.centered) text += ", not centered";
  if (hash.bucket_capacity > 0) {
    text += fmt::format(", {} a bucket ({})", hash.bucket_capacity,
                        Name(hash.bucket_policy));
  }
  return text;
}

// The options of a layer's tables, which a network has settled: none is open.
void AddHash(const HashOptions& hash, Json& json) {
  json["hash"] = Name(hash.kind);
  json["hashes_per_table"] = hash.hashes_per_table.value();
  json["num_tables"] = hash.num_tables.value();
  json["table_bits"] = hash.table_bits.value();
  json["bucket_capacity"] = hash.bucket_capacity;
  json["bucket_policy"] = Name(hash.bucket_policy);
  json["centered"] = hash.centered;
}

Json LayersJson(const std::vector<HiddenLayer>& layers) {
  Json json = Json::array();
  for (const HiddenLayer& layer : layers) {
    Json one = {{"neurons", layer.neurons},
                {"activation", Name(layer.activation)},
                {"max_active", layer.max_active}};
    if (layer.is_hashed()) {
      one["candidates"] = *layer.hash.candidates;
      AddHash(layer.hash, one);
    }
    json.push_back(one);
  }
  return json;
}

}  // namespace

ModelInfo ReadModelInfo(const std::string& path, const std::string& data_path,
                        const ReadOptions& read) {
  Network network = Network::Open(path);
  ModelInfo info;
  info.path = path;
  info.file_bytes = std::filesystem::file_size(path);
  info.options = network.options();
  info.layers = network.Layers();
  if (data_path.empty() || info.options.hash.kind == HashKind::kNone) {
    info.buckets = network.HashNeurons(read.num_threads);
    return info;
  }
  const Dataset data = ReadData(data_path, read);
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
  const NetworkOptions& options = model.options;
  std::string text;
  const auto add = [&](const char* name, const std::string& value) {
    text += fmt::format("{:<11} {}\n", name, value);
  };
  add("model",
      fmt::format("{}, {}", model.path, FormatBytes(model.file_bytes)));
  add("features", FormatCount(uint64_t{options.num_features}));
  add("labels", FormatCount(uint64_t{options.num_labels}));
  add("hidden", FormatValue(options.hidden));
  add("init scale", FormatValue(options.init_scale));
  add("precision", std::string(Name(options.precision)));
  add("optimizer", std::string(Name(options.optimizer)));
  add("hash tables", FormatHash(options.hash));
  add("buckets", FormatBuckets(model.buckets));
  for (const auto& [strategy, quality] : model.measured) {
    add(std::string(Name(strategy)).c_str(),
        fmt::format("recall@10 {:.4f} of {:.1f} neurons a sample; half find at "
                    "most {}, 99 % {}",
                    quality.recall_at_10, quality.found_mean,
                    FormatCount(quality.found_p50),
                    FormatCount(quality.found_p99)));
  }
  add("seed", FormatValue(options.seed));

  text += "\n" + FormatRow("layer", "rows", "width", "parameters", "memory");
  for (const LayerInfo& layer : model.layers) {
    text += FormatLayer(layer, FormatCount(uint64_t{layer.width}));
  }
  return text + FormatLayer(Total(model.layers), "");
}

Json ModelJson(const ModelInfo& model) {
  const NetworkOptions& options = model.options;
  Json json;
  json["file_bytes"] = model.file_bytes;
  json["options"] = {{"num_features", options.num_features},
                     {"num_labels", options.num_labels},
                     {"hidden", LayersJson(options.hidden)},
                     {"init_scale", options.init_scale},
                     {"precision", Name(options.precision)},
                     {"optimizer", Name(options.optimizer)},
                     {"candidates", *options.hash.candidates},
                     {"seed", options.seed}};
  AddHash(options.hash, json["options"]);
  const LayerInfo total = Total(model.layers);
  json["parameters"] = total.num_parameters;
  json["memory_bytes"] = total.num_bytes;
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
