// BatchColumns: the output neurons that all samples of a batch compute
// together, a column each: the negatives that are drawn once for the batch,
// then those of the samples' labels that are not among them. A sample's own
// labels are its labels wherever they are, no negatives of it (accidental hits
// are left out); the labels of others that were not drawn are nothing to it.
// With all neurons drawn that is the full softmax; with fewer, sampled softmax
// with shared negatives (Jean et al. 2015), as TensorFlow has it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/pair_lists.h"
#include "nn/loss.h"
#include "sampling/selector.h"
#include "slide/options/train.h"
#include "util/aligned.h"
#include "util/rng.h"

namespace slide::nn {

class BatchColumns {
 public:
  // negatives: selects those of a batch, from nothing but random numbers; it
  // must outlive this.
  BatchColumns(size_t num_neurons, const sampling::Selector& negatives);

  // Draws the columns of a batch with these labels of its samples.
  void Draw(std::span<const std::span<const uint32_t>> labels, util::Rng& rng);

  size_t size() const noexcept { return ids().size(); }
  // The neurons, in the order of the columns.
  std::span<const uint32_t> ids() const noexcept {
    return scratch_.selection.ids().ids();
  }
  // Whether column n is neuron n, for all neurons.
  bool is_all() const noexcept { return num_negatives_ == num_neurons_; }
  // The columns as the sparse part finds them.
  kernels::ActiveIds active() const noexcept {
    return {scratch_.selection.ids().bits(), columns_};
  }

  // One thread's memory for the loss of a sample.
  struct Scratch {
    std::vector<uint32_t> own;  // the sample's labels among the negatives
    // One for each of the sample's labels, then for its negatives.
    std::vector<float> logits, corrections, gradient;
  };
  // Starts a sample with these labels. Returns its active neurons.
  size_t Start(std::span<const uint32_t> labels, Scratch& scratch) const;
  // Returns the loss of the sample that was started, with its labels in
  // `weights`; its logits become the gradient by them. row [size()].
  double ComputeLoss(Loss loss, const LabelWeights& weights,
                     std::span<float> row, Scratch& scratch) const;

 private:
  const size_t num_neurons_;
  const sampling::Selector& negatives_;
  sampling::Selector::Scratch scratch_;
  size_t num_negatives_ = 0;
  util::AlignedBuffer<uint32_t> columns_;  // of each neuron that has one
};

}  // namespace slide::nn
