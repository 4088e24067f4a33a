// TrainDense: a run of DenseSoftmax that can stand beside one of slide's
// Trainer: the same order of the samples, decay of the rate, losses and
// metrics.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "slide/dataset.h"
#include "slide/metrics.h"
#include "slide/options.h"

namespace slide::bench {

struct DenseOptions {
  int epochs = 5;       // >= 1
  int num_threads = 1;  // of the matrix products, >= 1
  Loss loss = Loss::kDecoupled;
  // Over all samples of all epochs it rises from 0 in the first warmup_share of
  // them, then falls linearly from this value to final_rate_share of it.
  double learning_rate = 0.12;
  double final_rate_share = 0.02;
  double warmup_share = 0.1;
  int hidden = 128;    // neurons, >= 1
  size_t batch = 256;  // samples in a step, >= 1
  // Seeds the weights and the order of the samples.
  uint64_t seed = 1;
  // Looks at the test set in an epoch, >= 1.
  size_t looks = 1;

  void Validate() const;  // Throws: OptionsError naming the field.
};

// The state of a training at one evaluation on the test set.
struct DenseLook {
  double epochs = 0.0;         // trained so far
  double train_seconds = 0.0;  // of steps alone
  Metrics test;
};

// Trains a new net on the samples with labels and calls on_look as often as
// options.looks says, at the end of each epoch in any case. Returns the seconds
// of training a sample. Throws: OptionsError; DataError when train has no
// labelled sample or test more features than train.
double TrainDense(const Dataset& train, const Dataset& test,
                  const DenseOptions& options,
                  const std::function<void(const DenseLook&)>& on_look);

}  // namespace slide::bench
