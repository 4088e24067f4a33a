// Structs as JSON objects and back. The members of a struct are listed once, in
// its namespace:
//
//   template <typename Fields>
//   void Describe(Fields& fields, Point& point) {
//     fields("x", point.x);
//     fields("y", point.y);
//   }
//
// A member is a number, a bool, a struct with such a list, or an optional or a
// vector of these. Numbers come back to the last bit.
#pragma once

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <concepts>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "slide/error.h"
#include "util/at_place.h"
#include "util/json.h"

namespace slide::util {

template <typename T>
Json SaveJson(const T& value);
// Throws: Error naming the keys, the value met and the one expected.
template <typename T>
void LoadJson(const Json& json, T& value);

// Describe is called with one to save.
class JsonSaver {
 public:
  explicit JsonSaver(Json& object) : object_(object) {}

  template <typename T>
  void operator()(std::string_view key, const T& value) {
    object_[key] = SaveJson(value);
  }

 private:
  Json& object_;
};

// Describe is called with one to load.
class JsonLoader {
 public:
  explicit JsonLoader(const Json& object) : object_(object) {}

  template <typename T>
  void operator()(std::string_view key, T& value) {
    const Json* found = object_.Find(key);
    if (found == nullptr) throw Error(fmt::format("{}: is missing", key));
    AtPlace<Error>(key, [&] { LoadJson(*found, value); });
  }

 private:
  const Json& object_;
};

namespace json_fields {

template <typename T>
struct ListOf {
  static constexpr bool kIsOptional = false;
  static constexpr bool kIsVector = false;
};
template <typename T>
struct ListOf<std::optional<T>> {
  static constexpr bool kIsOptional = true;
  static constexpr bool kIsVector = false;
};
template <typename T>
struct ListOf<std::vector<T>> {
  static constexpr bool kIsOptional = false;
  static constexpr bool kIsVector = true;
};

[[noreturn]] inline void Refuse(const Json& got, std::string_view expected) {
  throw Error(
      fmt::format("got {}, expected {}", got.Dump().substr(0, 80), expected));
}

}  // namespace json_fields

template <typename T>
Json SaveJson(const T& value) {
  if constexpr (std::same_as<T, bool>) {
    return Json::Bool(value);
  } else if constexpr (std::integral<T>) {
    return Json::Number(std::to_string(value));
  } else if constexpr (std::floating_point<T>) {
    // JSON has no number that is not finite.
    std::string text = fmt::format("{}", value);
    return std::isfinite(value) ? Json::Number(std::move(text))
                                : Json::Text(std::move(text));
  } else if constexpr (json_fields::ListOf<T>::kIsOptional) {
    return value ? SaveJson(*value) : Json();
  } else if constexpr (json_fields::ListOf<T>::kIsVector) {
    Json list = Json::List();
    for (const auto& item : value) list.items.emplace_back("", SaveJson(item));
    return list;
  } else {
    Json object = Json::Object();
    JsonSaver saver(object);
    // The one list of the members serves both ways; this one only reads.
    Describe(saver, const_cast<T&>(value));
    return object;
  }
}

template <typename T>
void LoadJson(const Json& json, T& value) {
  if constexpr (std::same_as<T, bool>) {
    if (json.kind != Json::Kind::kTrue && json.kind != Json::Kind::kFalse) {
      json_fields::Refuse(json, "true or false");
    }
    value = json.kind == Json::Kind::kTrue;
  } else if constexpr (std::integral<T> || std::floating_point<T>) {
    const bool may_be_text = std::floating_point<T>;
    const char* end = json.text.data() + json.text.size();
    T number{};
    const auto [rest, error] = std::from_chars(json.text.data(), end, number);
    if ((json.kind != Json::Kind::kNumber &&
         !(may_be_text && json.kind == Json::Kind::kText)) ||
        error != std::errc() || rest != end) {
      json_fields::Refuse(
          json, std::integral<T> ? fmt::format("a whole number from {} to {}",
                                               std::numeric_limits<T>::min(),
                                               std::numeric_limits<T>::max())
                                 : "a number");
    }
    value = number;
  } else if constexpr (json_fields::ListOf<T>::kIsOptional) {
    if (json.kind == Json::Kind::kNull) {
      value.reset();
    } else {
      LoadJson(json, value.emplace());
    }
  } else if constexpr (json_fields::ListOf<T>::kIsVector) {
    if (!json.is_list()) json_fields::Refuse(json, "a list");
    value.clear();
    for (const auto& [key, item] : json.items) {
      LoadJson(item, value.emplace_back());
    }
  } else {
    if (!json.is_object()) json_fields::Refuse(json, "an object");
    JsonLoader loader(json);
    Describe(loader, value);
  }
}

}  // namespace slide::util
