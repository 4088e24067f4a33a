// Trainer: shuffles, walks the samples with a team of threads (HOGWILD),
// rebuilds the tables on schedule, evaluates after every epoch, and reports
// through a callback. With a validation set the best epoch's network is what is
// left, and training may end early.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "slide/buckets.h"
#include "slide/dataset.h"
#include "slide/loss_weights.h"
#include "slide/metrics.h"
#include "slide/network.h"
#include "slide/options/checkpoint.h"
#include "slide/options/train.h"

namespace slide {

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
  int epoch = 0;  // from 1
  // Mean over the epoch's samples, as they came; all of them, unless
  // TrainOptions::time_limit has ended the epoch.
  double train_loss = 0.0;
  double train_seconds = 0.0;
  std::optional<Metrics> test;        // when a test set was given
  std::optional<Metrics> validation;  // when a validation set was given
  // With a validation set: no epoch before was as good on it.
  bool is_best = false;
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
  double checkpoint = 0.0;  // writing checkpoints; no part of training time
};

// A checkpoint that was written, or could not be.
struct CheckpointReport {
  std::string path;
  uint64_t num_bytes = 0;
  double seconds = 0.0;  // that training waited for it
  // Why it could not be written, with the path; what was there before stays,
  // and training tries again when the next one is due. Empty: it was written.
  std::string failure = {};
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
  // Training only, at the rate so far, or what the time limit leaves.
  double seconds_left = 0.0;
  // Share of the samples that the evaluation of this epoch has done, while it
  // runs.
  std::optional<double> evaluated_share;
  // Set in the one call at the end of an epoch, after its evaluation.
  const EpochReport* finished_epoch = nullptr;
  // Set in the one call after a checkpoint was written, or could not be.
  const CheckpointReport* checkpoint = nullptr;
};

// Called on the thread that called Fit. Return false to stop training after
// the samples in flight, or an evaluation, whose epoch is then not among the
// finished ones though its steps are done.
using ProgressCallback = std::function<bool(const Progress&)>;

struct TrainReport {
  std::vector<EpochReport> epochs;  // finished ones
  bool stopped = false;             // by the callback
  // With a validation set: the epoch with the largest mean of P@k on it, of
  // equals the first; 0: none, or none was finished. Unless the callback
  // stopped the run, the network is as it was then.
  int best_epoch = 0;
  bool stopped_early = false;   // by TrainOptions::patience
  bool is_out_of_time = false;  // ended by TrainOptions::time_limit
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
  IndexReport index;  // after the last step, whichever epoch was the best
  uint64_t num_checkpoints = 0;  // written
  // The last one that was written, or could not be, by this call.
  std::optional<CheckpointReport> checkpoint;
  PhaseSeconds phases;
};

// Mean of P@k over the cuts; 0 without any.
double MeanPrecision(const Metrics& metrics) noexcept;

// Whether a network guesses worse than the popularity guess: whether its
// precision at the first cut is lower. Such a network has learnt nothing.
bool IsBelowGuess(const Metrics& metrics, const Metrics& popularity) noexcept;

// Data sets beside the one that is trained on; each may be null.
struct EvaluationSets {
  // Evaluated after every epoch; decides nothing.
  const Dataset* test = nullptr;
  // Evaluated too, and decides which epoch is the best
  // (TrainReport::best_epoch) and, with TrainOptions::patience, when training
  // ends. slide/held_out.h makes one out of a training set.
  const Dataset* validation = nullptr;
};

// Holds the options; Fit may be called again to go on training with the same
// network. Threads: one Fit at a time for each network; trainers of different
// networks are independent.
class Trainer {
 public:
  // weights: of the training set that Fit gets and of the network's labels;
  // losses that are reported are weighted, and means over the samples all the
  // same. The network must outlive the trainer. Throws: OptionsError.
  Trainer(Network& network, const TrainOptions& options,
          LossWeights weights = {});

  // Trains for options.epochs passes over the labelled samples of `train`, in a
  // new seeded order each. A network that was trained before is trained on, as
  // it is; its sparse part gets the pairs of this data. With a validation set,
  // the network is at the end what it was after the best epoch, with the
  // optimizer's state, and its sparse part has the weight that suits it
  // (SparsePartOptions::weight); a run that the callback stops leaves it as it
  // is then. Evaluations change nothing else. Memory: with a validation set and
  // several epochs, a copy of all rows. Throws: OptionsError, for patience
  // without a validation set too; DataError when the data does not fit the
  // network, or the weights do not fit either, no sample has a label, or a
  // sample of a cache is damaged;
  // OutOfMemoryError; DivergedError when the loss is no longer finite, or at
  // the end of an epoch a weight, or anything that the optimizer keeps. These
  // and exceptions of the callback come with the network as it was then.
  //
  // checkpoints: the run writes its whole state to a file now and then, between
  // samples, and before it returns, so that Resume goes on from there. One that
  // cannot be written is told to the callback, or at the end in
  // TrainReport::checkpoint, and costs nothing else. Throws OptionsError where
  // one would take the place of a file that is no checkpoint. Cost: reads the
  // data once more. Memory: none of the network's size.
  TrainReport Fit(const Dataset& train, const EvaluationSets& sets,
                  const ProgressCallback& callback = {},
                  const CheckpointOptions& checkpoints = {});
  // The same with a test set, which may be null, and no validation set.
  TrainReport Fit(const Dataset& train, const Dataset* test = nullptr,
                  const ProgressCallback& callback = {}) {
    return Fit(train, EvaluationSets{.test = test}, callback);
  }

  // Goes on with the run that wrote the checkpoint at `path`, as if it had
  // never ended: batched, or on one thread, with the same bits (not with tables
  // that are built in the background). The network becomes that of the
  // checkpoint, whatever it was; the report has the epochs and the time before,
  // too. The options must be those of the run, but for num_threads and
  // index_reports, the network's too, and so must the data sets, the weights
  // and this version of the library. An ended run is only reported again.
  // Throws: ModelFileError for a file that is damaged or no checkpoint,
  // OptionsError and DataError naming what is different, and the network is
  // then as it was, unless the file was forged; otherwise as Fit.
  TrainReport Resume(const std::string& path, const Dataset& train,
                     const EvaluationSets& sets,
                     const ProgressCallback& callback = {},
                     const CheckpointOptions& checkpoints = {});

 private:
  // Fits, or resumes from the checkpoint at a path that is not null.
  TrainReport Run(const std::string* resumed, const Dataset& train,
                  const EvaluationSets& sets, const ProgressCallback& callback,
                  const CheckpointOptions& checkpoints);

  Network& network_;
  TrainOptions options_;
  LossWeights weights_;
};

}  // namespace slide
