#include "nn/tables_io.h"

#include <fmt/format.h>

#include <span>
#include <string>
#include <utility>

#include "slide/error.h"
#include "util/aligned.h"
#include "util/at_place.h"

namespace slide::nn {
namespace {

std::string AddressesOf(const NetworkCore& network, size_t layer) {
  return network.LayerName(layer) + ".addresses";
}

std::string BuildsOf(const NetworkCore& network, size_t layer) {
  return network.LayerName(layer) + ".builds";
}

// A row for each table.
util::SectionShape ShapeOf(const LayerIndex& index, size_t num_neurons) {
  return {.num_rows = static_cast<uint64_t>(*index.options().num_tables),
          .width = num_neurons,
          .row_bytes = num_neurons * sizeof(uint16_t)};
}

}  // namespace

void AddTables(const NetworkCore& network, util::SectionWriter& writer) {
  for (size_t l = 0; l < network.layers().size(); ++l) {
    const LayerIndex* index = network.layer_index(l);
    if (index == nullptr || index->lsh() == nullptr) continue;
    const hashing::LshIndex& lsh = *index->lsh();
    writer.Add(AddressesOf(network, l),
               ShapeOf(*index, network.layers()[l].num_neurons()),
               std::as_bytes(lsh.addresses()));
    writer.Add(BuildsOf(network, l), std::span(&lsh.num_builds(), 1));
  }
}

size_t ReadTables(const util::SectionFile& file, NetworkCore::Tables which,
                  const util::ThreadTeam& team, NetworkCore& network) {
  size_t num_sections = 0;
  const size_t num_layers =
      network.layers().size() - (which == NetworkCore::Tables::kAll ? 0 : 1);
  for (size_t l = 0; l < num_layers; ++l) {
    LayerIndex* index = network.layer_index(l);
    if (index == nullptr) continue;
    const std::string name = AddressesOf(network, l);
    const uint64_t num_builds =
        file.ReadItems<uint64_t>(BuildsOf(network, l), 1)[0];
    if (num_builds == 0) {
      throw Error(fmt::format("{}: section {}: got 0, expected 1 or more",
                              file.path(), BuildsOf(network, l)));
    }
    const auto& section =
        file.Find(name, ShapeOf(*index, network.layers()[l].num_neurons()));
    util::AlignedBuffer<uint16_t> addresses(
        section.num_bytes / sizeof(uint16_t), "the addresses of hash tables");
    file.Read(section, std::as_writable_bytes(
                           std::span(addresses.data(), addresses.size())));
    util::AtPlace<Error>(fmt::format("{}: section {}", file.path(), name), [&] {
      index->Restore(std::move(addresses), num_builds, team);
    });
    num_sections += 2;
  }
  return num_sections;
}

}  // namespace slide::nn
