// Checkpointer: writes the checkpoints of a run when they are due. What cannot
// be written costs the run nothing: the one that is there stays.
#pragma once

#include <cstdint>
#include <string>

#include "slide/options/checkpoint.h"
#include "slide/trainer.h"
#include "train/checkpoint_file.h"
#include "train/checkpoint_schedule.h"

namespace slide::train {

class Checkpointer {
 public:
  // epochs: that are finished already. Throws: OptionsError where a file is in
  // the way that is no checkpoint.
  Checkpointer(const CheckpointOptions& options, const RunData& data,
               size_t epochs);

  const RunData& data() const noexcept { return data_; }

  // Tells whether one is due, after so many finished epochs.
  bool is_due(size_t epochs) const;
  // Tells whether a run that ends at this state has to write one: it has not
  // been written.
  bool IsNew(const RunState& state, size_t epochs) const noexcept;

  // Writes one. Requires: nobody trains and no table is being built.
  CheckpointReport Write(const CheckpointParts& parts);

 private:
  const CheckpointOptions options_;
  const RunData data_;
  std::string path_;  // where the options' path leads
  CheckpointSchedule schedule_;
  // Where the last one was written.
  uint64_t written_steps_ = 0;
  size_t written_epochs_ = 0;
};

}  // namespace slide::train
