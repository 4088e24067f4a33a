#include "nn/export.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "kernels/kernels.h"
#include "nn/network_access.h"
#include "nn/network_io.h"
#include "nn/npz.h"
#include "slide/error.h"
#include "slide/export.h"

namespace slide {
namespace nn {
namespace {

// Weights and biases.
void CopyRows(const RowStore& from, RowStore& to) {
  const kernels::ConstRowsView source = from.rows();
  const kernels::RowsView target = to.rows();
  std::vector<float> scratch(from.width());
  for (size_t i = 0; i < from.num_rows(); ++i) {
    kernels::WriteWeights(target, i, kernels::ReadWeights(source, i, scratch));
    target.scalars(i)[kernels::kBias] = source.scalars(i)[kernels::kBias];
  }
}

}  // namespace

std::unique_ptr<NetworkCore> CopyAs(const NetworkCore& network,
                                    Optimizer optimizer,
                                    std::optional<Precision> exported) {
  if (const auto where = network.WhereNotFinite()) {
    throw DivergedError(
        fmt::format("the network is not copied: got a number that is not "
                    "finite in {}, expected finite ones",
                    *where));
  }
  NetworkOptions options = network.options();
  options.optimizer = optimizer;
  auto copy = std::make_unique<NetworkCore>(options, MakeZeroRows, exported);
  for (size_t l = 0; l < network.layers().size(); ++l) {
    const Layer& from = network.layers()[l];
    Layer& to = copy->layers()[l];
    CopyRows(from.weights(), to.weights());
    if (from.bias() != nullptr) CopyRows(*from.bias(), *to.bias());
    LayerIndex* index = copy->layer_index(l);
    if (index == nullptr || !index->is_centered()) continue;
    const auto center = network.layer_index(l)->center();
    index->Center({center.begin(), center.end()});
  }
  if (const SparsePart* from = network.sparse_part()) {
    SparsePart part(from->arrays(), network.options().num_labels);
    if (exported) {
      part.DropAccumulators();
    } else {
      part.MakeAccumulators();
    }
    copy->SetSparsePart(std::move(part));
  }
  copy->SetCard(network.card());
  copy->SetLoss(network.loss());
  copy->SetCalibration(network.calibration());
  return copy;
}

}  // namespace nn

Network Exported(const Network& network, Precision weights) {
  return nn::NetworkAccess::Make(nn::CopyAs(
      nn::NetworkAccess::Core(network), network.options().optimizer, weights));
}

ExportFormat FormatFor(const std::string& path, const ExportOptions& options) {
  return options.format.value_or(path.ends_with(".npz") ? ExportFormat::kNpz
                                                        : ExportFormat::kModel);
}

uint64_t Export(const Network& network, const std::string& path,
                const ExportOptions& options) {
  options.Validate();
  const auto file =
      nn::AsModelFileError([&] { return std::make_unique<OutputFile>(path); });
  if (FormatFor(path, options) == ExportFormat::kNpz) {
    nn::SaveNpz(nn::NetworkAccess::Core(network), *file);
  } else {
    Exported(network, options.weights).Save(*file);
  }
  nn::AsModelFileError([&] { file->Commit(); });
  return file->num_written();
}

}  // namespace slide
