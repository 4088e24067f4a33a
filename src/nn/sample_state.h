// SampleState: what a sample leaves between its way forward and its way back:
// activations, active neurons, logits and gradients, layer by layer. It needs
// no thread, so that a sample can wait, for the rest of its batch or for
// others.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nn/sparse_part.h"
#include "slide/sparse.h"
#include "util/aligned.h"
#include "util/vector_view.h"

namespace slide::nn {

// The gradient of the loss by a layer's sums: deltas[j] for the neuron
// neurons[j] and 0 for all others; of an input-major layer `neurons` is empty
// and deltas has a value for each neuron.
struct LayerDeltas {
  std::span<const uint32_t> neurons;
  std::span<const float> deltas;
};

// One layer, hidden or output: the neurons that were computed and their values.
// It has cache lines of its own, so that threads do not slow each other.
class alignas(util::kCacheLineBytes) LayerState {
 public:
  // The parts that a layer needs beside values and gradient.
  struct Parts {
    bool ids = false;          // its neurons are selected
    bool corrections = false;  // the output layer
    bool factors = false;      // dropout
    bool deltas = false;       // its deltas are a list of their own
  };
  LayerState(size_t capacity, const Parts& parts) : parts_(parts) {
    Reserve(capacity);
  }

  // Makes room for `capacity` neurons; what was there is lost if there was
  // less.
  void Reserve(size_t capacity) {
    if (capacity <= values_.size()) return;
    const auto size_if = [capacity](bool part) { return part ? capacity : 0; };
    values_ = util::AlignedBuffer<float>(capacity);
    gradient_ = util::AlignedBuffer<float>(capacity);
    ids_ = util::AlignedBuffer<uint32_t>(size_if(parts_.ids));
    corrections_ = util::AlignedBuffer<float>(size_if(parts_.corrections));
    factors_ = util::AlignedBuffer<float>(size_if(parts_.factors));
    delta_ids_ = util::AlignedBuffer<uint32_t>(size_if(parts_.deltas));
    deltas_ = util::AlignedBuffer<float>(size_if(parts_.deltas));
    size_ = capacity;
  }

  // Neurons computed: all of a dense layer, otherwise ids().
  size_t size() const noexcept { return size_; }
  void resize(size_t size) noexcept { size_ = size; }
  bool is_selected() const noexcept { return parts_.ids; }
  bool has_delta_list() const noexcept { return parts_.deltas; }

  // One value for each neuron computed: activations, or logits of the output;
  // the gradient of the loss by it; what the loss adds to it.
  std::span<float> values() noexcept { return {values_.data(), size_}; }
  std::span<const float> values() const noexcept {
    return {values_.data(), size_};
  }
  std::span<float> gradient() noexcept { return {gradient_.data(), size_}; }
  std::span<float> corrections() noexcept {
    return {corrections_.data(), size_};
  }
  std::span<uint32_t> ids() noexcept {
    return {ids_.data(), parts_.ids ? size_ : 0};
  }
  std::span<const uint32_t> ids() const noexcept {
    return {ids_.data(), parts_.ids ? size_ : 0};
  }
  // The factors that dropout multiplied the values by; empty without dropout.
  std::span<float> factors() noexcept {
    return {factors_.data(), parts_.factors ? size_ : 0};
  }

  // The input of the next layer.
  util::VectorView output() const noexcept {
    return parts_.ids ? util::VectorView(SparseView{ids(), values()})
                      : util::VectorView(values());
  }

  // The list of deltas: neurons with a gradient that is not 0.
  void ClearDeltas() noexcept { num_deltas_ = 0; }
  void AddDelta(uint32_t neuron, float delta) noexcept {
    delta_ids_[num_deltas_] = neuron;
    deltas_[num_deltas_++] = delta;
  }
  void ScaleDeltas(float scale) noexcept {
    for (size_t j = 0; j < num_deltas_; ++j) deltas_[j] *= scale;
  }
  // The list if the layer has one, otherwise the gradient of all neurons
  // computed.
  LayerDeltas deltas() const noexcept {
    if (!parts_.deltas) return {ids(), {gradient_.data(), size_}};
    return {{delta_ids_.data(), num_deltas_}, {deltas_.data(), num_deltas_}};
  }

 private:
  Parts parts_;
  size_t size_ = 0;
  size_t num_deltas_ = 0;
  util::AlignedBuffer<float> values_;
  util::AlignedBuffer<float> gradient_;
  util::AlignedBuffer<uint32_t> ids_;
  util::AlignedBuffer<float> corrections_;
  util::AlignedBuffer<float> factors_;
  util::AlignedBuffer<uint32_t> delta_ids_;
  util::AlignedBuffer<float> deltas_;
};

struct alignas(util::kCacheLineBytes) SampleState {
  // The input of a layer.
  util::VectorView InputOf(size_t layer) const noexcept {
    return layer == 0 ? util::VectorView(features) : layers[layer - 1].output();
  }
  // The gradient by the input of a layer, 0; empty for layer 0.
  std::span<float> ClearedGradient(size_t layer) noexcept {
    if (layer == 0) return {};
    const std::span<float> gradient = layers[layer - 1].gradient();
    std::fill(gradient.begin(), gradient.end(), 0.0f);
    return gradient;
  }
  LayerState& output() noexcept { return layers.back(); }

  SparseView features;  // as trained on: the sample's own, or what dropout left
  util::AlignedBuffer<uint32_t> feature_ids;  // what dropout left
  util::AlignedBuffer<float> feature_values;
  std::vector<LayerState> layers;  // from the first hidden one to the output
  SparseState sparse;              // of the output's sparse part, if it has one
  size_t num_labels = 0;  // of the output's ids the first ones: the labels
};

}  // namespace slide::nn
