// Trainer: shuffles, walks the samples with a team of threads (HOGWILD),
// rebuilds the tables on schedule, evaluates after every epoch, and reports
// through a callback.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "slide/buckets.h"
#include "slide/dataset.h"
#include "slide/metrics.h"
#include "slide/network.h"
#include "slide/options/train.h"

namespace slide {

namespace train {
struct TrainerAccess;
}

// The output layer's tables at some time of training; all zero without tables.
struct IndexReport {
  // Share of the ten highest logits that the tables return within the sampling
  // budget, over a sample of training points.
  double recall_at_10 = 0.0;
  // Share of the rows' bucket addresses that are others than at the last build,
  // by a sample of rows: how stale the tables are.
  double drift = 0.0;
  BucketOccupancy buckets;  // at the last build
};

// Results of one epoch.
struct EpochReport {
  int epoch = 0;            // from 1
  double train_loss = 0.0;  // mean over the epoch's samples, as they came
  double train_seconds = 0.0;
  std::optional<Metrics> test;  // when a test set was given
  // Active output neurons that half of the samples, and 99 % of them, did not
  // exceed, over the training so far.
  uint64_t active_p50 = 0;
  uint64_t active_p99 = 0;
  // Set with TrainOptions::index_reports.
  std::optional<IndexReport> index;
};

// Seconds of wall time by phase of training. Those of a training step are
// measured on every 16th sample and scaled to the time of the steps.
struct PhaseSeconds {
  double forward = 0.0;   // hidden layers, logits, loss
  double select = 0.0;    // hashing the input, reading the tables, random draws
  double backward = 0.0;  // gradients and the update of all touched rows
  double rebuild = 0.0;   // hashing neurons, building the tables
  // Rebuilds beside the steps, on a thread of their own: not a part of the
  // training time.
  double background = 0.0;
  double evaluate = 0.0;
};

// A look at running training, a few times a second, in evaluations too, and at
// the end of epochs.
struct Progress {
  int epoch = 0;  // from 1
  int num_epochs = 0;
  uint64_t epoch_samples_done = 0;
  uint64_t epoch_samples = 0;
  double samples_per_second = 0.0;  // over the training so far
  double loss = 0.0;                // mean of this epoch so far
  double active_mean = 0.0;         // active output neurons a sample, so far
  double learning_rate = 0.0;       // of the next sample
  double seconds_left = 0.0;        // training only, at the rate so far
  // Share of the samples that the evaluation of this epoch has done, while it
  // runs.
  std::optional<double> evaluated_share;
  // Set in the one call at the end of an epoch, after its evaluation.
  const EpochReport* finished_epoch = nullptr;
};

// Called on the thread that called Fit. Return false to stop training after
// the samples in flight, or an evaluation, whose epoch is then not among the
// finished ones though its steps are done.
using ProgressCallback = std::function<bool(const Progress&)>;

struct TrainReport {
  std::vector<EpochReport> epochs;  // finished ones
  bool stopped = false;             // by the callback
  // Mean loss of the run's first 1,000 samples: where training began.
  double first_loss = 0.0;
  uint64_t num_samples = 0;     // training samples in an epoch
  uint64_t num_unlabelled = 0;  // samples left out: they have no label
  int num_threads = 0;          // as used
  double train_seconds = 0.0;   // training steps and rebuilds
  double eval_seconds = 0.0;
  double samples_per_second = 0.0;  // over train_seconds
  double active_mean = 0.0;         // active output neurons a sample
  uint64_t active_p50 = 0;          // half of the samples had no more
  uint64_t active_p99 = 0;          // 99 % of them had no more
  uint64_t num_rebuilds = 0;        // after the first build
  IndexReport index;                // after the last step
  PhaseSeconds phases;
};

// Whether a network guesses worse than the popularity guess: whether its
// precision at the first cut is lower. Such a network has learnt nothing.
bool IsBelowGuess(const Metrics& metrics, const Metrics& popularity) noexcept;

// Holds the options; Fit may be called again to go on training with the same
// network. Threads: one Fit at a time for each network; trainers of different
// networks are independent.
class Trainer {
 public:
  // The network must outlive the trainer. Throws: OptionsError.
  Trainer(Network& network, const TrainOptions& options);

  // Trains for options.epochs passes over the labelled samples of `train`, in a
  // new seeded order each. test: evaluated after every epoch; may be null.
  // Throws: OptionsError; DataError when the data does not fit the network, no
  // sample has a label, or a sample of a cache is damaged; DivergedError when
  // the loss is no longer finite, or at the end of an epoch a weight, or
  // anything that the optimizer keeps. Exceptions of the callback come through,
  // with the network as it was then.
  TrainReport Fit(const Dataset& train, const Dataset* test = nullptr,
                  const ProgressCallback& callback = {});

 private:
  friend struct train::TrainerAccess;

  Network& network_;
  TrainOptions options_;
  uint64_t samples_between_looks_ =
      0;  // 0: as many as take a fifth of a second
};

}  // namespace slide
