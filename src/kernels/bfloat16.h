// bfloat16: the upper half of a float, 8 bits of precision at a float's range.
#pragma once

#include <bit>
#include <cstdint>

namespace slide::kernels {

struct BFloat16 {
  uint16_t bits;
};

constexpr float ToFloat(BFloat16 x) noexcept {
  return std::bit_cast<float>(static_cast<uint32_t>(x.bits) << 16);
}
constexpr float ToFloat(float x) noexcept { return x; }
constexpr float ToFloat(int8_t x) noexcept { return x; }

// Adds `addend` at the float's last bit and cuts the lower half off. An addend
// drawn evenly from 0..65535 rounds at random with the mean kept.
constexpr BFloat16 CutToBFloat16(float x, uint32_t addend) noexcept {
  return {static_cast<uint16_t>((std::bit_cast<uint32_t>(x) + addend) >> 16)};
}

// The addend that rounds to nearest, and ties to even.
constexpr uint32_t NearestAddend(float x) noexcept {
  return 0x7fff + ((std::bit_cast<uint32_t>(x) >> 16) & 1);
}

}  // namespace slide::kernels
