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
  // Writes checkpoints at every look, which a clock decides otherwise.
  static void SetCheckpointAtEveryLook(Trainer& trainer) noexcept {
    trainer.has_checkpoint_at_every_look_ = true;
  }
};

}  // namespace slide::train
