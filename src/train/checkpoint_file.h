// The file of a checkpoint: the network and its tables, the options, what the
// data is known again by, and all numbers of the run. docs/file_format.md has
// the layout.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nn/network_copy.h"
#include "nn/network_core.h"
#include "slide/checkpoint.h"
#include "slide/options/network.h"
#include "slide/options/train.h"
#include "train/best_epoch.h"
#include "train/run_report.h"
#include "train/workers.h"
#include "util/section_file.h"
#include "util/thread_team.h"

namespace slide::train {

// The numbers of a run; plain.
struct RunNumbers {
  RunState state;
  uint64_t epoch_samples = 0;
  double apply_seconds = 0.0;
  WorkerTotals workers;
  ReportState report;
  BestEpoch::State best;
};

// The data of a run, as it is known again.
struct RunData {
  DataFingerprint train;
  std::optional<DataFingerprint> validation = {};
  std::optional<DataFingerprint> test = {};
};

// Everything that a checkpoint holds, where it is.
struct CheckpointParts {
  const nn::NetworkCore& network;
  const TrainOptions& options;
  const RunData& data;
  const RunNumbers& numbers;
  const nn::NetworkCopy* best = nullptr;  // null: none
};

// Adds all of it. Requires: the parts stay until the writer has written.
util::SectionWriter MakeCheckpointWriter(const CheckpointParts& parts);

class CheckpointFile {
 public:
  // Compares all sums, and reads everything but the network. Throws:
  // ModelFileError.
  explicit CheckpointFile(const std::string& path);

  const NetworkOptions& network() const noexcept { return network_; }
  const TrainOptions& options() const noexcept { return options_; }
  const RunData& data() const noexcept { return data_; }
  const RunNumbers& numbers() const noexcept { return numbers_; }
  const std::vector<TrainingRecord>& earlier_trainings() const noexcept {
    return earlier_trainings_;
  }
  const std::string& path() const noexcept { return file_.path(); }
  uint64_t num_bytes() const noexcept { return file_.num_bytes(); }

  // Throws: DataError or OptionsError naming what is another than the run's.
  // Options that change no result may be others.
  void RequireSame(const NetworkOptions& network, const TrainOptions& options,
                   const RunData& data) const;

  // Makes the network and its tables those of the run. Requires: options that
  // are the same. Throws: ModelFileError for what sums do not tell.
  void Read(const util::ThreadTeam& team, nn::NetworkCore& network) const;
  // Reads the network as it was after the best epoch; `network`, which Read has
  // read, checks it and is then as before. Throws: ModelFileError.
  void ReadBest(nn::NetworkCore& network, nn::NetworkCopy& best) const;

 private:
  bool HasBest() const noexcept;

  util::SectionFile file_;
  NetworkOptions network_;
  TrainOptions options_;
  RunData data_;
  RunNumbers numbers_;
  std::vector<TrainingRecord> earlier_trainings_;
};

}  // namespace slide::train
