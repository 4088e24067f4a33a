// How often labels occur, for tests that draw them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace slide::testing_support {

inline constexpr size_t kNeurons = 200;

// Frequencies like those of labels: n-th most frequent ~ 1 / n; some never
// occur.
inline std::vector<uint64_t> ZipfCounts() {
  std::vector<uint64_t> counts(kNeurons);
  for (size_t n = 0; n < kNeurons; ++n) {
    counts[n] = n < kNeurons - 20 ? 1000 / (n + 1) : 0;
  }
  return counts;
}

}  // namespace slide::testing_support
