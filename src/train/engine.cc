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

BatchEngine::BatchEngine(uint64_t batch_size, const util::Rng& rng,
                         const util::ThreadTeam& team, Workers& workers)
    : rng_(rng), team_(team), workers_(workers), results_(batch_size) {}

void BatchEngine::Train(const SampleFeed& feed, uint64_t begin, uint64_t end) {
  for (uint64_t first = begin; first < end; first += batch_size()) {
    if (!TrainBatch(feed, first, std::min(end, first + batch_size()))) return;
  }
}

bool BatchEngine::TrainBatch(const SampleFeed& feed, uint64_t begin,
                             uint64_t end) {
  Forward(feed, begin, end);
  feed.ThrowIfDamaged();
  if (workers_.FirstDiverged()) return false;
  // Summed in the order of the samples, whichever thread had them.
  for (uint64_t i = begin; i < end; ++i) {
    workers_[0].epoch_loss += results_[i - begin].loss;
  }
  const uint64_t key =
      rng_.Stream(util::Purpose::kRounding, feed.StepAt(begin)).Next();
  const util::Stopwatch watch(apply_seconds_);
  Apply(feed.RateAt(begin), end - begin, key);
  return true;
}

void BatchedEngine::Forward(const SampleFeed& feed, uint64_t begin,
                            uint64_t end) {
  ForEachSample(
      feed, begin, end, [&](uint64_t place, const Sample& sample, int w) {
        util::Rng rng = feed.RngAt(place);
        nn::Scratch& scratch = workers_[w].scratch;
        scratch.clock.Start(feed.StepAt(place) % kTimedEvery == 0);
        const size_t slot = place - begin;
        Note(feed, slot, place, batch_.Record(slot, sample, rng, scratch), w);
      });
}

void MatrixEngine::Forward(const SampleFeed& feed, uint64_t begin,
                           uint64_t end) {
  nn::StepClock& clock = workers_[0].scratch.clock;
  clock.Start(true);
  const size_t num = end - begin;
  batch_.Clear(num);
  ForEachSample(feed, begin, end,
                [&](uint64_t place, const Sample& sample, int w) {
                  util::Rng rng = feed.RngAt(place);
                  batch_.Enter(place - begin, sample, rng, workers_[w].scratch);
                });
  util::Rng rng =
      rng_.Stream(util::Purpose::kBatchNegatives, feed.StepAt(begin));
  batch_.ComputeLogits(num, rng, team_);
  ForEachSample(feed, begin, end, [&](uint64_t place, const Sample&, int w) {
    const size_t slot = place - begin;
    Note(feed, slot, place, batch_.ComputeLoss(slot, w), w);
  });
  clock.Mark(nn::StepClock::kForward);
}

std::unique_ptr<Engine> MakeEngine(const TrainSetup& setup,
                                   const nn::SampleLimits& limits,
                                   Workers& workers) {
  const UpdateMode update = setup.options.update.value_or(UpdateMode::kHogwild);
  if (update == UpdateMode::kHogwild) {
    return std::make_unique<HogwildEngine>(setup.step, limits, setup.team,
                                           workers);
  }
  const auto batch_size = static_cast<uint64_t>(*setup.options.batch_size);
  if (update == UpdateMode::kBatched) {
    return std::make_unique<BatchedEngine>(setup.step, batch_size, setup.rng,
                                           setup.team, workers);
  }
  // Its arrays are as long as a batch, which may be longer than the data.
  const uint64_t capacity =
      std::min(batch_size, std::max<uint64_t>(1, setup.data.size()));
  // The products of a small batch take less time than it takes another thread
  // to wake up, and results are the same with any number.
  constexpr uint64_t kMinShared = uint64_t{16} << 20;  // multiplications
  static const util::ThreadTeam one(1);
  const uint64_t num_columns = std::min<uint64_t>(
      setup.network.num_labels(),
      setup.batch_negatives.MaxActive(capacity * limits.max_labels));
  const bool is_small =
      capacity * num_columns * setup.network.hidden_width() < kMinShared;
  return std::make_unique<MatrixEngine>(setup.step, setup.batch_negatives,
                                        capacity, setup.rng,
                                        is_small ? one : setup.team, workers);
}

}  // namespace slide::train
