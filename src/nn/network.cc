#include "slide/network.h"

#include <fmt/format.h>

#include <utility>

#include "nn/calibration_io.h"
#include "nn/export.h"
#include "nn/input_vectors.h"
#include "nn/model_card.h"
#include "nn/network_access.h"
#include "nn/network_core.h"
#include "nn/network_growth.h"
#include "nn/network_io.h"
#include "slide/error.h"
#include "util/thread_team.h"

namespace slide {

Network::Network(const NetworkOptions& options, int num_threads) {
  options.Validate();
  core_ = std::make_unique<nn::NetworkCore>(options);
  core_->DrawWeights(util::ThreadTeam(num_threads));
}

Network::Network(std::unique_ptr<nn::NetworkCore> core)
    : core_(std::move(core)) {}

Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;
Network::~Network() = default;

Network nn::NetworkAccess::Make(std::unique_ptr<NetworkCore> core) {
  return Network(std::move(core));
}

Network Network::Load(const std::string& path) {
  return Network(nn::LoadNetwork(path));
}

Network Network::Open(const std::string& path, const OpenOptions& options) {
  return Network(nn::OpenNetwork(path, options.verify));
}

void Network::Save(const std::string& path) const {
  nn::SaveNetwork(*core_, path);
}

void Network::Save(OutputFile& file) const { nn::SaveNetwork(*core_, file); }

const NetworkOptions& Network::options() const noexcept {
  return core_->options();
}

const ModelCard& Network::card() const noexcept { return core_->card(); }

void Network::SetCard(ModelCard card) {
  nn::CheckCard(card, core_->options());
  core_->SetCard(std::move(card));
}

std::optional<Loss> Network::loss() const noexcept { return core_->loss(); }

const std::optional<Calibration>& Network::calibration() const noexcept {
  return core_->calibration();
}

void Network::SetCalibration(std::optional<Calibration> calibration) {
  if (calibration) nn::CheckCalibration(*calibration, core_->num_labels());
  core_->SetCalibration(std::move(calibration));
}

void Network::Grow(uint32_t num_features, uint32_t num_labels, ModelCard card,
                   int num_threads) {
  core_->RequireWritable();
  NetworkOptions options = core_->options();
  if (num_features < options.num_features || num_labels < options.num_labels) {
    throw OptionsError(fmt::format(
        "got {} features and {} labels, expected no fewer than the network's "
        "{} and {}",
        num_features, num_labels, options.num_features, options.num_labels));
  }
  options.num_features = num_features;
  options.num_labels = num_labels;
  nn::CheckCard(card, options);
  if (options.num_features != core_->options().num_features ||
      options.num_labels != core_->options().num_labels) {
    auto grown = nn::GrownNetwork(*core_, options, /*with_state=*/true,
                                  util::ThreadTeam(num_threads));
    if (options.num_labels == core_->options().num_labels) {
      grown->SetCalibration(core_->calibration());
    }
    core_ = std::move(grown);
  }
  core_->SetCard(std::move(card));
}

void Network::ResetOptimizer(Optimizer optimizer, int num_threads) {
  NetworkOptions options = core_->options();
  options.optimizer = optimizer;
  options.Validate();
  if (core_->exported()) {
    core_ = nn::CopyAs(*core_, optimizer, {});
    return;
  }
  core_->RequireWritable();
  auto fresh = nn::GrownNetwork(*core_, options, /*with_state=*/false,
                                util::ThreadTeam(num_threads));
  fresh->SetCard(core_->card());
  fresh->SetCalibration(core_->calibration());
  core_ = std::move(fresh);
}

void Network::SetInputVectors(const InputVectors& vectors) {
  core_->RequireWritable();
  nn::SetInputVectors(vectors, core_->layers().front());
}

std::optional<Precision> Network::exported() const noexcept {
  return core_->exported();
}

NetworkMemory Network::MemoryOf(const NetworkOptions& options) {
  constexpr uint32_t kAnySize = 1'000'000;  // suits all other options
  NetworkOptions valid = options;
  if (valid.num_features == 0) valid.num_features = kAnySize;
  if (valid.num_labels == 0) valid.num_labels = kAnySize;
  valid.Validate();
  return {.layers = nn::NetworkCore::RowBytes(options),
          .tables = nn::NetworkCore::TableBytes(options)};
}

std::optional<SparsePartInfo> Network::sparse_part() const {
  const nn::SparsePart* part = core_->sparse_part();
  if (part == nullptr) return std::nullopt;
  return part->info();
}

std::vector<LayerInfo> Network::Layers() const {
  std::vector<LayerInfo> infos;
  for (const nn::Layer& layer : core_->layers()) {
    const nn::RowStore& weights = layer.weights();
    size_t num_bytes = weights.records().size_bytes();
    // The only biases that are not in the rows.
    if (layer.bias() != nullptr) {
      num_bytes += layer.bias()->records().size_bytes();
    }
    infos.push_back({.name = core_->LayerName(infos.size()),
                     .num_rows = weights.num_rows(),
                     .width = weights.width(),
                     .num_parameters = weights.num_rows() * weights.width() +
                                       layer.num_neurons(),
                     .num_bytes = num_bytes});
  }
  return infos;
}

void Network::SetLabelPriors(std::span<const uint64_t> label_counts,
                             uint64_t num_samples) {
  core_->SetLabelPriors(label_counts, num_samples);
}

}  // namespace slide
