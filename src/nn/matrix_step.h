// MatrixStep: a training step of a whole batch whose samples compute the same
// output neurons (batch_columns.h), by matrix products: with H the last hidden
// activations [samples, width] and W, b the rows of these neurons,
//
//   logits  Z = H W^T + b; the losses make of them the gradient G
//   input   dH = G W, with the rows as they are before the step
//   rows    dW = G^T H, and each row takes a step along its own
//
// Hidden layers go forward and back sample by sample, and their rows move once
// for all samples, as in batch_step.h. Neurons are taken in blocks: a block's
// weights, and the steps of its rows, happen in the cache. Blocks and sums have
// an order that does not depend on the threads, so the result is the same bit
// for bit for any number of them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "kernels/matrix.h"
#include "nn/batch_columns.h"
#include "nn/batch_step.h"
#include "nn/step.h"
#include "util/aligned.h"
#include "util/thread_team.h"

namespace slide::nn {

class MatrixStep {
 public:
  // negatives: of a batch (batch_columns.h). capacity: samples in a batch at
  // most. All arguments must outlive it. Requires: the last hidden layer is not
  // hashed. Throws: OutOfMemoryError.
  MatrixStep(const Step& step, const sampling::Selector& negatives,
             size_t capacity, int num_threads);

  // Output neurons in a block, of rows of this width.
  static size_t BlockRows(size_t width) noexcept;

  size_t capacity() const noexcept { return hidden_.capacity(); }
  SampleState& state(size_t slot) noexcept { return hidden_.state(slot); }
  const BatchColumns& columns() const noexcept { return columns_; }

  // A batch: Clear, Enter for each slot in [0, num), ComputeLogits, ComputeLoss
  // for each slot, Apply.
  //
  // Forgets the samples of the batch before.
  void Clear(size_t num) noexcept {
    std::fill_n(labels_.begin(), num, std::span<const uint32_t>());
  }
  // Brings a sample through the hidden layers. Arguments as of
  // Step::ForwardHidden. The sample's arrays must stay until Apply. Threads:
  // any number at once, each with its own slots and scratch.
  void Enter(size_t slot, const Sample& sample, util::Rng& rng,
             Scratch& scratch);
  // rng: draws the batch's negatives.
  void ComputeLogits(size_t num, util::Rng& rng, const util::ThreadTeam& team);
  // Threads: any number at once, each with its own slots; worker: which.
  StepResult ComputeLoss(size_t slot, int worker);
  // Moves the weights. key: as of BatchStep::Apply.
  void Apply(float learning_rate, size_t num, uint64_t key,
             const util::ThreadTeam& team);

 private:
  // Neighbouring columns.
  struct Block {
    size_t first;
    size_t size;
  };
  struct Thread {
    BatchColumns::Scratch loss;
    std::vector<float> weights;   // [block, width], where they are copied
    std::vector<float> gradient;  // [block, width]
    std::vector<float> sums;      // [block]
  };

  // Batches that draw their neurons have shapes that never come again; a
  // library that prepares for a shape would do it for nothing.
  Precision product_precision() const noexcept {
    return columns_.is_all() ? step_.network().options().precision
                             : Precision::kFp32;
  }
  size_t num_blocks() const noexcept;
  Block BlockAt(size_t i) const noexcept;
  // Calls f(i, thread) for i in [0, num), each once, on any thread.
  void ForEach(size_t num, const util::ThreadTeam& team,
               const std::function<void(size_t, Thread&)>& f);
  // The weights of a block: where they lie, or copied.
  kernels::ConstMatrix WeightsOf(const Block& block, Thread& own) const;
  kernels::ConstMatrix Inputs(size_t num) const noexcept {
    return {inputs_.data(), num, width_, width_};
  }
  std::span<float> Row(size_t slot) noexcept {
    return {values_.data() + slot * stride_, columns_.size()};
  }
  // A block of all rows' values.
  kernels::Matrix ValuesOf(const Block& block, size_t num) noexcept {
    return {values_.data() + block.first, num, block.size, stride_};
  }

  void ComputeInputGradients(size_t num, const util::ThreadTeam& team);
  // Brings a sample's gradient back through the hidden layers.
  void Backpropagate(size_t slot);
  void StepRows(const Block& block, size_t num, const kernels::RowStep& step,
                const util::Rng& rng, Thread& own);
  void StepPairs(float learning_rate, size_t num, const util::ThreadTeam& team);

  const Step& step_;
  const size_t width_;       // of the last hidden layer
  const size_t block_rows_;  // of a block that is not the last
  BatchStep hidden_;         // the states of the samples
  BatchColumns columns_;
  std::vector<std::span<const uint32_t>> labels_;  // [capacity]
  std::vector<float> sample_weights_;              // [capacity]
  util::AlignedBuffer<float> inputs_;              // [capacity, width]
  util::AlignedBuffer<float> input_gradients_;     // [capacity, width]
  util::AlignedBuffer<float> parts_;   // of their sums, [parts, num, width]
  util::AlignedBuffer<float> values_;  // logits, then gradients
  size_t stride_ = 0;                  // of their rows
  std::vector<Thread> threads_;
};

}  // namespace slide::nn
