// `slide train` prints this: the header, a line an epoch, the summary for
// people, and the JSON objects for programs.
#pragma once

#include <optional>
#include <string>

#include "cli/summary.h"
#include "slide/dataset.h"
#include "slide/options/network.h"
#include "slide/sparse_part.h"
#include "slide/trainer.h"

namespace slide::cli {

// All that is known when training has ended.
struct TrainResult {
  TrainReport report;
  int num_epochs = 0;                 // asked for
  std::optional<Metrics> popularity;  // when there are metrics to show
  std::optional<SparsePartInfo> sparse_part;
  double load_seconds = 0.0;
  uint64_t seed = 0;
  std::string model_path;  // empty: not saved
};

// The data set's file and statistics, on one line.
std::string FormatData(const std::string& name, const std::string& path,
                       const Dataset& data);
std::string FormatNetwork(const NetworkOptions& options,
                          const TrainOptions& train);

// Which sets are evaluated after every epoch.
struct EvaluatedSets {
  bool test = false;
  bool validation = false;
};

// The table of epochs: its head, and a row. ks: the cuts of the metrics, which
// are of the test set or, without one, of the validation set. With both, one
// more column has the mean by which the best epoch is chosen.
std::string FormatEpochHead(std::span<const int> ks, EvaluatedSets sets);
std::string FormatEpoch(const EpochReport& epoch);

// The epoch whose network was left: the best one by the validation set, unless
// the run was stopped, otherwise the last. Null: none was finished.
const EpochReport* LastingEpoch(const TrainReport& report);
// The test set's metrics, or without one those of the validation set.
const std::optional<Metrics>& ShownMetrics(const EpochReport& epoch);

std::string FormatSummary(const TrainResult& result);

Json TrainJson(const TrainResult& result);

// An epoch by itself. train_seconds: of all epochs so far.
Json EpochJson(const EpochReport& epoch, double train_seconds);
// The line of --metrics after an epoch. progress.finished_epoch must be set;
// train_seconds: of all epochs so far; seconds: since training began,
// evaluations included; best_epoch: so far, 0 without a validation set.
Json EpochJson(const Progress& progress, double train_seconds, double seconds,
               int num_threads, uint64_t seed, int best_epoch);

}  // namespace slide::cli
