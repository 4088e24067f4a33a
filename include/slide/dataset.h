// Samples for extreme multi-label learning: sparse rows with label sets, held
// in compressed sparse row (CSR) form. slide/dataset_io.h reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "slide/sparse.h"

namespace slide {

namespace data {
class DatasetPaging;
class ReadLog;
}  // namespace data

// One sample; the spans point into the Dataset it came from.
struct Sample {
  SparseView features;
  std::span<const uint32_t> labels;  // ascending, without repeats
  // How much it counts in training, >= 0: a factor of its loss. A Dataset gives
  // 1; slide/loss_weights.h has weights of a whole set.
  float weight = 1.0f;
};

struct SampleSize {
  size_t num_features = 0;  // stored values
  size_t num_labels = 0;
};

// The arrays a Dataset is made of. Sample i has the features
// feature_ids/values[feature_offsets[i] .. feature_offsets[i + 1]) and the
// labels label_ids[label_offsets[i] .. label_offsets[i + 1]).
struct CsrArrays {
  uint32_t num_features = 0;
  uint32_t num_labels = 0;
  std::vector<uint64_t> feature_offsets = {0};  // [num_samples + 1]
  std::vector<uint32_t> feature_ids;            // ascending within a sample
  std::vector<float> feature_values;            // finite
  std::vector<uint64_t> label_offsets = {0};    // [num_samples + 1]
  std::vector<uint32_t> label_ids;              // ascending within a sample
};

// Views the same arrays where they belong to somebody else.
struct CsrView {
  uint32_t num_features = 0;
  uint32_t num_labels = 0;
  std::span<const uint64_t> feature_offsets;  // [num_samples + 1]
  std::span<const uint32_t> feature_ids;
  std::span<const float> feature_values;
  std::span<const uint64_t> label_offsets;  // [num_samples + 1]
  std::span<const uint32_t> label_ids;
};

// Views arrays, which must stay and not change as long as the view is used.
CsrView ViewOf(const CsrArrays& arrays) noexcept;

// Immutable samples. Copies share the arrays, so passing by value is cheap.
// Made by reading a file (below), out of arrays (here), or sample by sample
// (slide/dataset_builder.h).
// Threads: any number may read at once.
class Dataset {
 public:
  // An empty data set: no samples, no features, no labels.
  Dataset();

  // Takes the arrays over after checking every rule stated at CsrArrays.
  // Throws: DataError naming the first sample that breaks a rule.
  // Cost: one pass over the arrays.
  explicit Dataset(CsrArrays arrays);

  // Views the arrays without taking or copying them: the memory behind `arrays`
  // must stay and must not change as long as this data set or a copy of it is
  // there. `owner`, if given, is kept as long, and may be what owns that
  // memory:
  //
  //   const auto mine = std::make_shared<const MyMatrix>(...);
  //   const Dataset data = Dataset::View({.num_features = mine->columns,
  //                                       .num_labels = mine->classes,
  //                                       .feature_offsets = mine->rows,
  //                                       ...}, mine);
  //
  // Throws and Cost: as above.
  static Dataset View(const CsrView& arrays,
                      std::shared_ptr<const void> owner = nullptr);

  // Views arrays that are too large to be looked at beforehand, such as a
  // mapped file: here only their lengths are compared, and a sample is checked
  // whenever it is read. One that breaks a rule is given as a sample without
  // features and labels, and noted for ThrowIfDamaged; nothing outside the
  // arrays is read, whatever they hold. name: what messages start with.
  // has_unit_lengths: another rule is that a sample's features have Euclidean
  // length 1, up to rounding, or are all 0. Throws: DataError. Cost: O(1).
  static Dataset ViewUnchecked(const CsrView& arrays,
                               std::shared_ptr<const void> owner,
                               const std::string& name,
                               bool has_unit_lengths = false);

  size_t size() const noexcept { return arrays_.feature_offsets.size() - 1; }
  uint32_t num_features() const noexcept { return arrays_.num_features; }
  uint32_t num_labels() const noexcept { return arrays_.num_labels; }
  // Stored feature values and label marks of all samples together.
  uint64_t num_nonzeros() const noexcept { return arrays_.feature_ids.size(); }
  uint64_t num_label_marks() const noexcept { return arrays_.label_ids.size(); }

  // All samples' arrays, there as long as this data set or a copy of it is. Of
  // one that is checked as it is read, they may break any rule but those on
  // their lengths.
  CsrView arrays() const noexcept { return arrays_; }

  // Requires: i < size().
  Sample operator[](size_t i) const noexcept {
    if (read_log_ != nullptr) return CheckedSample(i);
    const uint64_t f = arrays_.feature_offsets[i], l = arrays_.label_offsets[i];
    const uint64_t num_f = arrays_.feature_offsets[i + 1] - f;
    const uint64_t num_l = arrays_.label_offsets[i + 1] - l;
    return {{arrays_.feature_ids.subspan(f, num_f),
             arrays_.feature_values.subspan(f, num_f)},
            arrays_.label_ids.subspan(l, num_l)};
  }

  // Returns the numbers of features and labels of sample i, from the offsets
  // alone: the features and labels are not read, and so not checked. Requires:
  // i < size().
  SampleSize SizeOf(size_t i) const noexcept;

  // Bytes of all arrays.
  uint64_t num_bytes() const noexcept;

  // Does nothing unless the data set is one that is checked as it is read.
  // Throws: DataError about the first sample in order among those that were
  // read so far, through any copy, and broke a rule. Cost: O(1).
  void ThrowIfDamaged() const;

  // Checks every rule of every sample. Throws: DataError naming the first
  // sample that breaks one. Cost: one pass over the arrays.
  void CheckAll() const;

  // Returns the number of samples that carry each label; [num_labels].
  // Throws: DataError for a label out of range, in a data set that is checked
  // as it is read.
  std::vector<uint64_t> LabelCounts() const;

 private:
  friend class data::DatasetPaging;

  // Requires: arrays of lengths that match, which `storage` keeps alive.
  Dataset(const CsrView& arrays, std::shared_ptr<const void> storage) noexcept;

  Sample CheckedSample(size_t i) const noexcept;

  // Keeps the memory behind the spans alive: shared, because copies of an
  // immutable data set are views of one another.
  std::shared_ptr<const void> storage_;
  // Set if samples are checked when they are read: what was found.
  std::shared_ptr<data::ReadLog> read_log_;
  std::span<const std::byte> mapping_;  // the file around the arrays, or none
  CsrView arrays_;
};

}  // namespace slide
