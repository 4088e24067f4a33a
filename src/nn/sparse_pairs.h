// SparsePairs: which features and labels of a training set become pairs of the
// sparse part.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/pair_lists.h"
#include "slide/dataset.h"
#include "slide/sparse_part.h"
#include "util/thread_team.h"

namespace slide::nn {

class SparsePairs {
 public:
  // Counts. Memory meanwhile: 8 bytes a label mark, 24 a label, 4 a feature and
  // 12 a feature and thread. The data must outlive it.
  // Throws: OptionsError, DataError, OutOfMemoryError.
  SparsePairs(const Dataset& data, const SparsePartOptions& options,
              const util::ThreadTeam& team);

  const SparsePartPlan& plan() const noexcept { return plan_; }

  struct Lists {
    std::vector<kernels::PairList> lists;  // of the features, [num_features]
    uint64_t num_words = 0;                // that they take together
  };
  // num_labels: of the network.
  Lists MakeLists(uint64_t num_labels) const;
  // Fills in the labels. Requires: zeroed words for all lists.
  void Fill(std::span<const kernels::PairList> lists,
            kernels::Pairs pairs) const;

 private:
  // Calls visit(worker, feature, label) for the pairs with at least min_samples
  // samples, whatever the shares of their features; each worker has
  // neighbouring labels, and goes through them in their order.
  template <typename Visit>
  void ForEachPair(int min_samples, Visit&& visit) const;
  // Counts the pairs of each feature, for each worker.
  void CountPairs();
  // Leaves out the features of most samples until the rest keeps the limits.
  void Cut(const SparsePartOptions& options);
  uint64_t NumPairs(size_t feature) const noexcept;

  const Dataset& data_;
  const util::ThreadTeam& team_;
  SparsePartPlan plan_;
  uint64_t num_labelled_ = 0;
  std::vector<uint64_t> label_starts_;  // [num_labels + 1], of label_samples_
  std::vector<uint64_t> label_samples_;
  // The label behind each worker's last, a multiple of 32 but the last one.
  std::vector<uint32_t> worker_ends_;
  std::vector<uint32_t> feature_samples_;         // [num_features]
  std::vector<std::vector<uint32_t>> num_pairs_;  // [workers][num_features]
};

// Sets the kinds and the places of lists whose lengths are set, one behind the
// other. Returns the words they take together.
uint64_t PlaceLists(std::span<kernels::PairList> lists, uint64_t num_labels);

}  // namespace slide::nn
