#include "util/checksum.h"

#include <xxhash.h>

#include <type_traits>

namespace slide::util {

uint64_t Checksum(std::span<const std::byte> bytes) noexcept {
  return XXH64(bytes.data(), bytes.size(), 0);
}

namespace {

// state: RunningChecksum's.
template <typename Bytes>
auto* StateIn(Bytes& state) noexcept {
  static_assert(sizeof(Bytes) == sizeof(XXH64_state_t) &&
                alignof(XXH64_state_t) <= alignof(uint64_t));
  if constexpr (std::is_const_v<Bytes>) {
    return reinterpret_cast<const XXH64_state_t*>(state.data());
  } else {
    return reinterpret_cast<XXH64_state_t*>(state.data());
  }
}

}  // namespace

RunningChecksum::RunningChecksum() noexcept { XXH64_reset(StateIn(state_), 0); }

void RunningChecksum::Add(std::span<const std::byte> bytes) noexcept {
  XXH64_update(StateIn(state_), bytes.data(), bytes.size());
}

uint64_t RunningChecksum::value() const noexcept {
  return XXH64_digest(StateIn(state_));
}

}  // namespace slide::util
