// TailSampler: draws output neurons from q(n) = (1 - m) / N + m f(n), where f
// is the share of neuron n among all training labels and m the tail_mix.
//
// The frequency part is an alias table (Walker 1977, built as in Vose 1991): a
// draw costs one random access however skewed f is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "util/aligned.h"
#include "util/check.h"
#include "util/rng.h"

namespace slide::nn {

class TailSampler {
 public:
  // label_counts [N]: how many training samples carry each label. If they are
  // all zero, f is even. Requires: N >= 1, 0 <= mix <= 1.
  TailSampler(std::span<const uint64_t> label_counts, double mix);

  uint32_t Draw(util::Rng& rng) const noexcept {
    uint32_t neuron = 0;
    DrawAll(rng, {&neuron, 1});
    return neuron;
  }

  // Fills `neurons` with draws. Many at once cost little more than one: their
  // random accesses are under way together.
  //
  // One random number makes all three choices: scaled to [0, N) its whole part
  // is the entry, and what is left over, even over [0, 1), decides between the
  // parts of q and within the entry. Requires: neurons.size() <= kMaxDraws.
  static constexpr size_t kMaxDraws = 128;
  void DrawAll(util::Rng& rng, std::span<uint32_t> neurons) const noexcept {
    SLIDE_DCHECK(neurons.size() <= kMaxDraws);
    util::Rng::Split picks[kMaxDraws];
    for (size_t i = 0; i < neurons.size(); ++i) {
      picks[i] = rng.UniformSplit(entries_.size());
      __builtin_prefetch(&entries_[picks[i].whole]);
    }
    for (size_t i = 0; i < neurons.size(); ++i) {
      const auto [pick, rest] = picks[i];
      const Entry& entry = entries_[pick];
      const bool stays = rest >= mix_ || rest < mix_ * entry.keep;
      neurons[i] = stays ? static_cast<uint32_t>(pick) : entry.alias;
    }
  }

  // q(n).
  double Probability(uint32_t n) const noexcept;

 private:
  struct Entry {
    float keep;      // probability of staying at this entry
    uint32_t alias;  // where to go otherwise
  };
  float mix_;
  util::AlignedBuffer<Entry> entries_;  // [N]
  util::AlignedBuffer<float> shares_;   // f, [N]
};

}  // namespace slide::nn
