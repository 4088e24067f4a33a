// Workers: what the threads of a training run write to, one for each, and the
// sums over them after a join.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "nn/workspace.h"
#include "slide/trainer.h"
#include "util/aligned.h"

namespace slide::train {

// A cache line of its own for each, so that counting does not slow a neighbour.
struct alignas(util::kCacheLineBytes) Worker {
  explicit Worker(nn::Workspace own)
      : workspace(std::move(own)),
        num_with_active(workspace.active.ids.capacity() + 1) {}

  nn::Workspace workspace;
  double epoch_loss = 0.0;  // sum over this epoch's samples
  uint64_t num_active = 0;  // sum over all samples
  // [number of active neurons], samples.
  util::AlignedBuffer<uint64_t> num_with_active;
  // Place in the epoch of the first sample with a loss that is not finite.
  std::optional<uint64_t> diverged_at;
};

class Workers {
 public:
  Workers() = default;
  Workers(int num, const nn::NetworkCore& network,
          const sampling::Selector& selector, const nn::StepOptions& options,
          const nn::SampleLimits& limits) {
    for (int i = 0; i < num; ++i) {
      workers_.emplace_back(nn::Workspace(network, selector, options, limits));
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

  uint64_t NumActive() const noexcept {
    uint64_t sum = 0;
    for (const Worker& worker : workers_) sum += worker.num_active;
    return sum;
  }

  // The number of active neurons that this share of the samples does not
  // exceed; 0 before the first sample.
  uint64_t ActivePercentile(double share) const noexcept {
    if (workers_.empty()) return 0;
    const auto samples_with = [this](size_t num_active) {
      uint64_t sum = 0;
      for (const Worker& worker : workers_) {
        sum += worker.num_with_active[num_active];
      }
      return sum;
    };
    const size_t size = workers_.front().num_with_active.size();
    uint64_t total = 0;
    for (size_t i = 0; i < size; ++i) total += samples_with(i);
    const double wanted = share * static_cast<double>(total);
    uint64_t sum = 0;
    for (size_t i = 0; i < size; ++i) {
      sum += samples_with(i);
      if (sum > 0 && static_cast<double>(sum) >= wanted) return i;
    }
    return 0;
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

  // step_seconds of wall time, shared out as the timed steps were.
  void ShareOut(double step_seconds, PhaseSeconds& phases) const noexcept {
    using Clock = nn::StepClock;
    double parts[Clock::kNumParts] = {};
    double total = 0.0;
    for (const Worker& worker : workers_) {
      for (int part = 0; part < Clock::kNumParts; ++part) {
        const double seconds =
            worker.workspace.clock.seconds(static_cast<Clock::Part>(part));
        parts[part] += seconds;
        total += seconds;
      }
    }
    const double scale = total > 0.0 ? step_seconds / total : 0.0;
    phases.forward = scale * parts[Clock::kForward];
    phases.select = scale * parts[Clock::kSelect];
    phases.backward = scale * parts[Clock::kBackward];
  }

 private:
  std::vector<Worker> workers_;
};

}  // namespace slide::train
