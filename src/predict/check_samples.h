// Checks of whether data, samples of it and a label fit a network.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

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

// Throws: DataError when the data, which messages call `what`, has more
// features or labels than the network.
inline void CheckFits(const NetworkOptions& options, const Dataset& data,
                      std::string_view what) {
  if (data.num_features() > options.num_features ||
      data.num_labels() > options.num_labels) {
    throw DataError(
        fmt::format("{}: got {} features and {} labels, expected at most the "
                    "network's {} and {}",
                    what, data.num_features(), data.num_labels(),
                    options.num_features, options.num_labels));
  }
}

// Throws: DataError for a label that the network does not have.
inline void CheckLabel(const NetworkOptions& options, uint32_t label) {
  if (label < options.num_labels) return;
  throw DataError(fmt::format("label {}: got no label of the network's {}",
                              label, options.num_labels));
}

}  // namespace slide::predict
