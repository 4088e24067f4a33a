// Seconds and CheckpointInterval as text: a time, or a number of epochs.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "options/values.h"
#include "slide/error.h"
#include "slide/options/checkpoint.h"

namespace slide::options {
namespace {

// Seconds of each unit, the largest first.
constexpr std::array<std::pair<std::string_view, double>, 3> kUnits = {
    {{"h", 3600.0}, {"m", 60.0}, {"s", 1.0}}};

constexpr std::string_view kInterval =
    "a time or a number of epochs, such as 30s, 10m, 1h or 2epochs";

// The time, 0 to kMaxSeconds; none: the text is no such time.
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

}  // namespace

void Parse(std::string_view text, const Range&, Seconds& value) {
  const std::optional<Seconds> time = SecondsOf(text);
  if (!time) Refuse(text, "a time such as 30s, 10m or 1h");
  value = *time;
}

std::string Format(Seconds value) {
  for (const auto& [unit, seconds] : kUnits) {
    const double number = value.count() / seconds;
    if (number >= 1.0 && number == std::floor(number) &&
        number * seconds == value.count()) {
      return fmt::format("{}{}", number, unit);
    }
  }
  return fmt::format("{}s", value.count());
}

void Parse(std::string_view text, const Range&, CheckpointInterval& value) {
  for (const std::string_view unit : {"epochs", "epoch"}) {
    if (!text.ends_with(unit)) continue;
    int epochs = 0;
    try {
      Parse(text.substr(0, text.size() - unit.size()), Between(1, 1'000'000),
            epochs);
    } catch (const OptionsError&) {
      Refuse(text, kInterval);
    }
    value = {.epochs = epochs};
    return;
  }
  const std::optional<Seconds> time = SecondsOf(text);
  if (!time || time->count() <= 0.0) Refuse(text, kInterval);
  value = {.seconds = time->count()};
}

std::string Format(const CheckpointInterval& value) {
  if (value.epochs == 0) return Format(Seconds(value.seconds));
  return fmt::format("{}epoch{}", value.epochs, value.epochs == 1 ? "" : "s");
}

}  // namespace slide::options
