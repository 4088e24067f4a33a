// BatchStep: a training step of a whole batch. Every sample goes forward and
// back with the weights as they are before the step and waits in a state of its
// own; then every row that any sample touches takes one step, along the sum of
// their gradients, by one thread. No two threads write the same memory, and
// each row's sum is taken in the order of the samples: the result is the same
// bit for bit for any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nn/step.h"
#include "util/aligned.h"
#include "util/thread_team.h"

namespace slide::nn {

class BatchStep {
 public:
  // capacity: samples in a batch at most. The step must outlive it.
  BatchStep(const Step& step, size_t capacity, int num_threads);

  size_t capacity() const noexcept { return states_.size(); }
  // Returns the state of the sample in a slot.
  SampleState& state(size_t slot) noexcept { return states_[slot]; }

  // Brings a sample forward and its gradient back; it becomes number `slot` of
  // the batch. Arguments as of Step::Forward. Threads: any number at once, each
  // with its own slots and scratch. Requires: slot < capacity.
  StepResult Record(size_t slot, const Sample& sample, util::Rng& rng,
                    Scratch& scratch);

  // Moves the weights by the samples in the slots [0, num). key: of the
  // rounding of bf16 weights; another one for each batch.
  // Requires: the team has num_threads threads.
  void Apply(float learning_rate, size_t num, uint64_t key,
             const util::ThreadTeam& team);
  // Does what Apply does, for the hidden layers alone: whatever brought the
  // samples in the slots forward and back through these.
  void ApplyHidden(float learning_rate, size_t num, uint64_t key,
                   const util::ThreadTeam& team);

 private:
  // A sample's gradient by the weights of a layer: row rows[j] of them has
  // coefficients[j] times the vector, whose values belong to `ids` if they are
  // not all of a row's.
  struct LayerGradient {
    std::span<const uint32_t> rows;
    std::span<const float> coefficients;
    std::span<const float> vector;
    std::span<const uint32_t> ids;
  };

  // A row's share of a slot; a row's entries are a list.
  struct Entry {
    uint32_t slot;
    float coefficient;
    uint32_t next;  // place + 1 of the row's next entry; 0: none
  };

  // The memory one thread sums a row's gradient in.
  struct RowSum {
    std::vector<Entry> entries;
    std::vector<uint32_t> rows;  // that have any
    std::vector<float> sum;      // [widest row]
    // Sparse gradients only: the places where the sum is not 0, each once, and
    // the sums there.
    std::vector<uint32_t> ids;
    std::vector<uint8_t> is_in_ids;  // [widest row]
    std::vector<float> values;
    std::vector<float> steps;  // of a sample's active labels; sparse part only
  };

  // Moves the rows of the first layers that are `worker`'s.
  void StepLayers(size_t num_layers, float learning_rate, size_t num,
                  const util::Rng& rng, size_t worker, size_t num_workers);
  LayerGradient GradientOf(size_t slot, size_t layer) const noexcept;
  // Lists the entries of the slots for the rows that are `worker`'s.
  void ListRows(size_t layer, size_t num, size_t worker, size_t num_workers);
  // number: of the layer.
  void StepRow(size_t number, uint32_t row, const kernels::RowStep& step,
               RowSum& sums);
  // Moves the pairs of the sparse part whose labels are `worker`'s.
  void StepPairs(size_t num, float learning_rate, size_t worker,
                 size_t num_workers);
  void StepBias(size_t number, size_t num, const kernels::RowStep& step,
                RowSum& sums);

  const Step& step_;
  std::vector<SampleState> states_;  // [capacity]
  // For each row of each layer: place + 1 of its first entry, in the sums of
  // the thread that the row belongs to; 0 between steps.
  std::vector<util::AlignedBuffer<uint32_t>> heads_;
  std::vector<RowSum> sums_;  // one a thread
};

}  // namespace slide::nn
