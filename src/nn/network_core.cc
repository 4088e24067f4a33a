#include "nn/network_core.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "hashing/auto_settings.h"
#include "nn/activation.h"
#include "nn/hashed_layer.h"
#include "slide/error.h"
#include "util/rng.h"

namespace slide::nn {
namespace {

NetworkOptions Settled(NetworkOptions options) {
  constexpr int kUsualWidth = 128;
  if (options.hidden.empty()) options.hidden = {kUsualWidth};
  options.hash = hashing::SettledHash(options.hash, options.num_labels);
  for (HiddenLayer& layer : options.hidden) {
    if (layer.is_hashed()) layer = SettledHashedLayer(layer);
  }
  return options;
}

// d of NetworkOptions::init_scale.
double InverseVariance(const NetworkOptions& options, size_t l) {
  const LayerShape shape = NetworkCore::LayerShapes(options)[l];
  const bool is_hidden = l < options.hidden.size();
  if (!is_hidden || !shape.has_sparse_input) {
    return static_cast<double>(shape.num_inputs);
  }
  const HiddenLayer& layer = options.hidden[l];
  return layer.is_hashed() ? layer.max_active : layer.neurons;
}

}  // namespace

HiddenBuffers::HiddenBuffers(std::span<const HiddenLayer> layers) {
  size_t widest = 0;
  for (const HiddenLayer& layer : layers) {
    const auto neurons = static_cast<size_t>(layer.neurons);
    layers_.emplace_back(neurons);
    if (layer.is_hashed()) widest = std::max(widest, neurons);
  }
  ids_ = util::AlignedBuffer<uint32_t>(widest);
  values_ = util::AlignedBuffer<float>(widest);
}

std::vector<LayerShape> NetworkCore::LayerShapes(
    const NetworkOptions& options) {
  std::vector<LayerShape> shapes;
  LayerShape shape = {.num_inputs = options.num_features,
                      .has_sparse_input = true};
  for (const HiddenLayer& layer : options.hidden) {
    shape.num_neurons = static_cast<size_t>(layer.neurons);
    shape.computes_all = !layer.is_hashed();
    shapes.push_back(shape);
    shape.num_inputs = shape.num_neurons;
    shape.has_sparse_input = layer.is_hashed();
  }
  shape.num_neurons = options.num_labels;
  shape.computes_all = false;
  shapes.push_back(shape);
  return shapes;
}

uint64_t NetworkCore::RowBytes(const NetworkOptions& options) {
  double bytes = 0.0;
  for (const LayerShape& shape : LayerShapes(Settled(options))) {
    const kernels::RowFormat format(shape.row_width(), options.precision,
                                    options.optimizer);
    bytes += static_cast<double>(shape.num_rows()) *
             static_cast<double>(format.stride);
  }
  return bytes < 1e18 ? static_cast<uint64_t>(bytes) : ~uint64_t{0};
}

uint64_t NetworkCore::TableBytes(const NetworkOptions& options) {
  const NetworkOptions settled = Settled(options);
  uint64_t bytes = hashing::TableBytes(settled.hash, settled.num_labels);
  for (const HiddenLayer& layer : settled.hidden) {
    if (!layer.is_hashed()) continue;
    bytes +=
        hashing::TableBytes(layer.hash, static_cast<size_t>(layer.neurons));
  }
  return bytes;
}

NetworkCore::NetworkCore(const NetworkOptions& options,
                         const RowMaker& make_rows,
                         std::optional<Precision> exported)
    : options_(Settled(options)),
      open_hash_(options.hash),
      exported_(exported) {
  const Precision precision = exported.value_or(options_.precision);
  std::optional<Optimizer> optimizer;
  if (!exported) optimizer = options_.optimizer;
  for (const LayerShape& shape : LayerShapes(options_)) {
    const size_t l = layers_.size();
    layers_.emplace_back(shape, precision, optimizer,
                         [&](const std::string& part, size_t num_rows,
                             const kernels::RowFormat& format) {
                           return make_rows(LayerName(l) + "." + part, num_rows,
                                            format);
                         });
    indices_.emplace_back();
    if (shape.computes_all) continue;
    const HashOptions& hash =
        l < options_.hidden.size() ? options_.hidden[l].hash : options_.hash;
    if (hash.kind == HashKind::kNone) continue;
    indices_.back().emplace(layers_.back(), hash, l, options_.seed);
  }
}

void NetworkCore::SettleCandidates(int max_hashed) {
  if (open_hash_.candidates || !indices_.back() || max_hashed == 0) return;
  open_hash_.candidates = max_hashed;
  options_.hash = hashing::SettledHash(open_hash_, num_labels());
  const size_t l = layers_.size() - 1;
  indices_.back().emplace(layers_.back(), options_.hash, l, options_.seed);
}

void NetworkCore::RequireWritable() const {
  if (exported_) {
    throw OptionsError(
        "got an exported network, which holds nothing for an optimizer, "
        "expected one that training saved");
  }
  if (mapping_ == nullptr) return;
  throw OptionsError(
      "got a network that was opened for prediction (Network::Open), expected "
      "one whose weights can change (Network::Load)");
}

std::optional<std::string> NetworkCore::WhereNotFinite() const {
  for (size_t l = 0; l < layers_.size(); ++l) {
    if (const auto row = layers_[l].weights().FirstNotFinite()) {
      return fmt::format("row {} of {}", *row, LayerName(l));
    }
    if (layers_[l].bias() != nullptr && layers_[l].bias()->FirstNotFinite()) {
      return fmt::format("the biases of {}", LayerName(l));
    }
  }
  if (sparse_part_) return sparse_part_->WhereNotFinite();
  return std::nullopt;
}

void NetworkCore::DrawWeights(const util::ThreadTeam& team) {
  for (size_t l = 0; l < layers_.size(); ++l) DrawRows(l, 0, team);
}

void NetworkCore::DrawRows(size_t layer, size_t first,
                           const util::ThreadTeam& team) {
  layers_[layer].weights().DrawWeights(
      options_.init_scale / std::sqrt(InverseVariance(options_, layer)),
      util::Rng(options_.seed), layer, team, first);
}

bool NetworkCore::HasZeroOutputBiases() const noexcept {
  const kernels::ConstRowsView rows = output().weights().rows();
  for (size_t n = 0; n < num_labels(); ++n) {
    if (rows.scalars(n)[kernels::kBias] != 0.0f) return false;
  }
  return true;
}

void NetworkCore::SetLabelPriors(std::span<const uint64_t> label_counts,
                                 uint64_t num_samples) {
  RequireWritable();
  if (label_counts.size() > num_labels()) {
    throw DataError(fmt::format("got {} label counts, expected {} at most",
                                label_counts.size(), num_labels()));
  }
  const kernels::RowsView rows = output().weights().rows();
  for (size_t n = 0; n < num_labels(); ++n) {
    const uint64_t count = n < label_counts.size() ? label_counts[n] : 0;
    if (count > num_samples) {
      throw DataError(
          fmt::format("label {}: got {} samples, expected at most all {}", n,
                      count, num_samples));
    }
    const double with = static_cast<double>(count) + 0.5;
    const double without = static_cast<double>(num_samples - count) + 0.5;
    rows.scalars(n)[kernels::kBias] =
        static_cast<float>(std::log(with / without));
  }
}

std::string NetworkCore::LayerName(size_t layer) const {
  if (layer == 0) return "input";
  return layer == options_.hidden.size() ? "output"
                                         : fmt::format("hidden{}", layer);
}

void NetworkCore::ForwardHidden(SparseView x,
                                HiddenBuffers& activations) const noexcept {
  layers_.front().ForwardAll(util::VectorView(x), activations[0]);
  ForwardFromSums(activations);
}

void NetworkCore::ForwardFromSums(HiddenBuffers& activations) const noexcept {
  util::VectorView input;
  for (size_t l = 0; l < activations.size(); ++l) {
    const HiddenLayer& layer = options_.hidden[l];
    const std::span<float> values = activations[l];
    if (l > 0) layers_[l].ForwardAll(input, values);
    Activate(layer.activation, values);
    if (!layer.is_hashed()) {
      input = util::VectorView(values);
      continue;
    }
    KeepLargest(static_cast<size_t>(layer.max_active), values,
                activations.values_);
    if (l + 1 < activations.size()) {
      input = util::VectorView(
          Gather(values, activations.ids_, activations.values_));
    }
  }
}

const hashing::LshIndex* NetworkCore::index() const noexcept {
  return indices_.back() ? indices_.back()->lsh() : nullptr;
}

void NetworkCore::BuildTables(const util::ThreadTeam& team, Tables which) {
  ForEachIndex(*this, which, [&](LayerIndex& index, const Layer& layer) {
    index.Build(layer, team);
  });
}

void NetworkCore::BuildTablesBeside(Tables which) {
  ForEachIndex(*this, which, [&](LayerIndex& index, const Layer& layer) {
    index.BuildBeside(layer);
  });
}

size_t NetworkCore::NumHashableRows(Tables which) const noexcept {
  size_t num = 0;
  ForEachIndex(*this, which, [&](const LayerIndex&, const Layer& layer) {
    num += layer.num_neurons();
  });
  return num;
}

double NetworkCore::TablesDrift(Tables which) const {
  double drift = 0.0;
  ForEachIndex(*this, which, [&](const LayerIndex& index, const Layer& layer) {
    drift = std::max(drift, index.Drift(layer));
  });
  return drift;
}

}  // namespace slide::nn
