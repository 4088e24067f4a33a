#include "options/seconds.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <utility>

#include "options/values.h"
#include "slide/error.h"

namespace slide::options {
namespace {

// Seconds of each unit, the largest first.
constexpr std::array<std::pair<std::string_view, double>, 3> kUnits = {
    {{"h", 3600.0}, {"m", 60.0}, {"s", 1.0}}};

}  // namespace

std::optional<Seconds> SecondsOf(std::string_view text) {
  for (const auto& [unit, seconds] : kUnits) {
    if (!text.ends_with(unit)) continue;
    double number = 0.0;
    try {
      Parse(text.substr(0, text.size() - unit.size()),
            Between(0, kMaxSeconds / seconds), number);
    } catch (const OptionsError&) {
      return std::nullopt;
    }
    return Seconds(number * seconds);
  }
  return std::nullopt;
}

std::string FormatTime(Seconds value) {
  for (const auto& [unit, seconds] : kUnits) {
    const double number = value.count() / seconds;
    if (number >= 1.0 && number == std::floor(number) &&
        number * seconds == value.count()) {
      return fmt::format("{}{}", number, unit);
    }
  }
  return fmt::format("{}s", value.count());
}

void Parse(std::string_view text, const Range&, Seconds& value) {
  const std::optional<Seconds> time = SecondsOf(text);
  if (!time) Refuse(text, "a time such as 30s, 10m or 1h");
  value = *time;
}
std::string Format(Seconds value) { return FormatTime(value); }

}  // namespace slide::options
