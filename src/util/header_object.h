// HeaderObject: an object in the header of a file, whose values are read one by
// one and may be missing. Messages name the file and the value.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "util/json.h"

namespace slide::util {

class HeaderObject {
 public:
  // path: of the file; name: of the object, empty for the header itself.
  // `json` must outlive this.
  // Throws: Error unless it is an object, as all members do for a value of
  // another kind.
  HeaderObject(std::string path, std::string name, const Json& json);

  bool Has(std::string_view key) const noexcept {
    return json_.Find(key) != nullptr;
  }
  const std::string& path() const noexcept { return path_; }
  const std::string& name() const noexcept { return name_; }
  const Json& json() const noexcept { return json_; }

  // Empty if it is missing.
  std::string Text(std::string_view key) const;
  // A whole number up to max.
  std::optional<uint64_t> Whole(
      std::string_view key,
      uint64_t max = std::numeric_limits<uint64_t>::max()) const;
  // Any number.
  std::optional<double> Real(std::string_view key) const;
  std::optional<bool> Flag(std::string_view key) const;
  // A sum, as util::ChecksumDigits writes it.
  std::optional<uint64_t> Sum(std::string_view key) const;
  // An object within this one. Requires: Has(key).
  HeaderObject Inside(std::string_view key) const;

  // Throws: Error naming the first of the keys that is missing.
  void Require(std::initializer_list<const char*> keys) const;

  // Throws: Error about this value; key: empty for the object itself.
  [[noreturn]] void Refuse(std::string_view key, const Json& got,
                           std::string_view expected) const;

 private:
  std::string path_, name_;
  const Json& json_;
};

}  // namespace slide::util
