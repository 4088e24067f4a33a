// Engine: brings samples to the weights. Trainer and OnlineTrainer choose the
// samples; an engine trains on them, with HOGWILD updates or batch by batch.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "nn/batch_step.h"
#include "nn/step.h"
#include "slide/dataset.h"
#include "train/workers.h"
#include "util/rng.h"
#include "util/thread_team.h"

namespace slide::train {

// The samples that a trainer has chosen, by their places in its order.
// Threads: any number ask at once.
class SampleFeed {
 public:
  virtual ~SampleFeed() = default;

  // Returns a sample. One without labels is damaged, and left out.
  virtual Sample SampleAt(uint64_t place) const noexcept = 0;
  // The random numbers of a step on it.
  virtual util::Rng RngAt(uint64_t place) const noexcept = 0;
  virtual float RateAt(uint64_t place) const noexcept = 0;
  // Names the step among all of the run.
  virtual uint64_t StepAt(uint64_t place) const noexcept = 0;
  // Called before weights move by a batch. Throws: what is wrong with a sample
  // that was asked for.
  virtual void ThrowIfDamaged() const = 0;
};

struct TrainSetup;

class Engine {
 public:
  virtual ~Engine() = default;

  // Trains on the places [begin, end) of the feed. Losses and counts go to the
  // workers; one that is not finite is noted there. Throws: what
  // feed.ThrowIfDamaged() throws.
  virtual void Train(const SampleFeed& feed, uint64_t begin, uint64_t end) = 0;

  // Wall time of moving weights outside of any worker's step.
  double apply_seconds() const noexcept { return apply_seconds_; }
  void AddApplySeconds(double seconds) noexcept { apply_seconds_ += seconds; }

 protected:
  double apply_seconds_ = 0.0;
};

// Each sample at once, by whichever thread is free, without locks.
class HogwildEngine final : public Engine {
 public:
  // All arguments must outlive it; limits: of the samples to come.
  HogwildEngine(const nn::Step& step, const nn::SampleLimits& limits,
                const util::ThreadTeam& team, Workers& workers);

  void Train(const SampleFeed& feed, uint64_t begin, uint64_t end) override;

 private:
  const nn::Step& step_;
  const util::ThreadTeam& team_;
  Workers& workers_;
  std::vector<nn::SampleState> states_;  // one a worker
};

// Moves each touched row once after every batch_size samples. A batch with a
// loss that is not finite ends the call before it moves any weight.
class BatchedEngine final : public Engine {
 public:
  // All arguments but rng must outlive it. rng: of the run.
  BatchedEngine(const nn::Step& step, uint64_t batch_size, const util::Rng& rng,
                const util::ThreadTeam& team, Workers& workers);

  void Train(const SampleFeed& feed, uint64_t begin, uint64_t end) override;

  uint64_t batch_size() const noexcept { return batch_.capacity(); }

 private:
  // Returns whether the weights were moved.
  bool TrainBatch(const SampleFeed& feed, uint64_t begin, uint64_t end);

  const util::Rng rng_;
  const util::ThreadTeam& team_;
  Workers& workers_;
  nn::BatchStep batch_;
  std::vector<nn::StepResult> results_;  // [batch_size]
};

// The engine that the options name. limits: of the samples to come. All
// arguments must outlive it.
std::unique_ptr<Engine> MakeEngine(const TrainSetup& setup,
                                   const nn::SampleLimits& limits,
                                   Workers& workers);

}  // namespace slide::train
