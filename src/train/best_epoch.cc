#include "train/best_epoch.h"

#include "slide/trainer.h"

namespace slide::train {

BestEpoch::BestEpoch(const nn::NetworkCore& network, int num_epochs,
                     int patience)
    : num_epochs_(num_epochs), patience_(patience) {
  // Asked for before hours of training; pages that are not written take none.
  if (num_epochs > 1) copy_.emplace(network);
}

bool BestEpoch::Note(int epoch, const Metrics& validation,
                     const nn::NetworkCore& network) {
  state_.last = epoch;
  const double score = MeanPrecision(validation);
  if (state_.best != 0 && score <= state_.best_score) return false;
  state_.best = epoch;
  state_.best_score = score;
  if (epoch < num_epochs_) copy_->Take(network);
  return true;
}

void BestEpoch::Restore(nn::NetworkCore& network) const noexcept {
  if (state_.best < state_.last) copy_->Restore(network);
}

}  // namespace slide::train
