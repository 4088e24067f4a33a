#include "nn/network_io.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "nn/options_json.h"
#include "slide/error.h"
#include "util/binary_io.h"
#include "util/checksum.h"

namespace slide::nn {
namespace {

using nlohmann::json;

constexpr std::array<char, 8> kMagic = {'s', 'l', 'i', 'd', 'e', 'n', 'e', 't'};
constexpr uint32_t kVersion = 6;
constexpr uint64_t kSectionAlignment = 64;
// A header lists a few options and a few sections a layer.
constexpr uint64_t kMaxHeaderBytes = uint64_t{1} << 24;

// The first bytes of a file.
struct Preamble {
  std::array<char, 8> magic;
  uint32_t version;
  uint32_t reserved;
  uint64_t header_bytes;
  uint64_t header_checksum;
};
static_assert(sizeof(Preamble) == 32, "no padding between the fields");

// One array of the network and its name in the file.
template <typename Byte>
struct Section {
  std::string name;
  std::span<Byte> bytes;
};

// All arrays of a network in the order of the file.
template <typename Byte, typename Core>
std::vector<Section<Byte>> Sections(Core& network) {
  std::vector<Section<Byte>> sections;
  for (size_t l = 0; l < network.layers().size(); ++l) {
    auto& layer = network.layers()[l];
    const std::string name = network.LayerName(l);
    sections.push_back({name + ".rows", layer.weights().records()});
    if (layer.bias() != nullptr) {
      sections.push_back({name + ".bias", layer.bias()->records()});
    }
  }
  return sections;
}

uint64_t AlignUp(uint64_t offset) {
  return (offset + kSectionAlignment - 1) / kSectionAlignment *
         kSectionAlignment;
}

void WritePadding(util::AtomicFile& file) {
  constexpr std::array<std::byte, kSectionAlignment> kZeros = {};
  const uint64_t position = file.num_written();
  file.Write(std::span(kZeros).first(AlignUp(position) - position));
}

// Reads the preamble and the JSON header. Throws: Error without the path.
json ReadHeader(const util::InputFile& file) {
  Preamble preamble{};
  if (file.size() < sizeof(preamble)) {
    throw Error("this is not a slide model file: it is too short");
  }
  file.ReadAt(0, std::as_writable_bytes(std::span(&preamble, 1)));
  if (preamble.magic != kMagic) {
    throw Error("this is not a slide model file: its first bytes are others");
  }
  if (preamble.version != kVersion) {
    throw Error(fmt::format(
        "the file has format version {}, this program reads version {}",
        preamble.version, kVersion));
  }
  if (preamble.header_bytes > kMaxHeaderBytes ||
      preamble.header_bytes > file.size() - sizeof(preamble)) {
    throw Error("the header is damaged: its length does not fit the file");
  }
  std::vector<std::byte> text(preamble.header_bytes);
  file.ReadAt(sizeof(preamble), text);
  if (util::Checksum(text) != preamble.header_checksum) {
    throw Error("the header is damaged: its checksum differs");
  }
  const auto* chars = reinterpret_cast<const char*>(text.data());
  return json::parse(chars, chars + text.size());
}

// Where a header says an array is.
struct Extent {
  uint64_t offset;
  uint64_t num_bytes;
  uint64_t checksum;
};

Extent FindSection(const json& header, const std::string& name,
                   const util::InputFile& file) {
  for (const json& entry : header.at("sections")) {
    if (entry.at("name") != name) continue;
    const Extent extent = {entry.at("offset").get<uint64_t>(),
                           entry.at("bytes").get<uint64_t>(),
                           entry.at("xxh64").get<uint64_t>()};
    if (extent.offset > file.size() ||
        extent.num_bytes > file.size() - extent.offset) {
      throw Error(fmt::format(
          "section {} is cut off: it ends at byte {}, the file at {}", name,
          extent.offset + extent.num_bytes, file.size()));
    }
    return extent;
  }
  throw Error(fmt::format("section {} is missing", name));
}

std::unique_ptr<NetworkCore> ReadNetwork(const std::string& path) {
  const util::InputFile file(path);
  const json header = ReadHeader(file);
  const NetworkOptions options = OptionsFromJson(header.at("options"));
  // Before memory is taken for a network of these sizes.
  if (NetworkCore::RowBytes(options) > file.size()) {
    throw Error("the file is cut off: it is smaller than its network");
  }
  auto network = std::make_unique<NetworkCore>(options);
  for (const auto& [name, bytes] : Sections<std::byte>(*network)) {
    const Extent extent = FindSection(header, name, file);
    if (extent.num_bytes != bytes.size()) {
      throw Error(fmt::format("section {} has {} bytes, the network needs {}",
                              name, extent.num_bytes, bytes.size()));
    }
    file.ReadAt(extent.offset, bytes);
    if (util::Checksum(bytes) != extent.checksum) {
      throw Error(
          fmt::format("section {} is damaged: its checksum differs", name));
    }
  }
  return network;
}

void WriteNetwork(const NetworkCore& network, const std::string& path) {
  util::AtomicFile file(path);
  const auto sections = Sections<const std::byte>(network);
  json header = {{"library_version", SLIDE_VERSION},
                 {"options", OptionsToJson(network.options())},
                 {"sections", json::array()}};
  // Offsets depend on the header's length and the header on the offsets, so
  // they count from a place that leaves the header room.
  json& list = header["sections"];
  for (const auto& section : sections) {
    list.push_back({{"name", section.name},
                    {"offset", ~uint64_t{0}},  // the longest number
                    {"bytes", section.bytes.size()},
                    {"xxh64", util::Checksum(section.bytes)}});
  }
  uint64_t offset = AlignUp(sizeof(Preamble) + header.dump().size());
  for (size_t i = 0; i < sections.size(); ++i) {
    list[i]["offset"] = offset;
    offset = AlignUp(offset + sections[i].bytes.size());
  }
  std::string text = header.dump();
  text.resize(list[0]["offset"].get<uint64_t>() - sizeof(Preamble), ' ');

  const Preamble preamble = {kMagic, kVersion, 0, text.size(),
                             util::Checksum(std::as_bytes(std::span(text)))};
  file.Write(std::as_bytes(std::span(&preamble, 1)));
  file.Write(std::as_bytes(std::span(text)));
  for (const auto& section : sections) {
    file.Write(section.bytes);
    WritePadding(file);
  }
  file.Commit();
}

}  // namespace

void SaveNetwork(const NetworkCore& network, const std::string& path) {
  try {
    WriteNetwork(network, path);
  } catch (const Error& error) {
    throw ModelFileError(error.what());
  }
}

std::unique_ptr<NetworkCore> LoadNetwork(const std::string& path) {
  try {
    return ReadNetwork(path);
  } catch (const json::exception& error) {
    throw ModelFileError(
        fmt::format("{}: the header is damaged: {}", path, error.what()));
  } catch (const Error& error) {
    throw ModelFileError(fmt::format("{}: {}", path, error.what()));
  }
}

}  // namespace slide::nn
