// NetworkCore: the layers in a row, the inside of slide::Network.
//
// The way of one input: InputMajorLayer -> ReLU -> {NeuronMajorLayer -> ReLU}*
// -> output NeuronMajorLayer, whose neurons the LshIndex finds in training.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "hashing/lsh_index.h"
#include "nn/layer.h"
#include "slide/options.h"
#include "slide/sparse.h"
#include "util/aligned.h"
#include "util/thread_team.h"

namespace slide::nn {

// The activations (or gradients) of every hidden layer for one input.
class HiddenBuffers {
 public:
  explicit HiddenBuffers(std::span<const int> sizes);
  size_t size() const noexcept { return layers_.size(); }
  std::span<float> operator[](size_t layer) noexcept { return layers_[layer]; }
  std::span<float> last() noexcept { return layers_.back(); }

 private:
  std::vector<util::AlignedBuffer<float>> layers_;
};

class NetworkCore {
 public:
  // All weights zero. options are valid; what they leave open is settled here.
  explicit NetworkCore(const NetworkOptions& options);

  // Draws all weights; biases are 0.
  void DrawWeights(const util::ThreadTeam& team);

  const NetworkOptions& options() const noexcept { return options_; }
  size_t num_labels() const noexcept { return output_.num_neurons(); }
  // Width of the layer before the output.
  size_t hidden_width() const noexcept { return output_.num_inputs(); }

  InputMajorLayer& input() noexcept { return input_; }
  const InputMajorLayer& input() const noexcept { return input_; }
  // The layers between the first hidden one and the output.
  std::span<NeuronMajorLayer> middle() noexcept { return middle_; }
  std::span<const NeuronMajorLayer> middle() const noexcept { return middle_; }
  NeuronMajorLayer& output() noexcept { return output_; }
  const NeuronMajorLayer& output() const noexcept { return output_; }

  // Fills the activations of all hidden layers.
  // Requires: ids of x below num_features.
  void ForwardHidden(SparseView x, HiddenBuffers& activations) const noexcept;

  // Hashes the output layer's rows as they are now, by the hash functions of
  // that number, from 0: each number stands for others. The first call makes
  // the tables. Returns how many rows were hashed, those that have not moved
  // since the last build left out. Throws: DivergedError if a weight is not a
  // finite number.
  // Requires: options().hash.kind != HashKind::kNone; nobody trains.
  size_t BuildIndex(const util::ThreadTeam& team, uint64_t functions = 0);
  // The same on the calling thread, while others train.
  // Requires: BuildIndex was called; no step that began before the end of the
  // last build still runs.
  size_t BuildIndexBeside(uint64_t functions);
  // From the next build on, takes what all inputs have in common out of their
  // hashes, if the options say so. mean: of the last hidden activations,
  // [hidden_width], finite. Requires: no build is going on.
  void CenterQueries(std::span<const float> mean);
  // The share of the index's addresses that are out of date, by a sample; 0
  // without an index. Requires: no build is going on.
  double IndexDrift() const;
  // Null until it is built.
  const hashing::LshIndex* index() const noexcept { return index_.get(); }

 private:
  // If there is none.
  void MakeIndex();
  hashing::RowVectors MakeRowVectors() const;
  // The hash functions of that number.
  std::unique_ptr<const hashing::HashFamily> MakeFamily(
      uint64_t functions) const;
  // Those if they are not the index's.
  std::unique_ptr<const hashing::HashFamily> OtherFamily(
      uint64_t functions) const;

  NetworkOptions options_;
  InputMajorLayer input_;
  std::vector<NeuronMajorLayer> middle_;
  NeuronMajorLayer output_;
  std::unique_ptr<hashing::LshIndex> index_;
  uint64_t functions_ = 0;  // the number of the index's
};

}  // namespace slide::nn
