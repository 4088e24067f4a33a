// Workspace: everything one thread writes to in a training step except weights,
// allocated once.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "nn/active_set.h"
#include "nn/network_core.h"
#include "nn/selector.h"
#include "util/aligned.h"

namespace slide::nn {

// Seconds of the parts of a training step, over the steps that were timed.
// Timing a step costs a few clock readings, so most are not.
class StepClock {
 public:
  enum Part { kForward, kSelect, kBackward, kNumParts };

  void Start(bool timed) noexcept {
    timed_ = timed;
    if (timed_) last_ = std::chrono::steady_clock::now();
  }
  // What was done since the last call (or Start) belongs to `part`.
  void Mark(Part part) noexcept {
    if (!timed_) return;
    const auto now = std::chrono::steady_clock::now();
    seconds_[part] += std::chrono::duration<double>(now - last_).count();
    last_ = now;
  }
  double seconds(Part part) const noexcept { return seconds_[part]; }

 private:
  bool timed_ = false;
  std::chrono::steady_clock::time_point last_;
  double seconds_[kNumParts] = {};
};

struct Workspace {
  // max_labels: of any sample to come.
  Workspace(const NetworkCore& network, const Selector& selector,
            size_t max_labels);

  HiddenBuffers activations;
  HiddenBuffers gradients;
  ActiveSet active;
  hashing::AddressScratch address_scratch;
  util::AlignedBuffer<uint16_t> addresses;  // of the last hidden activations
  // Of the neurons of a layer that have a gradient.
  util::AlignedBuffer<uint32_t> neurons;
  util::AlignedBuffer<float> deltas;
  StepClock clock;
};

}  // namespace slide::nn
