#include "util/checksum.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <charconv>
#include <system_error>
#include <type_traits>

namespace slide::util {

uint64_t Checksum(std::span<const std::byte> bytes) noexcept {
  return XXH64(bytes.data(), bytes.size(), 0);
}

std::string ChecksumDigits(uint64_t sum) { return fmt::format("{:016x}", sum); }

std::optional<uint64_t> ReadChecksum(std::string_view digits) noexcept {
  uint64_t sum = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, sum, 16);
  if (digits.size() != 16 || error != std::errc() || rest != end) return {};
  return sum;
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
