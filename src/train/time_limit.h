// TimeLimit: the wall time that a run has taken and may take.
#pragma once

#include <algorithm>
#include <chrono>
#include <limits>

#include "slide/options/train.h"

namespace slide::train {

class TimeLimit {
 public:
  // seconds: that the run has taken already. Its time goes on now.
  TimeLimit(const TrainOptions& options, double seconds)
      : limit_(options.time_limit.count()),
        begin_(Clock::now() - std::chrono::duration_cast<Clock::duration>(
                                  std::chrono::duration<double>(seconds))) {}

  double seconds() const {
    return std::chrono::duration<double>(Clock::now() - begin_).count();
  }
  // 0 or less: none are left.
  double seconds_left() const {
    return limit_ > 0.0 ? limit_ - seconds()
                        : std::numeric_limits<double>::infinity();
  }
  bool is_over() const { return seconds_left() <= 0.0; }
  // The share of the time that has gone, 0..1; 0 without a limit.
  double share() const {
    return limit_ > 0.0 ? std::min(1.0, seconds() / limit_) : 0.0;
  }

 private:
  using Clock = std::chrono::steady_clock;

  double limit_;  // 0: none
  Clock::time_point begin_;
};

}  // namespace slide::train
