// DataFingerprint: by which a data set is known again: its sizes and a sum of
// all that it holds.
#pragma once

#include <optional>
#include <string_view>

#include "slide/checkpoint.h"
#include "slide/dataset.h"
#include "slide/loss_weights.h"

namespace slide::train {

// weights: that the data is trained with, which count as part of it.
// Cost: one pass over the data; of a mapped file no more than some MiB are kept
// in memory for it.
DataFingerprint FingerprintOf(const Dataset& data,
                              const LossWeights& weights = {});

// Throws: DataError naming the first number that is another one. name:
// "training set". path: of the checkpoint that wants `expected`.
void RequireSame(const DataFingerprint& got, const DataFingerprint& expected,
                 std::string_view name, std::string_view path);

}  // namespace slide::train
