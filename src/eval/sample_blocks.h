// ForEachBlock(): the blocks of samples of an exact search, on several threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "data/dataset_paging.h"
#include "predict/exact_search.h"
#include "util/thread_team.h"

namespace slide::eval {

// Calls work(block, samples) for each kMaxBlock of the samples, indices into
// data, that make a block; make_work() makes the work of a thread. A thread
// that throws stops the others.
template <typename MakeWork>
void ForEachBlock(const Dataset& data, std::span<const uint64_t> samples,
                  const util::ThreadTeam& team, const MakeWork& make_work) {
  constexpr size_t kBlock = predict::ExactSearch::kMaxBlock;
  const size_t num_blocks = (samples.size() + kBlock - 1) / kBlock;
  std::atomic<size_t> next = 0;
  std::atomic<bool> stopped = false;
  team.Run([&](int worker, int) {
    try {
      auto work = make_work(worker);
      for (size_t b = next++; b < num_blocks && !stopped; b = next++) {
        const auto block = samples.subspan(
            b * kBlock, std::min(kBlock, samples.size() - b * kBlock));
        work(b, block);
        data::DatasetPaging(data).Release(block.front(), block.back() + 1);
      }
    } catch (...) {  // thrown on; the others need not go on
      stopped = true;
      throw;
    }
  });
}

// The features of these samples.
inline void InputsOf(const Dataset& data, std::span<const uint64_t> samples,
                     std::vector<SparseView>& inputs) {
  inputs.clear();
  for (const uint64_t i : samples) inputs.push_back(data[i].features);
}

}  // namespace slide::eval
