// The order in which an epoch meets the samples that have labels: a new random
// one each time.
//
// Samples of a mapped file may be more than the memory holds, and reading them
// in random order would then be a read of the disk for each. Such data is
// shuffled in windows: the samples are cut into blocks of neighbours, the
// blocks are shuffled, and as many as the window has room for are read,
// shuffled sample by sample, met, and dropped before the next window. The
// blocks of the next window are asked for meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "data/dataset_paging.h"
#include "nn/step.h"
#include "slide/dataset.h"
#include "util/rng.h"

namespace slide::train {

class SampleOrder {
 public:
  // data: stays as long as this object. memory: bytes of a mapped data set that
  // may be in use at a time, half of them by the window and half by what is
  // read ahead; everything is one window if it has room, if memory is 0, or if
  // the data is not mapped.
  SampleOrder(const Dataset& data, uint64_t memory);
  SampleOrder(const SampleOrder&) = delete;
  SampleOrder& operator=(const SampleOrder&) = delete;
  ~SampleOrder();

  // Upper bounds over the labelled samples.
  const nn::SampleLimits& limits() const noexcept { return limits_; }

  // The labelled samples, ascending.
  std::span<const uint64_t> samples() const noexcept { return samples_; }
  size_t size() const noexcept { return samples_.size(); }

  // The sample at a place of the epoch. Requires: i < size(), Shuffle was
  // called.
  uint64_t operator[](size_t i) const noexcept { return order_[i]; }

  // A new order, and the data's pages as if nothing had been read.
  // rng: of the epoch.
  void Shuffle(util::Rng rng);

  // Has the data prefetched and drops windows that are behind. Call it before
  // using the samples from this place of the epoch on.
  void MoveTo(size_t place);

  // Returns the end of the window that holds the place moved to.
  size_t window_end() const noexcept { return window_ends_[window_]; }
  size_t num_windows() const noexcept { return window_ends_.size(); }
  // Samples of each block, but the last one.
  size_t block_size() const noexcept { return block_size_; }

 private:
  // The samples of one block, as they stand in samples_.
  std::span<const uint64_t> Block(uint32_t block) const noexcept;

  const Dataset& data_;
  const data::DatasetPaging pages_;
  std::vector<uint64_t> samples_;
  nn::SampleLimits limits_;
  std::vector<uint64_t> order_;
  size_t block_size_ = 1;
  size_t window_blocks_ = 1;
  // The blocks of this epoch in the order in which windows take them, and the
  // ends of the windows in order_.
  std::vector<uint32_t> blocks_;
  std::vector<size_t> window_ends_;
  size_t window_ = 0;          // of the place moved to
  size_t num_prefetched_ = 0;  // of blocks_
};

}  // namespace slide::train
