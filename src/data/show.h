// Bytes of a file for a message.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace slide::data {

// Shortened if long, and each byte that is not printable ASCII as \xNN.
inline std::string Show(std::string_view text) {
  constexpr size_t kMaxShown = 40;
  std::string shown;
  for (const char c : text.substr(0, kMaxShown)) {
    if (c >= ' ' && c <= '~') {
      shown += c;
    } else {
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return text.size() > kMaxShown ? shown + "..." : shown;
}

}  // namespace slide::data
