// A Dataset made by a program out of samples that it adds one by one.
//
//   slide::DatasetBuilder builder({.num_features = 30'000, .num_labels = 500});
//   for (const Document& document : documents) {
//     builder.Add({document.word_ids, document.weights}, document.topics);
//   }
//   const slide::Dataset data = builder.Build();
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "slide/dataset.h"
#include "slide/sparse.h"

namespace slide {

struct BuilderOptions {
  // Ids are below these.
  uint32_t num_features = 0;
  uint32_t num_labels = 0;
  // Scale every sample's features to Euclidean length 1, as ReadOptions says
  // and does by default: a network wants the same in training and use.
  bool normalize = true;
};

class DatasetBuilder {
 public:
  explicit DatasetBuilder(const BuilderOptions& options);

  // Adds a sample; its number is what size() was before. The features may come
  // in any order, and so may the labels: both are sorted. Either may be empty.
  // Throws: DataError naming the sample when an id is out of range or given
  // twice, a value is not a finite number, or there are not as many values as
  // ids; the builder is then as it was before.
  // Cost: O(n log n) in the sample's size, O(n) if it is sorted already.
  void Add(SparseView features, std::span<const uint32_t> labels);

  // Makes room for so many more samples, features and labels in all.
  void Reserve(size_t num_samples, size_t num_nonzeros, size_t num_label_marks);

  size_t size() const noexcept { return arrays_.feature_offsets.size() - 1; }

  // The samples added so far; the builder is then as it was made.
  // Cost: one pass over the arrays, no copy.
  Dataset Build();

 private:
  BuilderOptions options_;
  CsrArrays arrays_;
  // Work space of Add.
  std::vector<std::pair<uint32_t, float>> features_;
  std::vector<uint32_t> labels_;
};

}  // namespace slide
