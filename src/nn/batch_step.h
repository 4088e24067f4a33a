// BatchStep: a training step of a whole batch. Every sample goes forward and
// back with the weights as they are before the step, and leaves for each layer
// what moves its rows; then every row that any sample touches takes one step,
// along the sum of their gradients, by one thread. No two threads write the
// same memory, and each row's sum is taken in the order of the samples: the
// result is the same bit for bit for any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nn/propagate.h"
#include "util/aligned.h"
#include "util/thread_team.h"

namespace slide::nn {

class BatchStep {
 public:
  // capacity: samples in a batch at most.
  BatchStep(const NetworkCore& network, size_t capacity, int num_threads);

  // The gradient of a sample after Forward, which becomes number `slot` of the
  // batch. Threads: any number at once, each with its own slots and workspace.
  // Requires: slot < capacity.
  void Record(const NetworkCore& network, const StepOptions& options,
              size_t slot, Workspace& ws);

  // Moves the weights by the gradients in the slots [0, num). key: of the
  // rounding of bf16 weights; another one for each batch.
  // Requires: the team has num_threads threads.
  void Apply(NetworkCore& network, const StepOptions& options,
             float learning_rate, size_t num, uint64_t key,
             const util::ThreadTeam& team);

 private:
  // A sample's gradient by the weights of a layer: row rows[j] of them has
  // coefficients[j] times the vector.
  struct LayerGradient {
    std::vector<uint32_t> rows;
    std::vector<float> coefficients;
    std::vector<float> vector;
    // Where the vector's values belong, if they are not all of a row's.
    std::vector<uint32_t> ids;
  };

  // A row's share of a slot; a row's entries are a list.
  struct Entry {
    uint32_t slot;
    float coefficient;
    uint32_t next;  // place + 1 of the row's next entry; 0: none
  };

  // What a thread sums a row's gradient in.
  struct Scratch {
    std::vector<Entry> entries;
    std::vector<uint32_t> rows;  // that have any
    std::vector<float> sum;      // [widest row]
    // Of sparse gradients: where the sum is not 0, each place once; and the sum
    // there.
    std::vector<uint32_t> ids;
    std::vector<uint8_t> is_in_ids;  // [widest row]
    std::vector<float> values;
  };

  LayerGradient& At(size_t slot, size_t layer) noexcept {
    return gradients_[slot * num_layers_ + layer];
  }
  // Lists what the slots have for the rows that are `worker`'s.
  void ListRows(size_t layer, size_t num, size_t worker, size_t num_workers);
  void StepRow(Layer& layer, size_t number, uint32_t row,
               const kernels::RowStep& step, Scratch& scratch);
  void StepBias(Layer& layer, size_t number, size_t num,
                const kernels::RowStep& step, Scratch& scratch);

  size_t num_layers_;
  std::vector<LayerGradient> gradients_;  // [capacity, layers]
  // Of each layer's rows: place + 1 of the first entry, in the scratch of the
  // thread that the row belongs to; 0 between steps.
  std::vector<util::AlignedBuffer<uint32_t>> heads_;
  std::vector<Scratch> scratch_;  // one a thread
};

}  // namespace slide::nn
