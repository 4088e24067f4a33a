#include "util/header_object.h"

#include <fmt/format.h>

#include <charconv>
#include <system_error>
#include <utility>

#include "slide/error.h"
#include "util/checksum.h"

namespace slide::util {
namespace {

// Reads all of the digits. Returns whether they are a number.
template <typename T>
bool ReadNumber(const Json& value, T& number) {
  const char* const end = value.text.data() + value.text.size();
  const auto [rest, error] = std::from_chars(value.text.data(), end, number);
  return value.kind == Json::Kind::kNumber && error == std::errc() &&
         rest == end;
}

// Returns the place of a key in an object; either may be empty.
std::string Join(std::string_view name, std::string_view key) {
  const bool has_dot = !name.empty() && !key.empty();
  return fmt::format("{}{}{}", name, has_dot ? "." : "", key);
}

}  // namespace

HeaderObject::HeaderObject(std::string path, std::string name, const Json& json)
    : path_(std::move(path)), name_(std::move(name)), json_(json) {
  if (!json.is_object()) Refuse("", json, "an object");
}

std::string HeaderObject::Text(std::string_view key) const {
  const Json* value = json_.Find(key);
  if (value == nullptr) return {};
  if (value->kind != Json::Kind::kText) Refuse(key, *value, "a text");
  return value->text;
}

std::optional<uint64_t> HeaderObject::Whole(std::string_view key,
                                            uint64_t max) const {
  const Json* value = json_.Find(key);
  if (value == nullptr) return {};
  uint64_t number = 0;
  if (!ReadNumber(*value, number) || number > max) {
    Refuse(key, *value, fmt::format("a whole number from 0 to {}", max));
  }
  return number;
}

std::optional<double> HeaderObject::Real(std::string_view key) const {
  const Json* value = json_.Find(key);
  if (value == nullptr) return {};
  double number = 0.0;
  if (!ReadNumber(*value, number)) Refuse(key, *value, "a number");
  return number;
}

std::optional<bool> HeaderObject::Flag(std::string_view key) const {
  const Json* value = json_.Find(key);
  if (value == nullptr) return {};
  const bool is_true = value->kind == Json::Kind::kTrue;
  if (!is_true && value->kind != Json::Kind::kFalse) {
    Refuse(key, *value, "true or false");
  }
  return is_true;
}

std::optional<uint64_t> HeaderObject::Sum(std::string_view key) const {
  const Json* value = json_.Find(key);
  if (value == nullptr) return {};
  const std::optional<uint64_t> sum = ReadChecksum(value->text);
  if (value->kind != Json::Kind::kText || !sum) {
    Refuse(key, *value, "16 hexadecimal digits");
  }
  return sum;
}

void HeaderObject::Require(std::initializer_list<const char*> keys) const {
  for (const char* key : keys) {
    if (Has(key)) continue;
    throw Error(fmt::format("{}: the header has no '{}'", path_, key));
  }
}

HeaderObject HeaderObject::Inside(std::string_view key) const {
  return {path_, Join(name_, key), *json_.Find(key)};
}

void HeaderObject::Refuse(std::string_view key, const Json& got,
                          std::string_view expected) const {
  const std::string place = Join(name_, key);
  throw Error(
      fmt::format("{}: the header{}: got {}, expected {}", path_,
                  place.empty() ? std::string() : fmt::format("'s '{}'", place),
                  got.Dump().substr(0, 80), expected));
}

}  // namespace slide::util
