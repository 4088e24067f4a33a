#include "options/values.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <system_error>

#include "slide/error.h"

namespace slide::options {
namespace {

bool Holds(const Range& range, double value) {
  return (range.without_low ? range.low < value : range.low <= value) &&
         (range.without_high ? value < range.high : value <= range.high);
}

}  // namespace

std::string Range::Text() const {
  if (std::isinf(low)) return "";
  if (std::isinf(high)) {
    return without_low ? fmt::format("above {}", low)
                       : fmt::format("{} or more", low);
  }
  if (without_low) return fmt::format("above {}, up to {}", low, high);
  return fmt::format("{} to {}{}", low, without_high ? "below " : "", high);
}

void Refuse(std::string_view text, std::string_view expected) {
  throw OptionsError(fmt::format("got '{}', expected {}", text, expected));
}

// from_chars on all of `text`, whatever the locale.
template <typename T>
requires Whole<T> || std::same_as<T, double>
void Parse(std::string_view text, const Range& range, T& value) {
  T number{};
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const std::string limits = range.Text();
  if (error != std::errc() || rest != end ||
      !std::isfinite(static_cast<double>(number))) {
    Refuse(text, fmt::format("{}{}{}", Whole<T> ? "a whole number" : "a number",
                             limits.empty() ? "" : ", ", limits));
  }
  if (!Holds(range, static_cast<double>(number))) {
    throw OptionsError(fmt::format("got {}, expected {}", text, limits));
  }
  value = number;
}

template void Parse(std::string_view, const Range&, int&);
template void Parse(std::string_view, const Range&, uint32_t&);
template void Parse(std::string_view, const Range&, uint64_t&);
template void Parse(std::string_view, const Range&, double&);

// The shortest text that is read back as this value.
std::string Format(double value) { return fmt::format("{}", value); }

}  // namespace slide::options
