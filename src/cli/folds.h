// K-fold cross validation by `slide train --folds`: a network for each fold,
// evaluated on it, and trained on all others. No network is kept.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/command_line.h"
#include "cli/progress.h"
#include "cli/summary.h"
#include "slide/held_out.h"
#include "slide/loss_weights.h"
#include "slide/network.h"
#include "slide/trainer.h"

namespace slide::cli {

// Everything that folds have in common.
struct FoldTask {
  const Dataset& data;  // that is divided
  const TrainOptions& train;
  const Dataset* validation = nullptr;  // to choose the best epoch on, or null
  HeldOutOptions held_out = {};         // the same out of each training set
  // Makes the network to train, and the weights for a part of the data.
  std::function<Network()> make_network;
  std::function<LossWeights(const Dataset& part,
                            const std::vector<uint64_t>& samples)>
      make_weights;
};

// The result of one fold.
struct FoldResult {
  uint64_t num_samples = 0;  // that it was trained on
  double train_loss = 0.0;   // of the epoch that was left
  double train_seconds = 0.0;
  int best_epoch = 0;  // with a validation set
  Metrics metrics;     // on the fold
};

class Folds {
 public:
  // Adds the flags, which write here.
  void AddTo(CommandLine& line);

  bool are_wanted() const noexcept { return num_ > 0; }

  // Throws: OptionsError for one fold, and for flags that do nothing with
  // folds, or that let a network see its test samples.
  void Check(const CommandLine& line) const;

  // Trains a network for each fold and calls done(fold, result), folds from 1.
  // Returns false if a signal ended it early. Throws: as SplitFold and
  // Trainer::Fit.
  bool Run(const FoldTask& task, ProgressDisplay& display,
           const std::function<void(int, const FoldResult&)>& done);

  // The table: its head, a row, and the rows of mean and deviation.
  static std::string FormatHead(const std::vector<int>& ks);
  static std::string FormatFold(int fold, const FoldResult& result);
  std::string FormatSummary() const;
  // All of it.
  Json ToJson() const;

 private:
  // One fold; none: it was stopped.
  std::optional<FoldResult> RunFold(const FoldTask& task, int fold,
                                    ProgressDisplay& display) const;

  uint64_t num_ = 0;
  uint64_t seed_ = 1;
  std::vector<FoldResult> results_;
};

}  // namespace slide::cli
