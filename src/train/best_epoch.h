// BestEpoch: which epoch of a run was the best on the validation set, the
// network as it was then, and whether to go on (early stopping: Prechelt,
// "Early stopping - but when?", 1998). Epochs are compared by the mean of P@k
// over the cuts of the metrics; of equals the first is the best.
#pragma once

#include <optional>

#include "nn/network_copy.h"
#include "nn/network_core.h"
#include "slide/metrics.h"

namespace slide::train {

class BestEpoch {
 public:
  // num_epochs: of the run. patience: epochs in a row that may be no better; 0:
  // any number. Memory: that of the network's rows, unless there is only one
  // epoch. Throws: OutOfMemoryError.
  BestEpoch(const nn::NetworkCore& network, int num_epochs, int patience);

  // An epoch has ended, with these metrics. Returns whether it is the best so
  // far, and then keeps the network, if there are others to come.
  bool Note(int epoch, const Metrics& validation,
            const nn::NetworkCore& network);

  // The best epoch so far, from 1; 0: none has ended.
  int epoch() const noexcept { return state_.best; }
  // Tells whether patience has ended before the epochs have.
  bool ends_early() const noexcept {
    return patience_ > 0 && state_.last - state_.best >= patience_ &&
           state_.last < num_epochs_;
  }

  // All of it but the copy; plain, for a checkpoint.
  struct State {
    int last = 0;  // epoch that has ended, from 1
    int best = 0;
    double best_score = 0.0;
  };
  const State& state() const noexcept { return state_; }
  void Restore(const State& state) noexcept { state_ = state; }
  // The network as it was after the best epoch; null if there is none, or if
  // the best was the last of the run. After Restore it is to be read into.
  nn::NetworkCopy* copy() noexcept {
    return copy_ && state_.best != 0 && state_.best < num_epochs_ ? &*copy_
                                                                  : nullptr;
  }

  // Makes the network what it was after the best epoch. Requires: nobody trains
  // and no table is being built.
  void Restore(nn::NetworkCore& network) const noexcept;

 private:
  const int num_epochs_;
  const int patience_;
  std::optional<nn::NetworkCopy> copy_;
  State state_;
};

}  // namespace slide::train
