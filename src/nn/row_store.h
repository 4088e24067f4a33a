// RowStore: the weights of one layer as rows, each one record of memory
// (kernels/row_format.h), so that touching a row is one run of memory and no
// second miss for its scalars. It owns the records, or views those that lie in
// a mapped file and can only be read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "kernels/kernels.h"
#include "util/aligned.h"
#include "util/check.h"
#include "util/rng.h"
#include "util/thread_team.h"

namespace slide::nn {

class RowStore {
 public:
  // Zeroed. Throws: OutOfMemoryError.
  RowStore(size_t num_rows, const kernels::RowFormat& format);
  // Views `records` [num_rows, format.stride], which must stay.
  RowStore(size_t num_rows, const kernels::RowFormat& format,
           std::span<const std::byte> records) noexcept;

  size_t num_rows() const noexcept { return num_rows_; }
  size_t width() const noexcept { return format_.width; }
  const kernels::RowFormat& format() const noexcept { return format_; }
  bool is_view() const noexcept { return owned_.size() < records_.size(); }
  // Requires, of all that is not const: !is_view().
  kernels::RowsView rows() noexcept {
    SLIDE_DCHECK(!is_view());
    return {owned_.data(), format_};
  }
  kernels::ConstRowsView rows() const noexcept {
    return {records_.data(), format_};
  }
  // All records, for reading and writing files.
  std::span<std::byte> records() noexcept {
    SLIDE_DCHECK(!is_view());
    return owned_;
  }
  std::span<const std::byte> records() const noexcept { return records_; }

  // The first row with a number that is not finite, whether weight, bias or
  // what the optimizer keeps; none: empty. Cost: one pass over the records.
  std::optional<size_t> FirstNotFinite() const noexcept;

  // Draws the weights of the rows from `first` on from N(0, sigma^2), row i
  // from the stream (layer, i), so that they do not depend on the team. Each
  // thread first touches the rows it draws.
  void DrawWeights(double sigma, const util::Rng& rng, uint64_t layer,
                   const util::ThreadTeam& team, size_t first = 0);

  // Makes the first rows those of `from`, which are no more and no wider: their
  // weights and biases, and with `with_state` what the optimizer keeps for
  // them. Requires: the same precision, and for that the same optimizer.
  void CopyFrom(const RowStore& from, bool with_state) noexcept;

 private:
  size_t num_rows_;
  kernels::RowFormat format_;
  util::AlignedBuffer<std::byte> owned_;  // empty if it views
  std::span<const std::byte> records_;    // [num_rows, format.stride]
};

// Makes the rows of a layer: zeroed, as a file has them, or where they are in
// one. part: "rows", or
// "bias" (Layer::bias).
using RowMaker =
    std::function<RowStore(const std::string& part, size_t num_rows,
                           const kernels::RowFormat& format)>;
RowStore MakeZeroRows(const std::string& part, size_t num_rows,
                      const kernels::RowFormat& format);

}  // namespace slide::nn
