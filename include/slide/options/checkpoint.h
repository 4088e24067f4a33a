// Checkpoints of a training run: where they go, how often, how many stay.
#pragma once

#include <string>

namespace slide {

// Time between two checkpoints, or epochs where there are any. As text: 30s,
// 10m, 1h, 2epochs.
struct CheckpointInterval {
  double seconds = 600.0;  // of wall time
  int epochs = 0;          // finished ones; 0: by time
};

struct CheckpointOptions {
  // The newest checkpoint, whose place the next one takes when that is complete
  // and on the disk. Empty: none is written.
  std::string path = {};
  // From the end of one to the next. It is longer where writing takes more than
  // a twentieth of the time: the next one is not due before 19 times as long as
  // the last one took.
  CheckpointInterval every = {};
  // Checkpoints that stay: the newest, and behind it PATH.1, PATH.2, ..., the
  // oldest with the largest number.
  int keep = 1;

  void Validate() const;  // Throws: OptionsError naming the field.
};

}  // namespace slide
