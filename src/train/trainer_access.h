// TrainerAccess: what tests set in a Trainer.
#pragma once

#include <cstdint>

#include "slide/trainer.h"

namespace slide::train {

struct TrainerAccess {
  // How many samples are trained on between two looks at the run, which a clock
  // decides otherwise.
  static void SetSamplesBetweenLooks(uint64_t num, Trainer& trainer) noexcept {
    trainer.samples_between_looks_ = num;
  }
};

}  // namespace slide::train
