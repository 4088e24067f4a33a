#include "util/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "slide/error.h"
#include "util/utf8.h"

namespace slide::util {
namespace {

// Puts what the parser meets into place.
class Builder {
 public:
  explicit Builder(Json& root) : root_(root) {}

  const std::string& error() const noexcept { return error_; }

  // The parser calls these; each returns whether to go on.
  bool null() { return Add({}); }
  bool boolean(bool value) { return Add(Json::Bool(value)); }
  bool number_integer(int64_t value) {
    return Add(Json::Number(std::to_string(value)));
  }
  bool number_unsigned(uint64_t value) { return Add(Json::Number(value)); }
  bool number_float(double, const std::string& digits) {
    return Add(Json::Number(digits));
  }
  bool string(std::string& value) { return Add(Json::Text(value)); }
  bool binary(nlohmann::json::binary_t&) { return false; }  // not in JSON
  bool start_object(size_t) { return Open(Json::Object()); }
  bool start_array(size_t) { return Open(Json::List()); }
  bool key(std::string& key) {
    key_ = key;
    return true;
  }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }
  bool parse_error(size_t, const std::string&,
                   const nlohmann::detail::exception& error) {
    error_ = error.what();
    return false;
  }

 private:
  bool Add(Json value) {
    Place() = std::move(value);
    return true;
  }
  bool Open(Json value) {
    constexpr size_t kMaxDepth = 32;
    if (open_.size() == kMaxDepth) {
      error_ = fmt::format("nested deeper than {} times", kMaxDepth);
      return false;
    }
    Json& place = Place();
    place = std::move(value);
    open_.push_back(&place);  // stays: only the innermost one grows
    return true;
  }
  bool Close() {
    open_.pop_back();
    return true;
  }
  // Where the next value goes.
  Json& Place() {
    if (open_.empty()) return root_;
    Json& around = *open_.back();
    // The first one counts of a key that is there twice; looking for it would
    // make a long text take its square in time.
    return around.items
        .emplace_back(around.is_list() ? std::string() : key_, Json())
        .second;
  }

  Json& root_;
  std::vector<Json*> open_;
  std::string key_;
  std::string error_;
};

void DumpUtf8(std::string_view text, std::string& to) {
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      to += '\\';
      to += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      to += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      to += c;
    }
  }
}

// Bytes that are not UTF-8, which no parser takes, become U+FFFD.
void DumpText(std::string_view text, std::string& to) {
  to += '"';
  for (size_t valid; (valid = Utf8Length(text)) < text.size();
       text.remove_prefix(valid + 1)) {
    DumpUtf8(text.substr(0, valid), to);
    to += "\xef\xbf\xbd";
  }
  DumpUtf8(text, to);
  to += '"';
}

void DumpTo(const Json& value, std::string& to) {
  switch (value.kind) {
    case Json::Kind::kNull:
      to += "null";
      return;
    case Json::Kind::kFalse:
      to += "false";
      return;
    case Json::Kind::kTrue:
      to += "true";
      return;
    case Json::Kind::kNumber:
      to += value.text;
      return;
    case Json::Kind::kText:
      return DumpText(value.text, to);
    case Json::Kind::kList:
    case Json::Kind::kObject:
      break;
  }
  to += value.is_list() ? '[' : '{';
  bool is_first = true;
  for (const auto& [key, item] : value.items) {
    if (!is_first) to += ',';
    is_first = false;
    if (value.is_object()) {
      DumpText(key, to);
      to += ':';
    }
    DumpTo(item, to);
  }
  to += value.is_list() ? ']' : '}';
}

}  // namespace

Json Json::Real(double value) { return Number(fmt::format("{}", value)); }

const Json* Json::Find(std::string_view key) const noexcept {
  if (!is_object()) return nullptr;
  for (const auto& [name, value] : items) {
    if (name == key) return &value;
  }
  return nullptr;
}

Json& Json::operator[](std::string_view key) {
  if (kind == Kind::kNull) kind = Kind::kObject;
  for (auto& [name, value] : items) {
    if (name == key) return value;
  }
  return items.emplace_back(std::string(key), Json()).second;
}

std::string Json::Dump() const {
  std::string dumped;
  DumpTo(*this, dumped);
  return dumped;
}

Json Json::Parse(std::string_view text) {
  Json root;
  Builder builder(root);
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) {
    throw Error(builder.error());
  }
  return root;
}

}  // namespace slide::util
