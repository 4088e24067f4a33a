#include "nn/network_io.h"

#include <fmt/format.h>

#include "nn/options_json.h"
#include "slide/error.h"
#include "util/section_file.h"

namespace slide::nn {
namespace {

constexpr util::FileKind kModelFile = {
    .magic = "slidenet",
    .version = 7,
    .name = "slide model file",
    .if_other = "train the network again, or use the slide that wrote it"};

util::SectionShape ShapeOf(size_t num_rows, const kernels::RowFormat& format) {
  return {
      .num_rows = num_rows, .width = format.width, .row_bytes = format.stride};
}

void Write(const NetworkCore& network, const std::string& path) {
  util::SectionWriter writer(kModelFile);
  OptionsToJson(network.options(), writer.info());
  const auto add = [&](const std::string& name, const RowStore& rows) {
    writer.Add(name, ShapeOf(rows.num_rows(), rows.format()), rows.records());
  };
  for (size_t l = 0; l < network.layers().size(); ++l) {
    const Layer& layer = network.layers()[l];
    const std::string name = network.LayerName(l);
    add(name + ".rows", layer.weights());
    if (layer.bias() != nullptr) add(name + ".bias", *layer.bias());
  }
  writer.Write(path);
}

NetworkOptions OptionsOf(const util::SectionFile& file) {
  try {
    return OptionsFromJson(file.info());
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", file.path(), error.what()));
  }
}

std::unique_ptr<NetworkCore> Read(const std::string& path) {
  const util::SectionFile file(path, kModelFile);
  size_t num_sections = 0;
  auto network = std::make_unique<NetworkCore>(
      OptionsOf(file), [&](const std::string& name, size_t num_rows,
                           const kernels::RowFormat& format) {
        ++num_sections;
        // Before memory is taken for them.
        const auto& section = file.Find(name, ShapeOf(num_rows, format));
        RowStore rows(num_rows, format);
        file.Read(section, rows.records());
        return rows;
      });
  file.RequireSections(num_sections);
  return network;
}

}  // namespace

void SaveNetwork(const NetworkCore& network, const std::string& path) {
  try {
    Write(network, path);
  } catch (const Error& error) {
    throw ModelFileError(error.what());
  }
}

std::unique_ptr<NetworkCore> LoadNetwork(const std::string& path) {
  try {
    return Read(path);
  } catch (const Error& error) {
    throw ModelFileError(error.what());
  }
}

}  // namespace slide::nn
