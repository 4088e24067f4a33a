// Engine: brings samples to the weights. Trainer and OnlineTrainer choose the
// samples; an engine trains on them, with HOGWILD updates or batch by batch,
// each sample with its own active neurons or all with the same.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "nn/batch_step.h"
#include "nn/matrix_step.h"
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

// Moves the weights once after every batch_size samples. A batch with a loss
// that is not finite ends the call before it moves any weight.
class BatchEngine : public Engine {
 public:
  void Train(const SampleFeed& feed, uint64_t begin, uint64_t end) final;

  uint64_t batch_size() const noexcept { return results_.size(); }

 protected:
  // All arguments but rng must outlive it. rng: of the run.
  BatchEngine(uint64_t batch_size, const util::Rng& rng,
              const util::ThreadTeam& team, Workers& workers);

  // Brings the samples of a batch forward and notes the results. Those that are
  // damaged are left out; no weight moves by such a batch.
  virtual void Forward(const SampleFeed& feed, uint64_t begin,
                       uint64_t end) = 0;
  // Moves the weights by the first num samples of the batch. key: of the
  // rounding.
  virtual void Apply(float learning_rate, size_t num, uint64_t key) = 0;

  // Calls f(place, sample, w) for each sample, on any worker w.
  template <typename F>
  void ForEachSample(const SampleFeed& feed, uint64_t begin, uint64_t end,
                     F&& f) {
    std::atomic<uint64_t> next = begin;
    team_.Run([&](int w, int) {
      for (uint64_t i = next++; i < end; i = next++) {
        const Sample sample = feed.SampleAt(i);
        if (!sample.labels.empty()) f(i, sample, w);
      }
    });
  }
  // Notes the result of the sample in a slot, at this place.
  void Note(const SampleFeed& feed, size_t slot, uint64_t place,
            const nn::StepResult& result, int worker) {
    results_[slot] = result;
    workers_[worker].Count(result, place, feed.StepAt(place));
  }

  const util::Rng rng_;
  const util::ThreadTeam& team_;
  Workers& workers_;

 private:
  // Returns whether the weights were moved.
  bool TrainBatch(const SampleFeed& feed, uint64_t begin, uint64_t end);

  std::vector<nn::StepResult> results_;  // [batch_size]
};

// Each sample with its own active neurons (nn/batch_step.h).
class BatchedEngine final : public BatchEngine {
 public:
  // As of BatchEngine.
  BatchedEngine(const nn::Step& step, uint64_t batch_size, const util::Rng& rng,
                const util::ThreadTeam& team, Workers& workers)
      : BatchEngine(batch_size, rng, team, workers),
        batch_(step, batch_size, team.size()) {}

 private:
  void Forward(const SampleFeed& feed, uint64_t begin, uint64_t end) override;
  void Apply(float learning_rate, size_t num, uint64_t key) override {
    batch_.Apply(learning_rate, num, key, team_);
  }

  nn::BatchStep batch_;
};

// All with the same, by matrix products (nn/matrix_step.h).
class MatrixEngine final : public BatchEngine {
 public:
  // As of BatchEngine; negatives: of a batch. Throws: OutOfMemoryError.
  MatrixEngine(const nn::Step& step, const sampling::Selector& negatives,
               uint64_t batch_size, const util::Rng& rng,
               const util::ThreadTeam& team, Workers& workers)
      : BatchEngine(batch_size, rng, team, workers),
        batch_(step, negatives, batch_size, team.size()) {}

 private:
  void Forward(const SampleFeed& feed, uint64_t begin, uint64_t end) override;
  void Apply(float learning_rate, size_t num, uint64_t key) override {
    batch_.Apply(learning_rate, num, key, team_);
  }

  nn::MatrixStep batch_;
};

// The engine that the options name; unless that is hogwild, they are settled.
// limits: of the samples to come. All arguments must outlive it.
std::unique_ptr<Engine> MakeEngine(const TrainSetup& setup,
                                   const nn::SampleLimits& limits,
                                   Workers& workers);

}  // namespace slide::train
