// OnlineTrainer: training by single samples or batches, for programs with a
// loop of their own: samples that come from somewhere, orders and schedules
// that Trainer does not have, updates beside predictions. Example:
//
//   slide::OnlineTrainer trainer(network, options);
//   slide::OnlineTrainer::Worker worker = trainer.MakeWorker();  // in each
//   thread for (uint64_t i = 0; NextSample(&sample); ++i) {
//     worker.Train(sample, /*learning_rate=*/0.05, /*number=*/i);
//   }
//   ... and now and then, while no worker trains: trainer.RebuildTables();
//
// It has no checkpoints: where its loop is, only the loop knows. A network that
// is saved and loaded goes on with tables that are built anew.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "slide/dataset.h"
#include "slide/network.h"
#include "slide/options/train.h"

namespace slide {

// The loss and the active neurons of a training step.
struct OnlineResult {
  double loss = 0.0;      // the corrected estimate, before the step
  size_t num_active = 0;  // output neurons
};

// Threads: workers of one trainer may train at once, each on its own thread
// (HOGWILD); everything else one at a time, and while no worker trains.
// Trainers of different networks are independent.
class OnlineTrainer {
 public:
  // Builds the tables. Of the options, those of a single step are used: loss,
  // sampling, gradient_floor, clip_norm, dropout, what the optimizer takes,
  // seed; of the sparse part, if the network has one, learning_rate, its rate
  // where that of a step is `learning_rate` (or the optimizer's default); and
  // num_threads by RebuildTables and TrainBatch. like: samples such
  // as will come, which say how frequent labels are (random negatives), who is
  // a neighbour (max_neighbours), and what hashes are centered by; null: labels
  // are all alike and hashes centered as the network's training left them, at
  // first not at all. The network must outlive the trainer
  // and its workers. Throws: OptionsError, also for max_neighbours without
  // `like` or an update that is dense or sampled; DataError if `like` does not
  // fit the network; DivergedError for weights that are not finite.
  OnlineTrainer(Network& network, const TrainOptions& options,
                const Dataset* like = nullptr);
  OnlineTrainer(OnlineTrainer&&) noexcept;
  OnlineTrainer& operator=(OnlineTrainer&&) noexcept;
  ~OnlineTrainer();

  // The memory one thread trains with. Keeps its trainer's inside alive, not
  // the network.
  class Worker {
   public:
    // Takes one step at learning_rate, > 0, times each layer's own
    // (TrainOptions::layer_rates). number: names the step's random draws
    // together with the seed; give each step of the training another one, so
    // that no draws repeat. Throws: DataError for ids that do not ascend or do
    // not fit, values that are not finite, or no label, and nothing has
    // changed; DivergedError if the loss is not finite. Allocates only for a
    // sample with more labels, features or pairs of the sparse part than any
    // before.
    OnlineResult Train(const Sample& sample, double learning_rate,
                       uint64_t number);

    Worker(Worker&&) noexcept;
    Worker& operator=(Worker&&) noexcept;
    ~Worker();

   private:
    friend class OnlineTrainer;
    struct Impl;
    explicit Worker(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
  };
  Worker MakeWorker() const;

  // Takes one step along the summed gradients of the samples, each of which
  // names its draws by first_number and its place. The step is the same bit for
  // bit for any number of threads. Returns the sum over the samples.
  // Throws: as Train; DivergedError before any weight has moved.
  OnlineResult TrainBatch(std::span<const Sample> samples, double learning_rate,
                          uint64_t first_number);

  // Hashes the neurons as they are now. Tables that are never rebuilt lose
  // their worth as weights move; RebuildOptions has the intervals that Trainer
  // takes. Throws: DivergedError.
  void RebuildTables();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace slide
