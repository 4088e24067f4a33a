// DatasetPaging: tells the system which pages of a mapped data set are wanted.
// Nothing happens to data that is not mapped. Advice may be refused; no result
// depends on it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "slide/dataset.h"

namespace slide::data {

class DatasetPaging {
 public:
  // data must outlive this object.
  explicit DatasetPaging(const Dataset& data) noexcept : data_(data) {}

  // Makes what Dataset::ViewUnchecked makes, of arrays that lie in `mapping`:
  // all of a file that is mapped for reading. Throws: DataError.
  static Dataset View(const CsrView& arrays, std::shared_ptr<const void> owner,
                      const std::string& name, bool has_unit_lengths,
                      std::span<const std::byte> mapping);

  // True if the arrays lie in a mapped file, whose pages the system reads when
  // they are used and may drop again.
  bool is_mapped() const noexcept { return !data_.mapping_.empty(); }

  // Lets the system begin to read the samples [begin, end) from the file.
  // Requires, here and below: begin <= end <= data.size().
  void Prefetch(size_t begin, size_t end) const noexcept;

  // Says that these samples are not needed for now: their pages leave this
  // process, and are there again when they are used.
  void Release(size_t begin, size_t end) const noexcept;

  // Says whether the system should read more of the file than is asked for, as
  // it does at first: good where samples are met in their order.
  void ReadAhead(bool on) const noexcept;

 private:
  void Advise(size_t begin, size_t end, int advice) const noexcept;

  const Dataset& data_;
};

}  // namespace slide::data
