// When a training run does what, counted in samples: the learning rate
// and the rebuilds of the hash tables.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "slide/options/train.h"

namespace slide::train {

// The learning rate before each sample: rises linearly over the warm-up, then
// goes from `rate` to final_rate_share of it (TrainOptions).
class RateSchedule {
 public:
  RateSchedule(const TrainOptions& options, double rate, uint64_t num_samples)
      : schedule_(options.schedule),
        rate_(rate),
        final_share_(options.final_rate_share),
        warmup_(options.warmup_share * static_cast<double>(num_samples)),
        rest_(std::max(1.0, static_cast<double>(num_samples) - warmup_)) {}

  double at(uint64_t sample) const noexcept {
    const auto i = static_cast<double>(sample);
    if (i < warmup_) return rate_ * (i + 1.0) / (warmup_ + 1.0);
    const double progress = (i - warmup_) / rest_;
    switch (schedule_) {
      case Schedule::kConstant:
        return rate_;
      case Schedule::kLinear:
        return rate_ * (1.0 - (1.0 - final_share_) * progress);
      case Schedule::kCosine:
        return rate_ * (final_share_ +
                        (1.0 - final_share_) * 0.5 *
                            (1.0 + std::cos(std::numbers::pi * progress)));
    }
    return rate_;
  }

 private:
  Schedule schedule_;
  double rate_;
  double final_share_;
  double warmup_;  // samples
  double rest_;    // behind them
};

// The i-th rebuild (from 0) comes every * exp(decay * i) samples after the
// build before it (section 3.1.3 of the SLIDE paper), or earlier if the tables
// drift.
class RebuildSchedule {
 public:
  // Requires: options.every is set.
  explicit RebuildSchedule(const RebuildOptions& options) : options_(options) {
    Plan(0);
  }

  // The number of samples after which the next rebuild is due.
  uint64_t next() const noexcept { return next_; }
  // The number of samples after which there is something to do: to rebuild, or
  // to look at the drift.
  uint64_t next_event() const noexcept { return std::min(next_, next_check_); }
  uint64_t num_rebuilds() const noexcept { return num_rebuilds_; }
  // Whether the tables have drifted so far that they are rebuilt before time.
  bool is_too_far(double drift) const noexcept {
    return drift > options_.drift_limit;
  }

  // A rebuild comes now, after so many samples.
  void Advance(uint64_t now) noexcept {
    ++num_rebuilds_;
    Plan(now);
  }
  // The drift was looked at.
  void AdvanceCheck() noexcept { next_check_ += check_interval_; }

 private:
  static constexpr uint64_t kChecks = 8;

  void Plan(uint64_t now) noexcept {
    const double interval =
        static_cast<double>(*options_.every) *
        std::exp(options_.decay * static_cast<double>(num_rebuilds_));
    // Beyond this no run gets; a sum of two such still fits.
    constexpr double kNever = 0x1p62;
    const double next = static_cast<double>(now) + interval;
    next_ = static_cast<uint64_t>(std::min(kNever, next));
    check_interval_ = std::max<uint64_t>(1, (next_ - now) / kChecks);
    next_check_ = options_.drift_limit < 1.0 ? now + check_interval_ : next_;
  }

  RebuildOptions options_;
  uint64_t next_ = 0;
  uint64_t next_check_ = 0;
  uint64_t check_interval_ = 0;
  uint64_t num_rebuilds_ = 0;
};

}  // namespace slide::train
