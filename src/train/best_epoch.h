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
  int epoch() const noexcept { return best_; }
  // Tells whether patience has ended before the epochs have.
  bool ends_early() const noexcept {
    return patience_ > 0 && last_ - best_ >= patience_ && last_ < num_epochs_;
  }

  // Makes the network what it was after the best epoch. Requires: nobody trains
  // and no table is being built.
  void Restore(nn::NetworkCore& network) const noexcept;

 private:
  const int num_epochs_;
  const int patience_;
  std::optional<nn::NetworkCopy> copy_;
  int last_ = 0;
  int best_ = 0;
  double best_score_ = 0.0;
};

}  // namespace slide::train
