#include "nn/options_json.h"

#include <fmt/format.h>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>

#include "slide/error.h"

namespace slide::nn {
namespace {

using nlohmann::json;

// The one of `values` whose name the JSON has.
template <typename Enum>
Enum OneOf(const json& object, const char* key,
           std::initializer_list<Enum> values) {
  const std::string name = object.at(key).get<std::string>();
  for (const Enum value : values) {
    if (Name(value) == name) return value;
  }
  throw Error(
      fmt::format("the header's {} is '{}', which this program does "
                  "not know",
                  key, name));
}

json HashToJson(const HashOptions& hash) {
  return {{"kind", Name(hash.kind)},
          {"candidates", *hash.candidates},
          {"hashes_per_table", *hash.hashes_per_table},
          {"num_tables", *hash.num_tables},
          {"table_bits", *hash.table_bits},
          {"bucket_capacity", hash.bucket_capacity},
          {"bucket_policy", Name(hash.bucket_policy)},
          {"centered", hash.centered}};
}

HashOptions HashFromJson(const json& object) {
  HashOptions hash;
  hash.kind = OneOf(object, "kind",
                    {HashKind::kSimHash, HashKind::kWta, HashKind::kDwta,
                     HashKind::kMinHash, HashKind::kNone});
  hash.candidates = object.at("candidates").get<int>();
  hash.hashes_per_table = object.at("hashes_per_table").get<int>();
  hash.num_tables = object.at("num_tables").get<int>();
  hash.table_bits = object.at("table_bits").get<int>();
  hash.bucket_capacity = object.at("bucket_capacity").get<int>();
  hash.bucket_policy = OneOf(object, "bucket_policy",
                             {BucketPolicy::kFifo, BucketPolicy::kReservoir});
  hash.centered = object.at("centered").get<bool>();
  return hash;
}

json LayerToJson(const HiddenLayer& layer) {
  json object = {{"neurons", layer.neurons},
                 {"activation", Name(layer.activation)},
                 {"max_active", layer.max_active}};
  if (layer.is_hashed()) object["hash"] = HashToJson(layer.hash);
  return object;
}

HiddenLayer LayerFromJson(const json& object) {
  HiddenLayer layer(object.at("neurons").get<int>());
  layer.activation =
      OneOf(object, "activation",
            {Activation::kRelu, Activation::kTanh, Activation::kLinear});
  layer.max_active = object.at("max_active").get<int>();
  if (layer.is_hashed()) {
    layer.hash = HashFromJson(object.at("hash"));
  }
  return layer;
}

NetworkOptions NetworkFromJson(const json& object) {
  NetworkOptions options;
  options.num_features = object.at("num_features").get<uint32_t>();
  options.num_labels = object.at("num_labels").get<uint32_t>();
  options.hidden.clear();
  for (const json& layer : object.at("hidden")) {
    options.hidden.push_back(LayerFromJson(layer));
  }
  options.init_scale = object.at("init_scale").get<double>();
  options.precision =
      OneOf(object, "precision", {Precision::kFp32, Precision::kBf16});
  options.optimizer = OneOf(object, "optimizer",
                            {Optimizer::kRowAdagrad, Optimizer::kAdam,
                             Optimizer::kAdagrad, Optimizer::kSgd});
  options.hash = HashFromJson(object.at("hash"));
  options.seed = object.at("seed").get<uint64_t>();
  return options;
}

}  // namespace

void OptionsToJson(const NetworkOptions& options, json& header) {
  json hidden = json::array();
  for (const HiddenLayer& layer : options.hidden) {
    hidden.push_back(LayerToJson(layer));
  }
  header["options"] = {{"num_features", options.num_features},
                       {"num_labels", options.num_labels},
                       {"hidden", hidden},
                       {"init_scale", options.init_scale},
                       {"precision", Name(options.precision)},
                       {"optimizer", Name(options.optimizer)},
                       {"hash", HashToJson(options.hash)},
                       {"seed", options.seed}};
}

NetworkOptions OptionsFromJson(const json& header) {
  try {
    NetworkOptions options = NetworkFromJson(header.at("options"));
    options.Validate();
    return options;
  } catch (const json::exception& error) {
    throw Error(fmt::format("the header's options: {}", error.what()));
  }
}

}  // namespace slide::nn
