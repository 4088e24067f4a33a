// Times as text: a number and a unit, as in 30s, 10m or 1h.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace slide::options {

using Seconds = std::chrono::duration<double>;

inline constexpr double kMaxSeconds = 1e9;

// The time, 0 to kMaxSeconds; none: the text is no such time.
std::optional<Seconds> SecondsOf(std::string_view text);
// With the largest unit that gives a whole number. SecondsOf reads it back to
// the last bit.
std::string FormatTime(Seconds value);

}  // namespace slide::options
