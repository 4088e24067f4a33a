// When a training run does what, counted in samples: the learning rate's decay
// and the rebuilds of the hash tables.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "slide/options.h"

namespace slide::train {

// From `rate` at the first sample linearly down to final_share * rate behind
// the last.
class LinearDecay {
 public:
  LinearDecay(double rate, double final_share, uint64_t num_samples)
      : rate_(rate),
        slope_(rate * (1.0 - final_share) /
               static_cast<double>(std::max<uint64_t>(num_samples, 1))) {}

  double at(uint64_t sample) const noexcept {
    return rate_ - slope_ * static_cast<double>(sample);
  }

 private:
  double rate_;
  double slope_;
};

// The i-th rebuild (from 0) comes every * exp(decay * i) samples after the
// build before it (section 3.1.3 of the SLIDE paper).
class RebuildSchedule {
 public:
  explicit RebuildSchedule(const RebuildOptions& options)
      : options_(options), next_(options.every) {}

  // The number of samples after which the next rebuild is due.
  uint64_t next() const noexcept { return next_; }
  uint64_t num_rebuilds() const noexcept { return num_rebuilds_; }

  // The rebuild that was due is done.
  void Advance() noexcept {
    ++num_rebuilds_;
    const double interval =
        static_cast<double>(options_.every) *
        std::exp(options_.decay * static_cast<double>(num_rebuilds_));
    // Beyond this no run gets; a sum of two such still fits.
    constexpr double kNever = 0x1p62;
    next_ = static_cast<uint64_t>(
        std::min(kNever, static_cast<double>(next_) + interval));
  }

 private:
  RebuildOptions options_;
  uint64_t next_;
  uint64_t num_rebuilds_ = 0;
};

}  // namespace slide::train
