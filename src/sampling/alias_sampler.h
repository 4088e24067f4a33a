// AliasSampler: draws output neurons from q(n) = (1 - m) / N + m f(n), where f
// is the share of neuron n among all training labels and m the share of draws
// by frequency.
//
// The frequency part is an alias table (Walker 1977, built as in Vose 1991): a
// draw, the neuron's logQ correction with it, costs one random access however
// skewed f is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "util/aligned.h"
#include "util/rng.h"

namespace slide::sampling {

struct Draw {
  uint32_t neuron;
  // The logQ correction added to its logit: -log(num_draws * q(n)), not below
  // 0, for a sample's num_draws draws. 0 for a neuron that is never drawn; one
  // that is expected more than once is drawn once, as itself.
  float correction;
};

class AliasSampler {
 public:
  // label_counts [N]: how many training samples carry each label. If they are
  // all zero, f is even. num_draws: in a sample, for the corrections; 0: they
  // are all 0. Requires: N >= 1, 0 <= frequency_share <= 1.
  AliasSampler(std::span<const uint64_t> label_counts, double frequency_share,
               size_t num_draws);

  // A draw in two halves: the random number, whose entry is prefetched, and the
  // draw it leads to. With other work between the two, the random accesses of
  // many draws cost little.
  //
  // One random number makes all three choices: scaled to [0, N) its whole part
  // is the entry, and what is left over, even over [0, 1), decides between the
  // parts of q and within the entry.
  using Pick = util::Rng::Split;
  Pick StartDraw(util::Rng& rng) const noexcept {
    const Pick pick = rng.UniformSplit(entries_.size());
    __builtin_prefetch(&entries_[pick.whole], 0, 2);
    return pick;
  }
  Draw FinishDraw(Pick pick) const noexcept {
    const Entry& entry = entries_[pick.whole];
    const bool stays = pick.rest >= frequency_share_ ||
                       pick.rest < frequency_share_ * entry.keep;
    return stays ? Draw{static_cast<uint32_t>(pick.whole), entry.correction}
                 : Draw{entry.alias, entry.alias_correction};
  }

  // q(n).
  double Probability(uint32_t n) const noexcept;

 private:
  struct Entry {
    float keep;      // probability of staying at this entry
    uint32_t alias;  // where to go otherwise
    float correction, alias_correction;
  };
  float frequency_share_;
  util::AlignedBuffer<Entry> entries_;  // [N]
  util::AlignedBuffer<float> shares_;   // f, [N]
};

}  // namespace slide::sampling
