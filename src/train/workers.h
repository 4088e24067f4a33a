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
  explicit Worker(nn::Workspace own) : workspace(std::move(own)) {}

  nn::Workspace workspace;
  double epoch_loss = 0.0;  // sum over this epoch's samples
  uint64_t num_active = 0;  // sum over all samples
  // Place in the epoch of the first sample with a loss that is not finite.
  std::optional<uint64_t> diverged_at;
};

class Workers {
 public:
  Workers() = default;
  Workers(int num, const nn::NetworkCore& network, const nn::Selector& selector,
          size_t max_labels) {
    for (int i = 0; i < num; ++i) {
      workers_.emplace_back(nn::Workspace(network, selector, max_labels));
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
