// Schedules of a training run, counted in samples: the learning rate and the
// rebuilds of the hash tables.
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

// The position of a schedule of rebuilds, counted in samples; plain, for a
// checkpoint.
struct RebuildState {
  uint64_t next = 0;        // the next rebuild is due after so many
  uint64_t next_check = 0;  // and the next look at the drift
  uint64_t check_interval = 0;
  uint64_t num_rebuilds = 0;  // begun so far
  uint64_t num_ended = 0;     // of these
  // Time that training waited for builds, and that of builds beside the steps.
  double pause_seconds = 0.0;
  double background_seconds = 0.0;

  // Whether there is a plan, and so a first build was made.
  bool has_begun() const noexcept { return next != 0; }
};

// The i-th rebuild (from 0) comes every * exp(decay * i) samples after the
// build before it (section 3.1.3 of the SLIDE paper), or earlier if the tables
// drift.
class RebuildSchedule {
 public:
  // state: goes on from there; must outlive it. Requires: options.every is set.
  RebuildSchedule(const RebuildOptions& options, RebuildState& state)
      : options_(options), state_(state) {
    if (!state_.has_begun()) Plan(0);
  }

  // The number of samples after which the next rebuild is due.
  uint64_t next() const noexcept { return state_.next; }
  // The number of samples after which there is something to do: to rebuild, or
  // to look at the drift.
  uint64_t next_event() const noexcept {
    return std::min(state_.next, state_.next_check);
  }
  // Tells whether the tables have drifted so far that they are rebuilt before
  // time.
  bool is_too_far(double drift) const noexcept {
    return drift > options_.drift_limit;
  }

  // A rebuild comes now, after so many samples. The next event is later.
  void Advance(uint64_t now) noexcept {
    ++state_.num_rebuilds;
    Plan(now);
  }
  // The drift was looked at, after so many samples. The next event is later.
  void AdvanceCheck(uint64_t now) noexcept {
    state_.next_check = now + state_.check_interval;
  }

 private:
  static constexpr uint64_t kChecks = 8;

  void Plan(uint64_t now) noexcept {
    const double interval =
        static_cast<double>(*options_.every) *
        std::exp(options_.decay * static_cast<double>(state_.num_rebuilds));
    // Beyond this no run gets; a sum of two such still fits.
    constexpr double kNever = 0x1p62;
    const double next = static_cast<double>(now) + interval;
    state_.next = static_cast<uint64_t>(std::min(kNever, next));
    state_.check_interval =
        std::max<uint64_t>(1, (state_.next - now) / kChecks);
    state_.next_check =
        options_.drift_limit < 1.0 ? now + state_.check_interval : state_.next;
  }

  RebuildOptions options_;
  RebuildState& state_;
};

}  // namespace slide::train
