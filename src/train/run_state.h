// RunState: where a training run is: all that a checkpoint has to hold, beside
// the network and its tables, for the run to go on as if nothing had been.
#pragma once

#include <cstdint>

#include "train/schedule.h"

namespace slide::train {

struct RunState {
  int epoch = 0;       // from 1; 0: not begun
  uint64_t place = 0;  // samples of this epoch that are done
  uint64_t steps = 0;  // samples of the whole run that are done
  // The time limit has ended it with the epoch that was finished last.
  bool is_out_of_time = false;
  // Wall time of the run, evaluations and all, when it was last written.
  double seconds = 0.0;
  RebuildState rebuilds;
};

}  // namespace slide::train
