// Selects the samples of a data set that an evaluation looks at: all, or a
// random part that depends on the seed alone, so that every evaluation of a
// run, and every method that is compared, sees the same ones.
#pragma once

#include <cstdint>
#include <numeric>
#include <vector>

#include "util/rng.h"

namespace slide::eval {

// num_samples of [0, size) without repeats, ascending, every set as likely as
// any other; all of them when num_samples is 0 or not below size.
// Cost: O(size), a draw each.
// Source: Knuth, "The Art of Computer Programming" vol. 2, 3.4.2, algorithm S.
inline std::vector<uint64_t> SampleIndices(uint64_t size, uint64_t num_samples,
                                           uint64_t seed) {
  if (num_samples == 0 || num_samples >= size) {
    std::vector<uint64_t> all(size);
    std::iota(all.begin(), all.end(), uint64_t{0});
    return all;
  }
  util::Rng rng = util::Rng(seed).Stream(util::Purpose::kEvalSample);
  std::vector<uint64_t> chosen;
  chosen.reserve(num_samples);
  for (uint64_t i = 0; chosen.size() < num_samples; ++i) {
    // i is chosen with (how many are still wanted) / (how many are left).
    if (rng.UniformInt(size - i) < num_samples - chosen.size()) {
      chosen.push_back(i);
    }
  }
  return chosen;
}

}  // namespace slide::eval
