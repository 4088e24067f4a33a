#include "nn/network_io.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "kernels/kernels.h"
#include "nn/calibration_io.h"
#include "nn/model_card.h"
#include "nn/sparse_part_io.h"
#include "options/fields.h"
#include "options/json.h"
#include "options/words.h"
#include "slide/error.h"
#include "util/at_place.h"
#include "util/section_file.h"

namespace slide::nn {
namespace {

constexpr util::FileKind kModelFile = {
    .magic = "slidenet",
    .version = 10,
    .name = "slide model file",
    .if_other = "train the network again, or use the slide that wrote it",
    .newest = 11};

// Exported networks, which readers of the other do not know.
constexpr util::FileKind ExportedFile() {
  util::FileKind kind = kModelFile;
  kind.version = kModelFile.newest;
  return kind;
}

// The field of a header that tells an exported network, and its precision.
constexpr char kWeights[] = "weights";

util::SectionShape ShapeOf(size_t num_rows, const kernels::RowFormat& format) {
  return {
      .num_rows = num_rows, .width = format.width, .row_bytes = format.stride};
}

void Write(const NetworkCore& network, OutputFile& output) {
  util::SectionWriter writer(network.exported() ? ExportedFile() : kModelFile);
  AddSections(network, writer);
  AddCard(network.card(), writer);
  AddCalibration(network, writer);
  writer.Write(output);
}

std::vector<float> ReadCenter(const util::SectionFile& file,
                              const std::string& name, size_t size) {
  std::vector<float> center = file.ReadItems<float>(name, size);
  if (kernels::ContentOf(center) == kernels::Content::kNotFinite) {
    throw Error(fmt::format(
        "{}: section {}: got numbers that are not finite, expected finite ones",
        file.path(), name));
  }
  return center;
}

// The precision of the weights in a file of an exported network.
std::optional<Precision> ExportedPrecision(const util::SectionFile& file) {
  const util::Json* word = file.info().Find(kWeights);
  if (word == nullptr) return {};
  const auto place =
      word->kind == util::Json::Kind::kText
          ? options::PlaceOf(word->text, options::kWords<Precision>)
          : std::nullopt;
  if (!place) {
    throw Error(fmt::format("{}: the header's '{}': got {}, expected {}",
                            file.path(), kWeights, word->Dump().substr(0, 80),
                            options::kWords<Precision>));
  }
  return static_cast<Precision>(*place);
}

// mapping: of the file, for rows that view it; null for rows of their own.
std::unique_ptr<NetworkCore> Read(
    const util::SectionFile& file,
    const std::shared_ptr<const util::MappedFile>& mapping) {
  size_t num_sections = 0;
  auto network = std::make_unique<NetworkCore>(
      OptionsOf(file),
      [&](const std::string& name, size_t num_rows,
          const kernels::RowFormat& format) {
        ++num_sections;
        // The shape is checked before memory is taken for the rows.
        const auto& section = file.Find(name, ShapeOf(num_rows, format));
        if (mapping != nullptr) {
          if (name.ends_with(".bias")) file.Verify(section);
          return RowStore(num_rows, format, file.Bytes(section, *mapping));
        }
        RowStore rows(num_rows, format);
        file.Read(section, rows.records());
        return rows;
      },
      ExportedPrecision(file));
  for (size_t l = 0; l < network->layers().size(); ++l) {
    LayerIndex* index = network->layer_index(l);
    if (index == nullptr || !index->is_centered()) continue;
    ++num_sections;
    index->Center(ReadCenter(file, network->LayerName(l) + ".center",
                             network->layers()[l].num_inputs()));
  }
  num_sections += ReadSparsePart(file, mapping.get(), *network);
  StoredCard stored;
  util::AtPlace<OptionsError, Error>(file.path(), [&] {
    stored = ReadCard(file, mapping);
    CheckCard(stored.card, network->options());
  });
  network->SetCard(std::move(stored.card));
  num_sections += stored.num_sections + ReadCalibration(file, *network);
  file.RequireSections(num_sections);
  return network;
}

}  // namespace

void RequireFinite(const NetworkCore& network, const std::string& place) {
  if (const auto where = network.WhereNotFinite()) {
    throw Error(fmt::format(
        "{}: got a number that is not finite in {}, expected finite ones",
        place, *where));
  }
}

void AddSections(const NetworkCore& network, util::SectionWriter& writer) {
  options::ToJson(options::ConstFields(network.options()), "options",
                  writer.info());
  if (const auto precision = network.exported()) {
    writer.info()[kWeights] = util::Json::Text(std::string(Name(*precision)));
  }
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
  AddSparsePart(network, writer);
}

NetworkOptions OptionsOf(const util::SectionFile& file) {
  return util::AtPlace<Error>(file.path(), [&] {
    NetworkOptions options;
    options::FromJson(file.info(), "options", Fields(options));
    options.Validate();
    return options;
  });
}

size_t ReadSections(const util::SectionFile& file, NetworkCore& network) {
  size_t num_sections = 0;
  const auto read = [&](const std::string& name, RowStore& rows) {
    ++num_sections;
    file.Read(file.Find(name, ShapeOf(rows.num_rows(), rows.format())),
              rows.records());
  };
  for (size_t l = 0; l < network.layers().size(); ++l) {
    Layer& layer = network.layers()[l];
    const std::string name = network.LayerName(l);
    read(name + ".rows", layer.weights());
    if (layer.bias() != nullptr) read(name + ".bias", *layer.bias());
    LayerIndex* index = network.layer_index(l);
    if (index == nullptr) continue;
    // A center that is there would decide whether this one is taken.
    *index = LayerIndex(layer, index->options(), l, network.options().seed);
    if (!index->is_centered()) continue;
    ++num_sections;
    index->Center(ReadCenter(file, name + ".center", layer.num_inputs()));
  }
  network.RemoveSparsePart();
  num_sections += ReadSparsePart(file, nullptr, network);
  RequireFinite(network, file.path());
  return num_sections;
}

void RequireFiniteToSave(const NetworkCore& network) {
  if (const auto where = network.WhereNotFinite()) {
    throw DivergedError(fmt::format(
        "the network is not saved: got a number that is not finite in {}, "
        "expected finite ones; a lower learning rate may help",
        *where));
  }
}

void SaveNetwork(const NetworkCore& network, OutputFile& output) {
  RequireFiniteToSave(network);
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

std::unique_ptr<NetworkCore> OpenNetwork(const std::string& path, bool verify) {
  return AsModelFileError([&] {
    const util::SectionFile file(path, kModelFile);
    const std::shared_ptr<const util::MappedFile> mapping = file.Map();
    auto network = Read(file, mapping);
    network->Keep(mapping);
    if (!verify) return network;
    file.Verify();
    CheckPairs(file, *network);
    RequireFinite(*network, path);
    return network;
  });
}

}  // namespace slide::nn

namespace slide {

bool IsModelFile(const std::string& path) {
  return util::HasMagic(path, nn::kModelFile);
}

}  // namespace slide
