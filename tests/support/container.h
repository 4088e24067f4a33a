// Files of sections (docs/file_format.md) taken apart and put together again,
// with other headers and right sums: what a forger can do. Knows the layout
// from the document alone.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <string>

#include "util/checksum.h"

namespace slide::testing_support {

struct Container {
  std::string magic = std::string(8, '?');
  uint32_t version = 0;
  nlohmann::json header;
  std::string sections;  // all that is behind the header

  // Takes apart a file that keeps the rules.
  static Container Of(const std::string& file) {
    Container parts;
    uint32_t header_bytes = 0;
    parts.magic = file.substr(0, 8);
    std::memcpy(&parts.version, file.data() + 8, 4);
    std::memcpy(&header_bytes, file.data() + 12, 4);
    parts.header = nlohmann::json::parse(file.substr(24, header_bytes));
    parts.sections = file.substr(24 + header_bytes);
    return parts;
  }

  std::string File() const { return File(header.dump()); }
  // With this text for the header.
  std::string File(std::string text) const {
    text.resize((24 + text.size() + 63) / 64 * 64 - 24, ' ');
    std::string file = magic;
    const auto append = [&](auto number) {
      file.append(reinterpret_cast<const char*>(&number), sizeof(number));
    };
    append(version);
    append(static_cast<uint32_t>(text.size()));
    append(Sum(file + text));
    return file + text + sections;
  }

  static uint64_t Sum(const std::string& bytes) {
    return util::Checksum(std::as_bytes(std::span(bytes)));
  }

  static std::string Digits(uint64_t sum) {
    char digits[17];
    std::snprintf(digits, sizeof digits, "%016llx",
                  static_cast<unsigned long long>(sum));
    return digits;
  }

  // Where a section starts in `sections`, and what the header says of it.
  size_t Offset(const std::string& name) const {
    size_t end = 0;
    for (const auto& section : header.at("sections")) {
      const size_t offset = (end + 63) / 64 * 64;
      if (section.at("name") == name) return offset;
      end = offset + Bytes(section);
    }
    throw std::out_of_range(name);
  }
  nlohmann::json& Section(const std::string& name) {
    for (auto& section : header.at("sections")) {
      if (section.at("name") == name) return section;
    }
    throw std::out_of_range(name);
  }
  static size_t Bytes(const nlohmann::json& section) {
    return section.at("rows").get<size_t>() *
           section.at("row_bytes").get<size_t>();
  }

  // Adds a section of rows that are one item each.
  void Add(const std::string& name, size_t item_bytes,
           const std::string& bytes) {
    header["sections"].push_back({{"name", name},
                                  {"rows", bytes.size() / item_bytes},
                                  {"width", 1},
                                  {"row_bytes", item_bytes},
                                  {"xxh64", Digits(Sum(bytes))}});
    sections.resize((sections.size() + 63) / 64 * 64);
    sections += bytes;
  }

  // Replaces what a section holds.
  void Put(const std::string& name, const std::string& bytes) {
    sections.replace(Offset(name), bytes.size(), bytes);
    Section(name)["xxh64"] = Digits(Sum(bytes));
  }
};

}  // namespace slide::testing_support
