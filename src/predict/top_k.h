// TopK: the k largest of a stream of scores; equal scores rank by label, the
// lower first. A score that is not a number ranks with -infinity.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "kernels/kernels.h"

namespace slide::predict {

struct LabelScore {
  uint32_t label;
  float score;
};

class TopK {
 public:
  // best: memory for the k entries; holds them best first.
  explicit TopK(std::span<LabelScore> best) : best_(best) {}

  // Offers scores[i] for label first_label + i; labels ascend over all calls.
  // Cost: one vectorised pass, and O(k) for each score that enters.
  void Offer(std::span<const float> scores, uint32_t first_label) noexcept {
    size_t i = 0;
    for (; i < scores.size() && size_ < best_.size(); ++i) {
      const float score = std::isnan(scores[i])
                              ? -std::numeric_limits<float>::infinity()
                              : scores[i];
      Insert(score, first_label + static_cast<uint32_t>(i), size_++);
    }
    while (size_ == best_.size()) {
      i = kernels::FindAbove(scores, i, best_.back().score);
      if (i == scores.size()) break;
      Insert(scores[i], first_label + static_cast<uint32_t>(i), size_ - 1);
      ++i;
    }
  }

 private:
  // Puts an entry where it belongs, `place` at the most; what was at `place`
  // goes.
  void Insert(float score, uint32_t label, size_t place) noexcept {
    while (place > 0 && best_[place - 1].score < score) {
      best_[place] = best_[place - 1];
      --place;
    }
    best_[place] = {label, score};
  }

  std::span<LabelScore> best_;
  size_t size_ = 0;
};

}  // namespace slide::predict
