// CheckpointInterval as text: a time, or a number of epochs.
#include <fmt/format.h>

#include "options/seconds.h"
#include "options/values.h"
#include "slide/error.h"
#include "slide/options/checkpoint.h"

namespace slide::options {
namespace {

constexpr std::string_view kExpected =
    "a time or a number of epochs, such as 30s, 10m, 1h or 2epochs";

}  // namespace

void Parse(std::string_view text, const Range&, CheckpointInterval& value) {
  for (const std::string_view unit : {"epochs", "epoch"}) {
    if (!text.ends_with(unit)) continue;
    int epochs = 0;
    try {
      Parse(text.substr(0, text.size() - unit.size()), Between(1, 1'000'000),
            epochs);
    } catch (const OptionsError&) {
      Refuse(text, kExpected);
    }
    value = {.epochs = epochs};
    return;
  }
  const std::optional<Seconds> time = SecondsOf(text);
  if (!time || time->count() <= 0.0) Refuse(text, kExpected);
  value = {.seconds = time->count()};
}

std::string Format(const CheckpointInterval& value) {
  if (value.epochs == 0) return FormatTime(Seconds(value.seconds));
  return fmt::format("{}epoch{}", value.epochs, value.epochs == 1 ? "" : "s");
}

}  // namespace slide::options
