// Selection: the output neurons that a training step computes, as they are
// gathered for one sample.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "hashing/id_set.h"
#include "util/aligned.h"

namespace slide::sampling {

class Selection {
 public:
  // Holds ids below num_neurons, `capacity` of them at most.
  Selection(size_t num_neurons, size_t capacity)
      : num_neurons_(num_neurons),
        ids_(num_neurons, capacity),
        corrections_(capacity) {}

  // Forgets all ids; their corrections are 0 again.
  void Clear() noexcept {
    std::fill_n(corrections_.data(), ids_.size(), 0.0f);
    ids_.Clear();
  }

  // Returns whether the id was new. correction: added to its logit in the loss.
  // Requires: room for it.
  bool Insert(uint32_t id, float correction = 0.0f) noexcept {
    if (!ids_.Insert(id)) return false;
    corrections_[ids_.size() - 1] = correction;
    return true;
  }

  // Sources that find whole lists add to this; their corrections are 0.
  hashing::IdSet& ids() noexcept { return ids_; }
  const hashing::IdSet& ids() const noexcept { return ids_; }

  std::span<const float> corrections() const noexcept {
    return {corrections_.data(), ids_.size()};
  }
  size_t size() const noexcept { return ids_.size(); }
  size_t capacity() const noexcept { return ids_.capacity(); }
  size_t num_neurons() const noexcept { return num_neurons_; }
  // Neurons that are not selected.
  size_t num_others() const noexcept { return num_neurons_ - ids_.size(); }

 private:
  size_t num_neurons_;
  hashing::IdSet ids_;
  util::AlignedBuffer<float> corrections_;  // 0 behind the ids
};

}  // namespace slide::sampling
