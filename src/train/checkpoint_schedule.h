// CheckpointSchedule: when a run writes its next checkpoint. Writing may take a
// twentieth of the time at most, so the interval stretches with what the last
// one took.
#pragma once

#include <algorithm>

#include "slide/options/checkpoint.h"

namespace slide::train {

class CheckpointSchedule {
 public:
  // now: seconds of a clock that ascends; epochs: finished so far.
  CheckpointSchedule(const CheckpointInterval& every, double now, int epochs)
      : every_(every) {
    Plan(now, 0.0, epochs);
  }

  bool is_due(double now, int epochs) const noexcept {
    return now >= next_ && epochs >= next_epochs_;
  }

  // Plans the next one when one has ended, or has failed, that took so long.
  void Plan(double now, double seconds, int epochs) noexcept {
    const bool by_epochs = every_.epochs > 0;
    next_ = now + std::max(by_epochs ? 0.0 : every_.seconds, kTimes * seconds);
    next_epochs_ = by_epochs ? epochs + every_.epochs : 0;
  }

 private:
  // Times as long as a checkpoint is what lies between it and the next.
  static constexpr double kTimes = 19.0;

  CheckpointInterval every_;
  double next_ = 0.0;
  int next_epochs_ = 0;
};

}  // namespace slide::train
