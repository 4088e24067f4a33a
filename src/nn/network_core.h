// NetworkCore: the layers in a row, the inside of slide::Network.
//
// The way of one input: the hidden layers, each dense or hashed, each followed
// by its activation; then the output layer. In training the active neurons of
// hashed layers and of the output layer are found through the tables of their
// LayerIndex; in inference all neurons are computed, and of a hashed layer the
// max_active largest stay.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "nn/layer.h"
#include "nn/layer_index.h"
#include "nn/sparse_part.h"
#include "slide/model_card.h"
#include "slide/options/network.h"
#include "slide/options/train.h"
#include "slide/probability.h"
#include "slide/sparse.h"
#include "util/aligned.h"
#include "util/mapped_file.h"
#include "util/thread_team.h"

namespace slide::nn {

// The activations of every hidden layer for one input, all neurons of each.
class HiddenBuffers {
 public:
  explicit HiddenBuffers(std::span<const HiddenLayer> layers);
  size_t size() const noexcept { return layers_.size(); }
  std::span<float> operator[](size_t layer) noexcept { return layers_[layer]; }
  std::span<float> last() noexcept { return layers_.back(); }

 private:
  friend class NetworkCore;
  std::vector<util::AlignedBuffer<float>> layers_;
  // The activations of a hashed layer that are not 0, and scratch to sort them;
  // as long as the widest of these layers.
  util::AlignedBuffer<uint32_t> ids_;
  util::AlignedBuffer<float> values_;
};

class NetworkCore {
 public:
  // Returns the shape of each layer, from the input to the output.
  static std::vector<LayerShape> LayerShapes(const NetworkOptions& options);

  // Returns the bytes of all rows; the largest number if that overflows.
  static uint64_t RowBytes(const NetworkOptions& options);
  // Returns the bytes of the hash tables of all layers.
  static uint64_t TableBytes(const NetworkOptions& options);

  // options are valid; what they leave open is settled here. make_rows is
  // called from the input to the output, the layer's name in front of the part:
  // "output.rows". exported: the network has weights of this precision, and
  // nothing of an optimizer. Throws: as make_rows does; Error.
  explicit NetworkCore(const NetworkOptions& options,
                       const RowMaker& make_rows = MakeZeroRows,
                       std::optional<Precision> exported = {});

  // Fixes what the network's options leave open about how many candidates the
  // output's tables are made for; what is fixed once stays. Requires: nobody
  // trains.
  void SettleCandidates(int max_hashed);

  // Keeps what rows view as long as the network is there; weights can then only
  // be read.
  void Keep(std::shared_ptr<const util::MappedFile> mapping) noexcept {
    mapping_ = std::move(mapping);
  }
  // Throws: OptionsError if rows view a file, or the network is an exported
  // one.
  void RequireWritable() const;

  // The precision of an exported network's weights; none: it is no such.
  std::optional<Precision> exported() const noexcept { return exported_; }

  // Names the first row with a number that is not finite: a weight, a bias, or
  // what the optimizer keeps. Cost: one pass over all rows.
  std::optional<std::string> WhereNotFinite() const;

  // Draws all weights; biases are 0.
  void DrawWeights(const util::ThreadTeam& team);
  // Draws those of a layer's rows from `first` on.
  void DrawRows(size_t layer, size_t first, const util::ThreadTeam& team);

  const NetworkOptions& options() const noexcept { return options_; }
  // The output's hash options as far as they are fixed for the network's life.
  const HashOptions& fixed_hash() const noexcept {
    return open_hash_.candidates ? options_.hash : open_hash_;
  }
  size_t num_labels() const noexcept { return output().num_neurons(); }
  // Width of the layer before the output.
  size_t hidden_width() const noexcept { return output().num_inputs(); }

  // Tells whether all biases of the output layer are 0, as they are before the
  // first training step.
  bool HasZeroOutputBiases() const noexcept;
  // See Network::SetLabelPriors.
  void SetLabelPriors(std::span<const uint64_t> label_counts,
                      uint64_t num_samples);

  // The sparse part of the output; null if it has none.
  SparsePart* sparse_part() noexcept {
    return sparse_part_ ? &*sparse_part_ : nullptr;
  }
  const SparsePart* sparse_part() const noexcept {
    return sparse_part_ ? &*sparse_part_ : nullptr;
  }
  void SetSparsePart(SparsePart part) { sparse_part_.emplace(std::move(part)); }
  void RemoveSparsePart() noexcept { sparse_part_.reset(); }

  const ModelCard& card() const noexcept { return card_; }
  // Requires: CheckCard.
  void SetCard(ModelCard card) { card_ = std::move(card); }

  // The loss that moved the weights last; none: not known.
  std::optional<Loss> loss() const noexcept { return loss_; }
  void SetLoss(std::optional<Loss> loss) noexcept { loss_ = loss; }
  const std::optional<Calibration>& calibration() const noexcept {
    return calibration_;
  }
  // Requires: CheckCalibration.
  void SetCalibration(std::optional<Calibration> calibration) {
    calibration_ = std::move(calibration);
  }

  // All layers, from the input to the output; options().hidden[l] is layer l.
  std::span<Layer> layers() noexcept { return layers_; }
  std::span<const Layer> layers() const noexcept { return layers_; }
  Layer& output() noexcept { return layers_.back(); }
  const Layer& output() const noexcept { return layers_.back(); }
  // "input", "hidden1", ..., "output".
  std::string LayerName(size_t layer) const;

  // Fills the activations of all hidden layers, as in inference.
  // Requires: ids of x below num_features; activations made for this network.
  void ForwardHidden(SparseView x, HiddenBuffers& activations) const noexcept;
  // The same from the sums of the first layer on, which activations[0] holds.
  void ForwardFromSums(HiddenBuffers& activations) const noexcept;

  // Selects the layers whose tables a call applies to.
  enum class Tables { kAll, kOfHiddenLayers };

  // Builds these tables; see LayerIndex. Throws: DivergedError.
  void BuildTables(const util::ThreadTeam& team, Tables which = Tables::kAll);
  void BuildTablesBeside(Tables which);
  // Rows of these layers.
  size_t NumHashableRows(Tables which) const noexcept;
  // The largest share of a layer's addresses that are out of date.
  double TablesDrift(Tables which = Tables::kAll) const;
  // Returns the index of layer l; null if it has none.
  LayerIndex* layer_index(size_t layer) noexcept {
    return indices_[layer] ? &*indices_[layer] : nullptr;
  }
  const LayerIndex* layer_index(size_t layer) const noexcept {
    return indices_[layer] ? &*indices_[layer] : nullptr;
  }
  // Returns the tables of the output layer; null if it has none or until they
  // are built.
  const hashing::LshIndex* index() const noexcept;

 private:
  // Calls f(index, layer) for these layers.
  template <typename Self, typename F>
  static void ForEachIndex(Self& self, Tables which, F&& f) {
    const size_t num = self.layers_.size();
    for (size_t l = 0; l < (which == Tables::kAll ? num : num - 1); ++l) {
      if (self.indices_[l]) f(*self.indices_[l], self.layers_[l]);
    }
  }

  NetworkOptions options_;
  HashOptions open_hash_;  // of the output: what the options left open still is
  std::optional<Precision> exported_;
  std::shared_ptr<const util::MappedFile> mapping_;
  std::vector<Layer> layers_;
  std::vector<std::optional<LayerIndex>> indices_;  // one a layer
  std::optional<SparsePart> sparse_part_;
  ModelCard card_;
  std::optional<Loss> loss_;
  std::optional<Calibration> calibration_;
};

}  // namespace slide::nn
