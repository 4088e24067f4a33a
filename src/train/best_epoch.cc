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
  last_ = epoch;
  const double score = MeanPrecision(validation);
  if (best_ != 0 && score <= best_score_) return false;
  best_ = epoch;
  best_score_ = score;
  if (epoch < num_epochs_) copy_->Take(network);
  return true;
}

void BestEpoch::Restore(nn::NetworkCore& network) const noexcept {
  if (best_ < last_) copy_->Restore(network);
}

}  // namespace slide::train
