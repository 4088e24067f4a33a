#include "options/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "options/fields.h"
#include "slide/error.h"

namespace slide {
namespace options {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// sampling.max_hashed -> /sampling/max_hashed.
template <typename Json>
typename Json::json_pointer PointerTo(std::string name) {
  std::replace(name.begin(), name.end(), '.', '/');
  return typename Json::json_pointer(fmt::format("/{}", name));
}

ordered_json ObjectOf(std::span<const OptionField> fields);

ordered_json LayersToJson(const std::string& text) {
  std::vector<HiddenLayer> layers;
  Parse(text, Range{}, layers);
  ordered_json list = ordered_json::array();
  for (HiddenLayer& layer : layers) {
    std::vector<OptionField> fields = Fields(layer);
    const std::vector<OptionField> all = fields;
    std::erase_if(fields, [&](const OptionField& field) {
      return !HasMeaning(field, all);
    });
    list.push_back(ObjectOf(fields));
  }
  return list;
}

ordered_json ValueToJson(const OptionField& field) {
  const std::string text = field.text();
  if (field.may_be_auto && text == "auto") return nullptr;
  switch (field.type) {
    case OptionType::kWhole:
    case OptionType::kNumber:
      return ordered_json::parse(text);
    case OptionType::kWholes:
    case OptionType::kNumbers:
      return ordered_json::parse(fmt::format("[{}]", text));
    case OptionType::kSwitch:
      return text == "true";
    case OptionType::kLayers:
      return LayersToJson(text);
    case OptionType::kWord:
    case OptionType::kText:
      break;
  }
  return text;
}

void SetFrom(const json& object, std::span<const OptionField> fields);

// As OptionField::parse reads it.
std::string TextOf(const json& value) {
  if (value.is_null()) return "auto";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object()) {
    HiddenLayer layer;
    SetFrom(value, Fields(layer));
    return Format(layer);
  }
  if (!value.is_array()) return value.dump();
  std::string text;
  for (const json& item : value) {
    if (!text.empty()) text += ',';
    text += TextOf(item);
  }
  return text;
}

// Throws: OptionsError for a key, behind those around it, that is none of the
// fields'.
void CheckKeys(const json& object, std::span<const OptionField> fields,
               const std::string& around) {
  for (const auto& [key, value] : object.items()) {
    const std::string name = around + key;
    bool is_known = false;
    for (const OptionField& field : fields) {
      is_known |= field.name == name ||
                  (value.is_object() && field.name.starts_with(name + "."));
    }
    if (!is_known) {
      throw OptionsError(
          fmt::format("{}: this program does not know the option", name));
    }
    if (value.is_object()) CheckKeys(value, fields, name + ".");
  }
}

ordered_json ObjectOf(std::span<const OptionField> fields) {
  ordered_json object;
  for (const OptionField& field : fields) {
    object[PointerTo<ordered_json>(field.name)] = ValueToJson(field);
  }
  return object;
}

void SetFrom(const json& object, std::span<const OptionField> fields) {
  CheckKeys(object, fields, "");
  for (const OptionField& field : fields) {
    const auto pointer = PointerTo<json>(field.name);
    if (!object.contains(pointer)) continue;
    try {
      field.parse(TextOf(object.at(pointer)));
    } catch (const OptionsError& error) {
      throw OptionsError(fmt::format("{}: {}", field.name, error.what()));
    }
  }
}

}  // namespace

void ToJson(std::span<const OptionField> fields, const char* key,
            json& object) {
  object[key] = ObjectOf(fields);
}

void FromJson(const json& object, const char* key,
              std::span<const OptionField> fields) {
  if (!object.contains(key) || !object[key].is_object()) {
    throw OptionsError(fmt::format("{}: got none, expected an object", key));
  }
  SetFrom(object[key], fields);
}

}  // namespace options

std::string ToJson(std::span<const OptionField> fields) {
  return options::ObjectOf(fields).dump();
}

}  // namespace slide
