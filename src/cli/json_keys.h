// The keys of all JSON that the command prints. Each is written down once, with
// its type, its meaning and the places where it is; docs/json.md is made of
// them, and nothing is printed with a key that is not among them.
#pragma once

#include <cstdio>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace slide::cli {

struct JsonKey {
  // Whose it is: a command's --json has "train", the lines of train's --metrics
  // have "metrics".
  std::string_view object;
  // With the keys around it: a.b is b in the object a, a[].b is b in each
  // object of the list a. CAPITALS stand for any word or number.
  std::string path;
  std::string_view type;
  std::string_view meaning;
};

// Each key of each object.
const std::vector<JsonKey>& JsonKeys();

// The key with this path; null: there is none.
const JsonKey* FindJsonKey(std::string_view object, std::string_view path);

// Calls f(path) for each key of the object, those of nested ones with the keys
// around them. Options of the library (docs/options.md) are not looked into.
template <typename Json, typename F>
void ForEachKey(std::string_view object, const Json& json, F&& f,
                const std::string& around = "") {
  for (const auto& [key, value] : json.items()) {
    const std::string path = around + key;
    const JsonKey* known = FindJsonKey(object, path);
    const bool looks_inside = known == nullptr || known->type != "options";
    if (looks_inside && value.is_object()) {
      ForEachKey(object, value, f, path + ".");
    } else if (looks_inside && value.is_array() &&
               (value.empty() || value[0].is_object())) {
      for (const auto& item : value) ForEachKey(object, item, f, path + "[].");
    } else {
      f(path);
    }
  }
}

// The object as a line. Bytes that are not UTF-8 become U+FFFD.
// Throws: std::logic_error for a key that is not among JsonKeys().
std::string JsonLine(std::string_view object,
                     const nlohmann::ordered_json& json);
// Writes it.
void PutJson(std::FILE* stream, std::string_view object,
             const nlohmann::ordered_json& json);

// docs/json.md.
std::string JsonPage();

}  // namespace slide::cli
