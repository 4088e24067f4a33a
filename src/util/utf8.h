// Whether bytes are UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing
// above U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace slide::util {

// Length of the UTF-8 at the front of text: text.size() if all of it is.
// Cost: one pass, eight bytes at a time where they are ASCII.
inline size_t Utf8Length(std::string_view text) noexcept {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto in = [&](size_t i, unsigned low, unsigned high) {
    return byte(i) >= low && byte(i) <= high;
  };
  size_t i = 0;
  while (i < text.size()) {
    constexpr uint64_t kHighBits = 0x8080808080808080u;
    uint64_t eight = kHighBits;
    if (i + 8 <= text.size()) std::memcpy(&eight, text.data() + i, 8);
    if ((eight & kHighBits) == 0) {
      i += 8;
      continue;
    }
    const unsigned lead = byte(i);
    size_t size = 0;
    if (lead < 0x80) {
      size = 1;
    } else if (lead >= 0xc2 && lead <= 0xdf) {
      size = in(i + 1, 0x80, 0xbf) ? 2 : 0;
    } else if (lead >= 0xe0 && lead <= 0xef) {
      const unsigned low = lead == 0xe0 ? 0xa0 : 0x80;
      const unsigned high = lead == 0xed ? 0x9f : 0xbf;
      size = in(i + 1, low, high) && in(i + 2, 0x80, 0xbf) ? 3 : 0;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      const unsigned low = lead == 0xf0 ? 0x90 : 0x80;
      const unsigned high = lead == 0xf4 ? 0x8f : 0xbf;
      size =
          in(i + 1, low, high) && in(i + 2, 0x80, 0xbf) && in(i + 3, 0x80, 0xbf)
              ? 4
              : 0;
    }
    if (size == 0) return i;
    i += size;
  }
  return i;
}

}  // namespace slide::util
