#include "train/data_fingerprint.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include "data/dataset_paging.h"
#include "slide/error.h"
#include "util/checksum.h"

namespace slide::train {

DataFingerprint FingerprintOf(const Dataset& data, const LossWeights& weights) {
  constexpr size_t kPieceBytes = size_t{16} << 20;
  const data::DatasetPaging pages(data);
  util::RunningChecksum sum;
  const auto add = [&](std::span<const std::byte> array) {
    while (!array.empty()) {
      const size_t size = std::min(kPieceBytes, array.size());
      sum.Add(array.first(size));
      array = array.subspan(size);
      pages.Release(0, data.size());
    }
  };
  const CsrView arrays = data.arrays();
  add(std::as_bytes(arrays.feature_offsets));
  add(std::as_bytes(arrays.feature_ids));
  add(std::as_bytes(arrays.feature_values));
  add(std::as_bytes(arrays.label_offsets));
  add(std::as_bytes(arrays.label_ids));
  if (!weights.empty()) {
    const uint64_t sizes[] = {weights.samples.size(), weights.labels.size()};
    sum.Add(std::as_bytes(std::span(sizes)));
    sum.Add(std::as_bytes(std::span(weights.samples)));
    sum.Add(std::as_bytes(std::span(weights.labels)));
  }
  return {.num_samples = data.size(),
          .num_features = data.num_features(),
          .num_labels = data.num_labels(),
          .num_nonzeros = data.num_nonzeros(),
          .num_label_marks = data.num_label_marks(),
          .checksum = sum.value()};
}

void RequireSame(const DataFingerprint& got, const DataFingerprint& expected,
                 std::string_view name, std::string_view path) {
  const auto require = [&](std::string_view what, uint64_t is, uint64_t was) {
    if (is == was) return;
    throw DataError(
        fmt::format("{}: got {} {}, expected the {} that the run of {} has",
                    name, is, what, was, path));
  };
  require("samples", got.num_samples, expected.num_samples);
  require("features", got.num_features, expected.num_features);
  require("labels", got.num_labels, expected.num_labels);
  require("feature values", got.num_nonzeros, expected.num_nonzeros);
  require("label marks", got.num_label_marks, expected.num_label_marks);
  if (got.checksum == expected.checksum) return;
  throw DataError(
      fmt::format("{}: got samples of the same number but another content "
                  "(sum {:016x}), expected those that the run of {} has "
                  "({:016x}); their order, scaling and weights count "
                  "too",
                  name, got.checksum, path, expected.checksum));
}

}  // namespace slide::train
