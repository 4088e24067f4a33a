#include "cli/network_memory.h"

#include <fmt/format.h>

#include <span>

#include "cli/summary.h"
#include "slide/cpu.h"
#include "slide/error.h"
#include "slide/network.h"

namespace slide::cli {
namespace {

// Names a sample with the largest id where there are far more ids than marks: a
// network has neurons or rows for all of them. Otherwise empty. ids_of(sample):
// its labels, or its features.
template <typename IdsOf>
std::string LargestId(const Dataset& data, const char* kind, uint32_t num_ids,
                      uint64_t num_marks, IdsOf&& ids_of) {
  constexpr uint64_t kSparse = 16;
  if (num_ids / kSparse <= num_marks) return "";
  for (size_t i = 0; i < data.size(); ++i) {
    const std::span<const uint32_t> ids = ids_of(data[i]);
    if (ids.empty() || ids.back() + 1 != num_ids) continue;
    return fmt::format(
        "; sample {} (from 0) has {} {}, and there are as many as the largest "
        "one asks for: number them without gaps",
        i, kind, ids.back());
  }
  return "";
}

}  // namespace

void RequireNetworkMemory(const std::string& path, const Dataset& data,
                          const NetworkOptions& network) {
  const NetworkMemory memory = Network::MemoryOf(network);
  const uint64_t available = AvailableMemory();
  if (memory.layers <= available &&
      memory.tables <= available - memory.layers) {
    return;
  }
  throw OutOfMemoryError(fmt::format(
      "{}: out of memory: a network of {} features and {} labels takes {}, and "
      "{} are left{}{}; a smaller --hidden, --precision bf16 and --optimizer "
      "row-adagrad need less",
      path, network.num_features, network.num_labels,
      FormatBytes(memory.layers), FormatBytes(available),
      LargestId(data, "label", data.num_labels(), data.num_label_marks(),
                [](const Sample& s) { return s.labels; }),
      LargestId(data, "feature", data.num_features(), data.num_nonzeros(),
                [](const Sample& s) { return s.features.ids; })));
}

}  // namespace slide::cli
