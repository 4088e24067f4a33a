#include "options/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "options/fields.h"
#include "slide/error.h"
#include "util/at_place.h"

namespace slide {
namespace options {
namespace {

using util::Json;

// Calls f(key) for each part of sampling.max_hashed.
template <typename F>
void ForEachKey(std::string_view name, F&& f) {
  for (size_t dot; (dot = name.find('.')) != std::string_view::npos;
       name.remove_prefix(dot + 1)) {
    f(name.substr(0, dot));
  }
  f(name);
}

Json ObjectOf(std::span<const OptionField> fields);

Json LayersToJson(const std::string& text) {
  std::vector<HiddenLayer> layers;
  Parse(text, Range{}, layers);
  Json list = Json::List();
  for (HiddenLayer& layer : layers) {
    std::vector<OptionField> fields = Fields(layer);
    const std::vector<OptionField> all = fields;
    std::erase_if(fields, [&](const OptionField& field) {
      return !HasMeaning(field, all);
    });
    list.items.emplace_back("", ObjectOf(fields));
  }
  return list;
}

Json ValueToJson(const OptionField& field) {
  const std::string text = field.text();
  if (field.may_be_auto && text == "auto") return {};
  switch (field.type) {
    case OptionType::kWhole:
    case OptionType::kNumber:
      return Json::Number(text);
    case OptionType::kWholes:
    case OptionType::kNumbers:
      return Json::Parse(fmt::format("[{}]", text));
    case OptionType::kSwitch:
      return Json::Bool(text == "true");
    case OptionType::kLayers:
      return LayersToJson(text);
    case OptionType::kWord:
    case OptionType::kTime:
    case OptionType::kInterval:
    case OptionType::kText:
    case OptionType::kMaybeText:
      break;
  }
  return Json::Text(text);
}

void SetFrom(const Json& object, std::span<const OptionField> fields);

// As OptionField::parse reads it.
std::string TextOf(const Json& value) {
  switch (value.kind) {
    case Json::Kind::kNull:
      return "auto";
    case Json::Kind::kFalse:
      return "false";
    case Json::Kind::kTrue:
      return "true";
    case Json::Kind::kNumber:
    case Json::Kind::kText:
      return value.text;
    case Json::Kind::kObject: {
      HiddenLayer layer;
      SetFrom(value, Fields(layer));
      return Format(layer);
    }
    case Json::Kind::kList:
      break;
  }
  std::string text;
  for (const auto& [key, item] : value.items) {
    if (!text.empty()) text += ',';
    text += TextOf(item);
  }
  return text;
}

// Throws: OptionsError for a key, behind those around it, that is none of the
// fields'.
void CheckKeys(const Json& object, std::span<const OptionField> fields,
               const std::string& around) {
  for (const auto& [key, value] : object.items) {
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

Json ObjectOf(std::span<const OptionField> fields) {
  Json object = Json::Object();
  for (const OptionField& field : fields) {
    Json* place = &object;
    ForEachKey(field.name,
               [&](std::string_view key) { place = &(*place)[key]; });
    *place = ValueToJson(field);
  }
  return object;
}

void SetFrom(const Json& object, std::span<const OptionField> fields) {
  CheckKeys(object, fields, "");
  for (const OptionField& field : fields) {
    const Json* value = &object;
    ForEachKey(field.name, [&](std::string_view key) {
      if (value != nullptr) value = value->Find(key);
    });
    if (value == nullptr) continue;
    util::AtPlace<OptionsError>(field.name,
                                [&] { field.parse(TextOf(*value)); });
  }
}

}  // namespace

void ToJson(std::span<const OptionField> fields, const char* key,
            Json& object) {
  object[key] = ObjectOf(fields);
}

void FromJson(const Json& object, const char* key,
              std::span<const OptionField> fields) {
  const Json* value = object.Find(key);
  if (value == nullptr || !value->is_object()) {
    throw OptionsError(fmt::format("{}: got none, expected an object", key));
  }
  SetFrom(*value, fields);
}

}  // namespace options

std::string ToJson(std::span<const OptionField> fields) {
  return options::ObjectOf(fields).Dump();
}

}  // namespace slide
