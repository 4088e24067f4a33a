// Workers: what the threads of a training run write to, one for each, and the
// sums over them after a join.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "nn/step.h"
#include "slide/trainer.h"
#include "util/aligned.h"

namespace slide::train {

// A cache line of its own for each, so that counting does not slow a neighbour.
struct alignas(util::kCacheLineBytes) Worker {
  explicit Worker(nn::Scratch own)
      : scratch(std::move(own)),
        num_with_active(scratch.selection.selection.capacity() + 1) {}

  // place: of the sample, for diverged_at. step: of the run.
  void Count(const nn::StepResult& result, uint64_t place, uint64_t step) {
    constexpr uint64_t kFirstSteps = 1000;
    if (step < kFirstSteps) {
      first_loss += result.loss;
      ++num_first;
    }
    num_active += result.num_active;
    if (result.num_active >= num_with_active.size()) {  // larger than expected
      num_with_active.resize(result.num_active + 1);
    }
    ++num_with_active[result.num_active];
    if (!std::isfinite(result.loss) && !diverged_at) diverged_at = place;
  }

  nn::Scratch scratch;
  double epoch_loss = 0.0;  // sum over this epoch's samples
  double first_loss = 0.0;  // sum over the first samples of the run
  uint64_t num_first = 0;
  uint64_t num_active = 0;  // sum over all samples
  // [number of active neurons], samples.
  std::vector<uint64_t> num_with_active;
  // Place of the first sample with a loss that is not finite.
  std::optional<uint64_t> diverged_at;
};

// Sums over all workers; plain, for a checkpoint.
struct WorkerTotals {
  double epoch_loss = 0.0;
  double first_loss = 0.0;
  uint64_t num_first = 0;
  uint64_t num_active = 0;
  std::vector<uint64_t> num_with_active;
  std::vector<double> seconds;  // of each nn::StepClock::Part
};

class Workers {
 public:
  // limits: of the samples to come.
  Workers(int num, const nn::Step& step, const nn::SampleLimits& limits) {
    for (int i = 0; i < num; ++i) {
      workers_.emplace_back(step.MakeScratch(limits));
    }
  }

  Worker& operator[](int i) noexcept {
    return workers_[static_cast<size_t>(i)];
  }

  void StartEpoch() noexcept {
    for (Worker& worker : workers_) worker.epoch_loss = 0.0;
  }

  double EpochLoss() const noexcept {
    double sum = 0.0;
    for (const Worker& worker : workers_) sum += worker.epoch_loss;
    return sum;
  }

  // Mean loss of the run's first samples; 0 before the first.
  double FirstLoss() const {
    const WorkerTotals totals = Totals();
    return totals.num_first == 0
               ? 0.0
               : totals.first_loss / static_cast<double>(totals.num_first);
  }

  uint64_t NumActive() const noexcept {
    uint64_t sum = 0;
    for (const Worker& worker : workers_) sum += worker.num_active;
    return sum;
  }

  // The number of active neurons that this share of the samples does not
  // exceed; 0 before the first sample.
  uint64_t ActivePercentile(double share) const {
    const std::vector<uint64_t> nums = Totals().num_with_active;
    const double wanted = share * static_cast<double>(std::accumulate(
                                      nums.begin(), nums.end(), uint64_t{0}));
    uint64_t sum = 0;
    for (size_t i = 0; i < nums.size(); ++i) {
      sum += nums[i];
      if (sum > 0 && static_cast<double>(sum) >= wanted) return i;
    }
    return 0;
  }

  WorkerTotals Totals() const {
    WorkerTotals totals;
    totals.seconds.resize(nn::StepClock::kNumParts);
    for (const Worker& worker : workers_) {
      totals.epoch_loss += worker.epoch_loss;
      totals.first_loss += worker.first_loss;
      totals.num_first += worker.num_first;
      totals.num_active += worker.num_active;
      const std::vector<uint64_t>& nums = worker.num_with_active;
      if (totals.num_with_active.size() < nums.size()) {
        totals.num_with_active.resize(nums.size());
      }
      std::ranges::transform(nums, totals.num_with_active,
                             totals.num_with_active.begin(), std::plus<>());
      for (size_t part = 0; part < totals.seconds.size(); ++part) {
        totals.seconds[part] += worker.scratch.clock.seconds(
            static_cast<nn::StepClock::Part>(part));
      }
    }
    return totals;
  }
  // The workers go on from there. Requires: they have counted nothing.
  void Restore(const WorkerTotals& totals) {
    Worker& worker = workers_.front();
    worker.epoch_loss = totals.epoch_loss;
    worker.first_loss = totals.first_loss;
    worker.num_first = totals.num_first;
    worker.num_active = totals.num_active;
    worker.num_with_active = totals.num_with_active;
    for (size_t part = 0; part < totals.seconds.size(); ++part) {
      worker.scratch.clock.AddSeconds(static_cast<nn::StepClock::Part>(part),
                                      totals.seconds[part]);
    }
  }

  std::optional<uint64_t> FirstDiverged() const noexcept {
    std::optional<uint64_t> first;
    for (const Worker& worker : workers_) {
      if (!worker.diverged_at) continue;
      first =
          std::min(first.value_or(*worker.diverged_at), *worker.diverged_at);
    }
    return first;
  }
  void ForgetDiverged() noexcept {
    for (Worker& worker : workers_) worker.diverged_at.reset();
  }

  // step_seconds of wall time, shared out as the timed steps were.
  void ShareOut(double step_seconds, PhaseSeconds& phases) const {
    using Clock = nn::StepClock;
    const std::vector<double> parts = Totals().seconds;
    const double total = std::accumulate(parts.begin(), parts.end(), 0.0);
    const double scale = total > 0.0 ? step_seconds / total : 0.0;
    phases.forward = scale * parts[Clock::kForward];
    phases.select = scale * parts[Clock::kSelect];
    phases.backward = scale * parts[Clock::kBackward];
  }

 private:
  std::vector<Worker> workers_;
};

}  // namespace slide::train
