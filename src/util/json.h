// Json: a JSON value as plain data, for the headers of files. The library that
// parses it has values of its own, but those take memory in their destructors,
// which ends the process where there is none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slide::util {

struct Json {
  enum class Kind { kNull, kFalse, kTrue, kNumber, kText, kList, kObject };

  static Json Bool(bool value) {
    return {.kind = value ? Kind::kTrue : Kind::kFalse};
  }
  static Json Number(uint64_t value) {
    return {.kind = Kind::kNumber, .text = std::to_string(value)};
  }
  // digits: as JSON has them.
  static Json Number(std::string digits) {
    return {.kind = Kind::kNumber, .text = std::move(digits)};
  }
  // With the fewest digits that read back as `value`. Requires: finite.
  static Json Real(double value);
  static Json Text(std::string value) {
    return {.kind = Kind::kText, .text = std::move(value)};
  }
  static Json List() { return {.kind = Kind::kList}; }
  static Json Object() { return {.kind = Kind::kObject}; }

  bool is_object() const noexcept { return kind == Kind::kObject; }
  bool is_list() const noexcept { return kind == Kind::kList; }

  // The value of a key; null: there is none, or this is no object.
  const Json* Find(std::string_view key) const noexcept;
  // The value of a key, which is made if there is none. Requires: an object, or
  // nothing yet.
  Json& operator[](std::string_view key);

  // Without blanks, keys in their order. Bytes that are not UTF-8 become
  // U+FFFD.
  std::string Dump() const;
  // Throws: Error saying where the text is wrong, or that it is nested deeper
  // than 32 times.
  static Json Parse(std::string_view text);

  Kind kind = Kind::kNull;
  std::string text = {};  // a number's digits, or the text
  // An object's, or, without keys, a list's.
  std::vector<std::pair<std::string, Json>> items = {};
};

}  // namespace slide::util
