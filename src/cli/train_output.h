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
  std::optional<Metrics> popularity;  // when there is a test set
  std::optional<SparsePartInfo> sparse_part;
  double load_seconds = 0.0;
  uint64_t seed = 0;
  std::string model_path;  // empty: not saved
};

// The data set's file and statistics, on one line.
std::string FormatData(const std::string& name, const std::string& path,
                       const Dataset& data);
std::string FormatNetwork(const NetworkOptions& options);

// The table of epochs: its head, and a row. ks: the cuts of the metrics when
// there is a test set, else empty.
std::string FormatEpochHead(std::span<const int> ks);
std::string FormatEpoch(const EpochReport& epoch);

std::string FormatSummary(const TrainResult& result);

Json TrainJson(const TrainResult& result);

// The line of --metrics after an epoch. progress.finished_epoch must be set;
// train_seconds: of all epochs so far; seconds: since training began,
// evaluations included.
Json EpochJson(const Progress& progress, double train_seconds, double seconds,
               int num_threads, uint64_t seed);

}  // namespace slide::cli
