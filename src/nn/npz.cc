#include "nn/npz.h"

#include <fmt/format.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/kernels.h"
#include "nn/calibration_io.h"
#include "nn/model_card.h"
#include "nn/network_io.h"
#include "options/fields.h"
#include "util/zip_writer.h"

namespace slide::nn {
namespace {

using util::ZipWriter;

std::span<const std::byte> Bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

void AddText(ZipWriter& zip, const std::string& name, std::string_view text) {
  if (text.empty()) return;
  zip.Add(name, [&](const ZipWriter::Sink& sink) { sink(Bytes(text)); });
}

// give: hands the array's bytes to the sink.
template <typename F>
void AddArray(ZipWriter& zip, const std::string& name, std::string_view type,
              const std::string& shape, const F& give) {
  const std::string header = NpyHeader(type, shape);
  zip.Add(fmt::format("{}.npy", name), [&](const ZipWriter::Sink& sink) {
    sink(Bytes(header));
    give(sink);
  });
}

constexpr std::string_view kFloats = "<f4";

template <typename T>
void AddVector(ZipWriter& zip, const std::string& name, std::string_view type,
               std::span<const T> numbers) {
  AddArray(zip, name, type, fmt::format("({},)", numbers.size()),
           [&](const ZipWriter::Sink& sink) { sink(std::as_bytes(numbers)); });
}

void AddLayer(ZipWriter& zip, const std::string& name, const Layer& layer) {
  const RowStore& weights = layer.weights();
  std::vector<float> scratch(weights.width());
  AddArray(
      zip, fmt::format("{}.weights", name), kFloats,
      fmt::format("({}, {})", weights.num_rows(), weights.width()),
      [&](const ZipWriter::Sink& sink) {
        for (size_t i = 0; i < weights.num_rows(); ++i) {
          sink(std::as_bytes(kernels::ReadWeights(weights.rows(), i, scratch)));
        }
      });
  std::vector<float> bias;
  if (layer.bias() != nullptr) {
    bias.resize(layer.num_neurons());
    const auto row = kernels::ReadWeights(layer.bias()->rows(), 0, bias);
    bias.assign(row.begin(), row.end());
  } else {
    for (size_t i = 0; i < weights.num_rows(); ++i) {
      bias.push_back(weights.rows().scalars(i)[kernels::kBias]);
    }
  }
  AddVector<float>(zip, fmt::format("{}.bias", name), kFloats, bias);
}

// Compressed rows: the pairs of feature f are those from indptr[f] to
// indptr[f + 1].
void AddPairs(ZipWriter& zip, const SparsePart& sparse) {
  const kernels::ConstPairs pairs = sparse.pairs();
  const auto lists = sparse.arrays().lists;
  std::vector<uint64_t> ends = {0};
  for (const kernels::PairList& list : lists) {
    ends.push_back(ends.back() + list.num);
  }
  AddVector<uint64_t>(zip, "sparse.indptr", "<u8", ends);
  const std::string shape = fmt::format("({},)", ends.back());
  AddArray(zip, "sparse.indices", "<u4", shape,
           [&](const ZipWriter::Sink& sink) {
             std::vector<uint32_t> ids;
             for (const kernels::PairList& list : lists) {
               ids.clear();
               kernels::ForEachPair(pairs, list,
                                    [&](uint32_t id) { ids.push_back(id); });
               sink(std::as_bytes(std::span(ids)));
             }
           });
  AddArray(zip, "sparse.data", kFloats, shape,
           [&](const ZipWriter::Sink& sink) {
             std::vector<float> weights;
             for (const kernels::PairList& list : lists) {
               const float* first = pairs.weights(list);
               weights.assign(first, first + list.num);
               for (float& weight : weights) weight *= sparse.weight();
               sink(std::as_bytes(std::span(weights)));
             }
           });
}

}  // namespace

std::string NpyHeader(std::string_view type, const std::string& shape) {
  constexpr std::string_view kMagic("\x93NUMPY\x01\x00", 8);
  constexpr size_t kAlignment = 64;
  std::string dict = fmt::format(
      "{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", type, shape);
  const size_t before = kMagic.size() + sizeof(uint16_t);
  while ((before + dict.size() + 1) % kAlignment != 0) dict += ' ';
  dict += '\n';
  const auto size = static_cast<uint16_t>(dict.size());
  std::string header(kMagic);
  header.append(reinterpret_cast<const char*>(&size), sizeof(size));
  return header + dict;
}

void SaveNpz(const NetworkCore& network, OutputFile& output) {
  RequireFiniteToSave(network);
  AsModelFileError([&] {
    if (network.sparse_part() != nullptr) network.sparse_part()->CheckLists();
    ZipWriter zip(output);
    for (size_t l = 0; l < network.layers().size(); ++l) {
      AddLayer(zip, network.LayerName(l), network.layers()[l]);
    }
    if (network.sparse_part() != nullptr) AddPairs(zip, *network.sparse_part());
    const ModelCard& card = network.card();
    AddText(zip, "options.json",
            slide::ToJson(options::ConstFields(network.options())));
    AddText(zip, "card.json", ToJson(card).Dump());
    if (network.calibration()) {
      AddText(zip, "calibration.json", ToJson(*network.calibration()).Dump());
      AddVector<float>(zip, "output.thresholds", kFloats,
                       network.calibration()->label_thresholds);
    }
    AddText(zip, "labels.txt", card.label_names.lines());
    AddText(zip, "features.txt", card.feature_names.lines());
    AddText(zip, "vocabulary.txt", card.vocabulary);
    zip.Finish();
  });
}

}  // namespace slide::nn
