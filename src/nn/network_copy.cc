#include "nn/network_copy.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "util/check.h"

namespace slide::nn {
namespace {

// Calls f(bytes) for each array that training changes. A new kind of trained
// memory is added here alone.
template <typename Core, typename F>
void ForEachArray(Core& network, F&& f) {
  for (auto& layer : network.layers()) {
    f(layer.weights().records());
    if (layer.bias() != nullptr) f(layer.bias()->records());
  }
  if (network.sparse_part() != nullptr) {
    network.sparse_part()->ForEachTrained(f);
  }
}

size_t NumBytes(const NetworkCore& network) {
  size_t num = 0;
  ForEachArray(network,
               [&](std::span<const std::byte> array) { num += array.size(); });
  return num;
}

}  // namespace

NetworkCopy::NetworkCopy(const NetworkCore& network)
    : bytes_(NumBytes(network),
             "a copy of the network as it was after its best epoch (training "
             "without a validation set needs none)") {}

void NetworkCopy::Take(const NetworkCore& network) noexcept {
  SLIDE_DCHECK(NumBytes(network) == bytes_.size());
  std::byte* to = bytes_.data();
  ForEachArray(network, [&](std::span<const std::byte> array) {
    std::memcpy(to, array.data(), array.size());
    to += array.size();
  });
}

void NetworkCopy::Restore(NetworkCore& network) const noexcept {
  SLIDE_DCHECK(NumBytes(network) == bytes_.size());
  const std::byte* from = bytes_.data();
  ForEachArray(network, [&](std::span<std::byte> array) {
    std::memcpy(array.data(), from, array.size());
    from += array.size();
  });
}

void NetworkCopy::Swap(NetworkCore& network) noexcept {
  SLIDE_DCHECK(NumBytes(network) == bytes_.size());
  std::byte* with = bytes_.data();
  ForEachArray(network, [&](std::span<std::byte> array) {
    std::swap_ranges(array.begin(), array.end(), with);
    with += array.size();
  });
}

}  // namespace slide::nn
