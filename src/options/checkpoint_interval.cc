// CheckpointInterval as text: a number and a unit.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <utility>

#include "options/values.h"
#include "slide/error.h"
#include "slide/options/checkpoint.h"

namespace slide::options {
namespace {

constexpr std::string_view kExpected =
    "a time or a number of epochs, such as 30s, 10m, 1h or 2epochs";
constexpr Range kEpochs = Between(1, 1'000'000);
constexpr Range kSeconds = {.low = 0.0, .high = 1e9, .without_low = true};

// Seconds of each unit, the largest first.
constexpr std::array<std::pair<std::string_view, double>, 3> kUnits = {
    {{"h", 3600.0}, {"m", 60.0}, {"s", 1.0}}};

template <typename T>
T NumberBefore(std::string_view unit, std::string_view text,
               const Range& range) {
  T number{};
  try {
    Parse(text.substr(0, text.size() - unit.size()), range, number);
  } catch (const OptionsError&) {
    Refuse(text, kExpected);
  }
  return number;
}

}  // namespace

void Parse(std::string_view text, const Range&, CheckpointInterval& value) {
  for (const std::string_view unit : {"epochs", "epoch"}) {
    if (!text.ends_with(unit)) continue;
    value = {.epochs = NumberBefore<int>(unit, text, kEpochs)};
    return;
  }
  for (const auto& [unit, seconds] : kUnits) {
    if (!text.ends_with(unit)) continue;
    value = {.seconds = NumberBefore<double>(unit, text, kSeconds) * seconds};
    return;
  }
  Refuse(text, kExpected);
}

std::string Format(const CheckpointInterval& value) {
  if (value.epochs != 0) {
    return fmt::format("{}epoch{}", value.epochs, value.epochs == 1 ? "" : "s");
  }
  for (const auto& [unit, seconds] : kUnits) {
    const double number = value.seconds / seconds;
    if (number == std::floor(number) && number * seconds == value.seconds) {
      return fmt::format("{}{}", number, unit);
    }
  }
  return fmt::format("{}s", value.seconds);
}

}  // namespace slide::options
