// CheckSamples(): whether a network can predict for a part of a data set.
#pragma once

#include <fmt/format.h>

#include <cstddef>

#include "slide/dataset.h"
#include "slide/error.h"
#include "slide/options/network.h"

namespace slide::predict {

// Throws: OptionsError unless begin <= end <= data.size(); DataError when the
// data has more features than the network.
inline void CheckSamples(const NetworkOptions& options, const Dataset& data,
                         size_t begin, size_t end) {
  if (begin > end || end > data.size()) {
    throw OptionsError(
        fmt::format("samples: got [{}, {}), expected a part of the {} samples",
                    begin, end, data.size()));
  }
  if (data.num_features() > options.num_features) {
    throw DataError(
        fmt::format("data: got {} features, expected at most the network's {}",
                    data.num_features(), options.num_features));
  }
}

}  // namespace slide::predict
