// ReadLog: which samples of a data set were found damaged as they were read.
// Threads: any number at once.
#pragma once

#include <atomic>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>

namespace slide::data {

class ReadLog {
 public:
  static constexpr size_t kNone = std::numeric_limits<size_t>::max();

  // name: of the data set, for messages. has_unit_lengths: samples are said to
  // be scaled to length 1.
  ReadLog(std::string name, bool has_unit_lengths)
      : name_(std::move(name)), has_unit_lengths_(has_unit_lengths) {}

  const std::string& name() const noexcept { return name_; }
  bool has_unit_lengths() const noexcept { return has_unit_lengths_; }

  void Note(size_t sample) noexcept {
    size_t first = first_damaged_.load(std::memory_order_relaxed);
    while (sample < first && !first_damaged_.compare_exchange_weak(
                                 first, sample, std::memory_order_relaxed)) {
    }
  }

  // The first sample in order among those noted, or kNone.
  size_t first_damaged() const noexcept {
    return first_damaged_.load(std::memory_order_relaxed);
  }

 private:
  std::string name_;
  bool has_unit_lengths_;
  std::atomic<size_t> first_damaged_ = kNone;
};

}  // namespace slide::data
