#include "nn/network_io.h"

#include <fmt/format.h>

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "kernels/kernels.h"
#include "options/fields.h"
#include "options/json.h"
#include "slide/error.h"
#include "util/section_file.h"

namespace slide::nn {
namespace {

constexpr util::FileKind kModelFile = {
    .magic = "slidenet",
    .version = 8,
    .name = "slide model file",
    .if_other = "train the network again, or use the slide that wrote it"};

util::SectionShape ShapeOf(size_t num_rows, const kernels::RowFormat& format) {
  return {
      .num_rows = num_rows, .width = format.width, .row_bytes = format.stride};
}

void Write(const NetworkCore& network, OutputFile& output) {
  util::SectionWriter writer(kModelFile);
  options::ToJson(options::ConstFields(network.options()), "options",
                  writer.info());
  const auto add = [&](const std::string& name, const RowStore& rows) {
    writer.Add(name, ShapeOf(rows.num_rows(), rows.format()), rows.records());
  };
  for (size_t l = 0; l < network.layers().size(); ++l) {
    const Layer& layer = network.layers()[l];
    const std::string name = network.LayerName(l);
    add(name + ".rows", layer.weights());
    if (layer.bias() != nullptr) add(name + ".bias", *layer.bias());
    const LayerIndex* index = network.layer_index(l);
    if (index != nullptr && index->is_centered()) {
      writer.Add(name + ".center", index->center());
    }
  }
  writer.Write(output);
}

NetworkOptions OptionsOf(const util::SectionFile& file) {
  try {
    NetworkOptions options;
    options::FromJson(file.info(), "options", Fields(options));
    options.Validate();
    return options;
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", file.path(), error.what()));
  }
}

std::vector<float> ReadCenter(const util::SectionFile& file,
                              const std::string& name, size_t size) {
  const auto& section =
      file.Find(name, {.num_rows = size, .row_bytes = sizeof(float)});
  std::vector<float> center(size);
  file.Read(section, std::as_writable_bytes(std::span(center)));
  if (kernels::ContentOf(center) == kernels::Content::kNotFinite) {
    throw Error(fmt::format(
        "{}: section {}: got numbers that are not finite, expected finite ones",
        file.path(), name));
  }
  return center;
}

// mapping: of the file, for rows that view it; null for rows of their own.
std::unique_ptr<NetworkCore> Read(const util::SectionFile& file,
                                  const util::MappedFile* mapping) {
  size_t num_sections = 0;
  auto network = std::make_unique<NetworkCore>(
      OptionsOf(file), [&](const std::string& name, size_t num_rows,
                           const kernels::RowFormat& format) {
        ++num_sections;
        // The shape is checked before memory is taken for the rows.
        const auto& section = file.Find(name, ShapeOf(num_rows, format));
        if (mapping != nullptr) {
          return RowStore(num_rows, format, file.Bytes(section, *mapping));
        }
        RowStore rows(num_rows, format);
        file.Read(section, rows.records());
        return rows;
      });
  for (size_t l = 0; l < network->layers().size(); ++l) {
    LayerIndex* index = network->layer_index(l);
    if (index == nullptr || !index->is_centered()) continue;
    ++num_sections;
    index->Center(ReadCenter(file, network->LayerName(l) + ".center",
                             network->layers()[l].num_inputs()));
  }
  file.RequireSections(num_sections);
  return network;
}

void RequireFinite(const NetworkCore& network, const std::string& path) {
  if (const auto where = network.WhereNotFinite()) {
    throw Error(fmt::format(
        "{}: got a number that is not finite in {}, expected finite ones", path,
        *where));
  }
}

// Calls f; what is wrong with a file is wrong with a model.
template <typename F>
auto AsModelFileError(F&& f) {
  try {
    return f();
  } catch (const OutOfMemoryError&) {
    throw;
  } catch (const Error& error) {
    throw ModelFileError(error.what());
  }
}

}  // namespace

void SaveNetwork(const NetworkCore& network, OutputFile& output) {
  if (const auto where = network.WhereNotFinite()) {
    throw DivergedError(fmt::format(
        "the network is not saved: got a number that is not finite in {}, "
        "expected finite ones; a lower learning rate may help",
        *where));
  }
  AsModelFileError([&] { Write(network, output); });
}

void SaveNetwork(const NetworkCore& network, const std::string& path) {
  const auto output =
      AsModelFileError([&] { return std::make_unique<OutputFile>(path); });
  SaveNetwork(network, *output);
  AsModelFileError([&] { output->Commit(); });
}

std::unique_ptr<NetworkCore> LoadNetwork(const std::string& path) {
  return AsModelFileError([&] {
    auto network = Read(util::SectionFile(path, kModelFile), nullptr);
    RequireFinite(*network, path);
    return network;
  });
}

std::unique_ptr<NetworkCore> OpenNetwork(const std::string& path) {
  return AsModelFileError([&] {
    const util::SectionFile file(path, kModelFile);
    auto mapping = file.Map();
    auto network = Read(file, mapping.get());
    file.Verify();
    RequireFinite(*network, path);
    network->Keep(std::move(mapping));
    return network;
  });
}

bool IsNetwork(const std::string& path) {
  return util::HasMagic(path, kModelFile);
}

}  // namespace slide::nn
