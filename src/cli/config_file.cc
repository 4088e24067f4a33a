#include "cli/config_file.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <ios>
#include <iterator>
#include <optional>
#include <string_view>

#include "slide/error.h"

namespace slide::cli {
namespace {

std::optional<std::string> TextOf(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) {
    return fmt::to_string(number->get());
  }
  if (const auto* number = node.as_floating_point()) {
    return fmt::format("{}", number->get());
  }
  return std::nullopt;
}

std::string TextOf(const std::string& path) {
  try {
    std::ifstream file(path, std::ios::binary);
    if (file) {
      return {std::istreambuf_iterator<char>(file),
              std::istreambuf_iterator<char>()};
    }
  } catch (const std::ios_base::failure&) {
    // Such as a folder.
  }
  throw OptionsError(fmt::format("{}: cannot be read: {}", path,
                                 std::strerror(errno != 0 ? errno : EIO)));
}

std::string ValueOf(const toml::node& node, const std::string& place,
                    std::string_view flag) {
  std::optional<std::string> value = TextOf(node);
  if (const auto* list = node.as_array()) {
    value.emplace();
    for (const toml::node& item : *list) {
      const std::optional<std::string> one = TextOf(item);
      if (!one) {
        value.reset();
        break;
      }
      *value += fmt::format("{}{}", value->empty() ? "" : ",", *one);
    }
  }
  if (value) return *value;
  std::string kind = "another value";
  if (node.is_table()) kind = "a table";
  if (node.is_array()) kind = "a list of other values";
  throw OptionsError(fmt::format(
      "{}: {}: got {}, expected a text, a number, true, false, or a list of "
      "texts and numbers",
      place, flag, kind));
}

}  // namespace

std::vector<ConfigEntry> ReadConfig(const std::string& path) {
  toml::table table;
  try {
    table = toml::parse(TextOf(path), path);
  } catch (const toml::parse_error& error) {
    throw OptionsError(fmt::format("{}:{}: {}; expected TOML", path,
                                   error.source().begin.line,
                                   error.description()));
  }
  std::vector<ConfigEntry> entries;
  for (const auto& [key, node] : table) {
    ConfigEntry& entry = entries.emplace_back();
    entry.flag = key.str();
    entry.place = fmt::format("{}:{}", path, key.source().begin.line);
    if (const auto* boolean = node.as_boolean()) {
      entry.is_boolean = true;
      entry.value = boolean->get() ? "true" : "false";
    } else {
      entry.value = ValueOf(node, entry.place, entry.flag);
    }
  }
  return entries;
}

}  // namespace slide::cli
