#include "train/sample_order.h"

#include <algorithm>
#include <numeric>

#include "train/setup.h"

namespace slide::train {
namespace {

// A block is read from the disk at once, so it should be long, and Linux maps
// 64 KiB to 2 MiB around each of its ends; a window should hold many of them,
// or neighbours in the file are met together.
constexpr uint64_t kMinBlockBytes = 256 << 10;
constexpr uint64_t kMaxBlockBytes = 4 << 20;
constexpr uint64_t kWindowBlocks = 128;    // where the lengths allow it
constexpr uint64_t kMinWindowBlocks = 16;  // in any case

uint64_t BlockBytes(uint64_t window) noexcept {
  return std::min(
      std::clamp(window / kWindowBlocks, kMinBlockBytes, kMaxBlockBytes),
      window / kMinWindowBlocks);
}

template <typename T>
void Shuffle(std::span<T> items, util::Rng& rng) noexcept {
  for (size_t i = items.size(); i > 1; --i) {
    std::swap(items[i - 1], items[rng.UniformInt(i)]);
  }
}

}  // namespace

SampleOrder::SampleOrder(const Dataset& data, uint64_t memory)
    : data_(data), pages_(data), samples_(LabelledSamples(data)) {
  if (samples_.empty()) {
    data.ThrowIfDamaged();
    RequireLabelled(data, "training set");
  }
  for (const uint64_t i : samples_) {
    const SampleSize size = data.SizeOf(i);
    limits_.max_labels = std::max(limits_.max_labels, size.num_labels);
    limits_.max_features = std::max(limits_.max_features, size.num_features);
  }
  // No sample that keeps the rules has more, whatever damaged offsets say.
  limits_.max_labels = std::min<size_t>(limits_.max_labels, data.num_labels());
  limits_.max_features =
      std::min<size_t>(limits_.max_features, data.num_features());
  block_size_ = samples_.size();
  const uint64_t window = memory / 2;
  if (pages_.is_mapped() && memory > 0 && data.num_bytes() > window) {
    const double sample_bytes = static_cast<double>(data.num_bytes()) /
                                static_cast<double>(data.size());
    block_size_ = static_cast<size_t>(
        std::max(1.0, static_cast<double>(BlockBytes(window)) / sample_bytes));
    window_blocks_ = static_cast<size_t>(
        std::max(1.0, static_cast<double>(window) /
                          (sample_bytes * static_cast<double>(block_size_))));
  }
  // Releases the pages that were read so far, by the caller and to find the
  // labelled samples.
  pages_.Release(0, data_.size());
  if (block_size_ < samples_.size()) pages_.ReadAhead(false);
}

SampleOrder::~SampleOrder() { pages_.ReadAhead(true); }

std::span<const uint64_t> SampleOrder::Block(uint32_t block) const noexcept {
  const size_t begin = block * block_size_;
  const std::span<const uint64_t> all = samples_;
  return all.subspan(begin, std::min(block_size_, all.size() - begin));
}

void SampleOrder::Shuffle(util::Rng rng) {
  pages_.Release(0, data_.size());
  blocks_.resize((samples_.size() + block_size_ - 1) / block_size_);
  std::iota(blocks_.begin(), blocks_.end(), 0u);
  if (blocks_.size() > 1) train::Shuffle(std::span(blocks_), rng);
  order_.clear();
  window_ends_.clear();
  for (size_t first = 0; first < blocks_.size(); first += window_blocks_) {
    const size_t begin = order_.size();
    const size_t last = std::min(first + window_blocks_, blocks_.size());
    for (size_t b = first; b < last; ++b) {
      const std::span<const uint64_t> block = Block(blocks_[b]);
      order_.insert(order_.end(), block.begin(), block.end());
    }
    train::Shuffle(std::span(order_).subspan(begin), rng);
    window_ends_.push_back(order_.size());
  }
  window_ = 0;
  num_prefetched_ = 0;
  MoveTo(0);
}

void SampleOrder::MoveTo(size_t place) {
  if (window_ends_.size() < 2) return;
  const auto for_blocks = [this](size_t begin, size_t end, auto advise) {
    for (size_t b = begin; b < std::min(end, blocks_.size()); ++b) {
      const std::span<const uint64_t> block = Block(blocks_[b]);
      (pages_.*advise)(block.front(), block.back() + 1);
    }
  };
  while (window_ + 1 < window_ends_.size() && place >= window_ends_[window_]) {
    for_blocks(window_ * window_blocks_, (window_ + 1) * window_blocks_,
               &data::DatasetPaging::Release);
    ++window_;
  }
  // Blocks that were passed, as by a run that goes on, are not asked for.
  num_prefetched_ = std::max(num_prefetched_, window_ * window_blocks_);
  // All of this window, and of the next one as much as of this one is done.
  const size_t begin = window_ == 0 ? 0 : window_ends_[window_ - 1];
  const size_t blocks_done = (place - begin) / block_size_;
  const size_t wanted = std::min(
      blocks_.size(), (window_ + 1) * window_blocks_ + blocks_done + 1);
  for_blocks(num_prefetched_, wanted, &data::DatasetPaging::Prefetch);
  num_prefetched_ = std::max(num_prefetched_, wanted);
}

}  // namespace slide::train
