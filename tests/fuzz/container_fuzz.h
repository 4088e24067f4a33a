// Files of sections out of any bytes, for fuzz targets. Sums keep random bytes
// from getting far, so an input is taken in three ways: as it is; with a right
// preamble; and with right sums of the sections, too.
#pragma once

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "support/container.h"

namespace slide::data {

// Sets the sums of the sections as they lie behind the header.
inline void SetSums(testing_support::Container& parts) {
  using testing_support::Container;
  if (!parts.header.is_object() || !parts.header.contains("sections")) return;
  uint64_t at = 0;
  for (auto& section : parts.header["sections"]) {
    if (!section.is_object() || !section.contains("rows") ||
        !section.contains("row_bytes") ||
        !section["rows"].is_number_unsigned() ||
        !section["row_bytes"].is_number_unsigned()) {
      return;
    }
    at = (at + 63) / 64 * 64;
    uint64_t size = 0;
    if (__builtin_mul_overflow(section["rows"].get<uint64_t>(),
                               section["row_bytes"].get<uint64_t>(), &size) ||
        at > parts.sections.size() || size > parts.sections.size() - at) {
      return;
    }
    section["xxh64"] =
        Container::Digits(Container::Sum(parts.sections.substr(at, size)));
    at += size;
  }
}

// Calls read(bytes) for each of the three files. Takes what is behind the
// preamble, up to the last brace in front of a byte that is 0, for the header,
// and what comes after its filling for the sections.
template <typename Read>
void ForEachContainer(const std::string& input, const std::string& magic,
                      uint32_t version, Read&& read) {
  read(input);
  constexpr size_t kPreamble = 24;
  if (input.size() <= kPreamble) return;
  testing_support::Container parts;
  parts.magic = magic;
  parts.version = version;
  const std::string text = input.substr(kPreamble);
  const size_t end = text.rfind("]}", std::min(text.find('\0'), text.size()));
  if (end == std::string::npos) return;
  const size_t sections = (kPreamble + end + 2 + 63) / 64 * 64;
  parts.sections = input.substr(std::min(sections, input.size()));
  read(parts.File(text.substr(0, end + 2)));
  parts.header = nlohmann::json::parse(text.substr(0, end + 2), nullptr, false);
  if (parts.header.is_discarded()) return;
  SetSums(parts);
  read(parts.File());
}

}  // namespace slide::data
