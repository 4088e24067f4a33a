#include "train/engine.h"

#include <algorithm>
#include <atomic>

#include "train/setup.h"
#include "util/stopwatch.h"

namespace slide::train {
namespace {

// Samples a worker takes at a time: few enough that all end together, enough
// that the shared counter is no cost.
constexpr uint64_t kChunk = 16;
// One step in this many is timed by part.
constexpr uint64_t kTimedEvery = 16;

}  // namespace

HogwildEngine::HogwildEngine(const nn::Step& step,
                             const nn::SampleLimits& limits,
                             const util::ThreadTeam& team, Workers& workers)
    : step_(step), team_(team), workers_(workers) {
  for (int w = 0; w < team.size(); ++w) {
    states_.push_back(step.MakeState(limits));
  }
}

void HogwildEngine::Train(const SampleFeed& feed, uint64_t begin,
                          uint64_t end) {
  std::atomic<uint64_t> next = begin;
  team_.Run([&](int w, int) {
    Worker& worker = workers_[w];
    nn::SampleState& state = states_[static_cast<size_t>(w)];
    for (;;) {
      const uint64_t first = next.fetch_add(kChunk, std::memory_order_relaxed);
      if (first >= end) return;
      const uint64_t last = std::min(end, first + kChunk);
      for (uint64_t i = first; i < last; ++i) {
        const Sample sample = feed.SampleAt(i);
        if (sample.labels.empty()) continue;
        const SparseView following =
            i + 1 < last ? feed.SampleAt(i + 1).features : SparseView();
        util::Rng rng = feed.RngAt(i);
        worker.scratch.clock.Start(feed.StepAt(i) % kTimedEvery == 0);
        const nn::StepResult result = step_.Train(
            sample, following, feed.RateAt(i), rng, state, worker.scratch);
        worker.epoch_loss += result.loss;
        worker.Count(result, i, feed.StepAt(i));
      }
    }
  });
}

BatchedEngine::BatchedEngine(const nn::Step& step, uint64_t batch_size,
                             const util::Rng& rng, const util::ThreadTeam& team,
                             Workers& workers)
    : rng_(rng),
      team_(team),
      workers_(workers),
      batch_(step, batch_size, team.size()),
      results_(batch_size) {}

void BatchedEngine::Train(const SampleFeed& feed, uint64_t begin,
                          uint64_t end) {
  const uint64_t size = batch_.capacity();
  for (uint64_t first = begin; first < end; first += size) {
    if (!TrainBatch(feed, first, std::min(end, first + size))) return;
  }
}

bool BatchedEngine::TrainBatch(const SampleFeed& feed, uint64_t begin,
                               uint64_t end) {
  std::atomic<uint64_t> next = begin;
  team_.Run([&](int w, int) {
    Worker& worker = workers_[w];
    for (uint64_t i = next++; i < end; i = next++) {
      const Sample sample = feed.SampleAt(i);
      if (sample.labels.empty()) continue;
      util::Rng rng = feed.RngAt(i);
      worker.scratch.clock.Start(feed.StepAt(i) % kTimedEvery == 0);
      const nn::StepResult result =
          batch_.Record(i - begin, sample, rng, worker.scratch);
      results_[i - begin] = result;
      worker.Count(result, i, feed.StepAt(i));
    }
  });
  feed.ThrowIfDamaged();
  if (workers_.FirstDiverged()) return false;
  // Summed in the order of the samples, whichever thread had them.
  for (uint64_t i = begin; i < end; ++i) {
    workers_[0].epoch_loss += results_[i - begin].loss;
  }
  const uint64_t key =
      rng_.Stream(util::Purpose::kRounding, feed.StepAt(begin)).Next();
  const util::Stopwatch watch(apply_seconds_);
  batch_.Apply(feed.RateAt(begin), end - begin, key, team_);
  return true;
}

std::unique_ptr<Engine> MakeEngine(const TrainSetup& setup,
                                   const nn::SampleLimits& limits,
                                   Workers& workers) {
  if (setup.options.update == UpdateMode::kHogwild) {
    return std::make_unique<HogwildEngine>(setup.step, limits, setup.team,
                                           workers);
  }
  return std::make_unique<BatchedEngine>(
      setup.step, static_cast<uint64_t>(setup.options.batch_size), setup.rng,
      setup.team, workers);
}

}  // namespace slide::train
