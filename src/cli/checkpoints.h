// The checkpoints of `slide train`: its flags, the run that it goes on with,
// and what is said of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/command_line.h"
#include "cli/same_file.h"
#include "slide/checkpoint.h"
#include "slide/options/checkpoint.h"
#include "slide/trainer.h"

namespace slide::cli {

class Checkpoints {
 public:
  // Adds the flags, which write here.
  void AddTo(CommandLine& line);

  const CheckpointOptions& options() const noexcept { return options_; }
  // The checkpoint to go on from, after Check; empty: the run begins.
  const std::string& from() const noexcept { return from_; }
  // The file behind --resume; empty: none was given.
  std::string resume_file() const { return resume_.value_or(""); }
  // The run that wrote it; null: the run begins.
  const CheckpointInfo* run() const noexcept { return run_ ? &*run_ : nullptr; }
  int num_finished_epochs() const noexcept {
    return run_ ? static_cast<int>(run_->epochs.size()) : 0;
  }

  // Throws: OptionsError for an output where a checkpoint is read from, or
  // where an older one stays.
  void RefuseSameFiles(const std::vector<NamedFile>& outputs) const;
  // Decides where the run goes on, and sees to it that a checkpoint can be
  // written and takes no other file's place. Throws: OptionsError,
  // ModelFileError.
  void Check();
  // Throws: ModelFileError unless so many bytes can be written there.
  void CheckRoom(uint64_t num_bytes) const;

  // Says where the run goes on, as a row of the head; empty if it begins.
  std::string FormatResumed() const;
  // A line for standard error about a checkpoint that could not be written;
  // empty if it was.
  static std::string FormatFailure(const CheckpointReport& report);
  // Says how to go on with a run that was stopped, unless is_quiet, or that it
  // could not be written; empty without checkpoints.
  std::string FormatStopped(const TrainReport& report, bool is_quiet) const;

 private:
  std::string FindOther() const;

  CheckpointOptions options_;
  std::optional<std::string> resume_;  // --resume; empty: alone
  std::string from_;
  std::optional<CheckpointInfo> run_;
};

}  // namespace slide::cli
