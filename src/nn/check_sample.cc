#include "nn/check_sample.h"

#include <fmt/format.h>

#include <cmath>
#include <span>

#include "slide/error.h"

namespace slide::nn {
namespace {

// what: "feature id" or "label".
void CheckIds(std::span<const uint32_t> ids, uint32_t bound, const char* what) {
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] >= bound) {
      throw DataError(fmt::format("{}: got {}, expected below the network's {}",
                                  what, ids[i], bound));
    }
    if (i > 0 && ids[i] <= ids[i - 1]) {
      throw DataError(
          fmt::format("{}: got {} after {}, expected them to ascend", what,
                      ids[i], ids[i - 1]));
    }
  }
}

}  // namespace

void CheckFeatures(SparseView x, uint32_t num_features) {
  if (x.ids.size() != x.values.size()) {
    throw DataError(
        fmt::format("features: got {} ids and {} values, expected as many",
                    x.ids.size(), x.values.size()));
  }
  CheckIds(x.ids, num_features, "feature id");
  for (size_t i = 0; i < x.size(); ++i) {
    if (!std::isfinite(x.values[i])) {
      throw DataError(
          fmt::format("value of feature {}: got {}, expected a finite number",
                      x.ids[i], x.values[i]));
    }
  }
}

void CheckSample(const Sample& sample, uint32_t num_features,
                 uint32_t num_labels) {
  CheckFeatures(sample.features, num_features);
  if (sample.labels.empty()) {
    throw DataError("labels: got none, expected one or more to train on");
  }
  CheckIds(sample.labels, num_labels, "label");
  if (!std::isfinite(sample.weight) || sample.weight < 0.0f) {
    throw DataError(fmt::format(
        "weight: got {}, expected a number of 0 or more", sample.weight));
  }
}

}  // namespace slide::nn
