// Held-out data: a part of a training set that is kept from training, to choose
// the best epoch on, or settings (Trainer::Fit).
#pragma once

#include <cstdint>
#include <vector>

#include "slide/dataset.h"

namespace slide {

struct HeldOutOptions {
  // Share of the samples that is held out, 0..1 without both ends. 0 stands
  // for nothing, for programs that leave the choice open.
  double share = 0.0;
  // Seed of which samples these are.
  uint64_t seed = 1;

  void Validate() const;  // Throws: OptionsError naming the field.
};

// The two parts of a data set, each in the order that its samples had. They
// have all features and labels of the whole.
struct HeldOutSplit {
  Dataset train;
  Dataset held_out;
  std::vector<uint64_t> train_samples;  // the number in the whole, of each
};

// Holds out round(share * size) samples, at least one, in whole runs of
// neighbours drawn by the seed: neighbouring lines are often near-duplicates
// (versions of a product, packages of one source), and single lines would be
// known from training. A run is 40 samples, the last one drawn what is left to
// hold out; in small sets it is shorter, so that there are 20 runs, and four in
// the smaller part.
//
// Throws: OptionsError unless 0 < share < 1; DataError when either part has no
// sample with a label, or a sample of a cache is damaged; OutOfMemoryError.
// Memory: both parts are copies, of a cache too, which may be larger than
// memory: it wants a file of its own as validation set.
HeldOutSplit SplitHeldOut(const Dataset& data, const HeldOutOptions& options);

// Holds out one of num_folds folds, 0..num_folds - 1, of such runs: each sample
// is in one of them, and their sizes differ by a run at most. For K-fold cross
// validation: which run is in which fold depends on the seed alone.
//
// Throws: as above; OptionsError for fewer than two folds and for another fold;
// DataError for fewer samples than folds. Memory: both parts are copies, so
// that one fold at a time takes the data twice, however many there are.
HeldOutSplit SplitFold(const Dataset& data, int fold, int num_folds,
                       uint64_t seed = 1);

}  // namespace slide
