#include "util/checksum.h"

#include <xxhash.h>

namespace slide::util {

uint64_t Checksum(std::span<const std::byte> bytes) noexcept {
  return XXH64(bytes.data(), bytes.size(), 0);
}

struct RunningChecksum::State {
  XXH64_state_t xxh64;
};

RunningChecksum::RunningChecksum() : state_(std::make_unique<State>()) {
  XXH64_reset(&state_->xxh64, 0);
}

RunningChecksum::~RunningChecksum() = default;

void RunningChecksum::Add(std::span<const std::byte> bytes) noexcept {
  XXH64_update(&state_->xxh64, bytes.data(), bytes.size());
}

uint64_t RunningChecksum::value() const noexcept {
  return XXH64_digest(&state_->xxh64);
}

}  // namespace slide::util
