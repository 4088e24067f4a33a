// Values of options as text and back: Format(value) and Parse(text, range,
// value), for every type that an option has.
//
// Parse throws OptionsError "got 'TEXT', expected ..." and then has not changed
// the value. What Format gives is read back as the same value, to the last bit.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "options/words.h"
#include "slide/option_fields.h"
#include "slide/options/checkpoint.h"
#include "slide/options/network.h"

namespace slide::options {

using Seconds = std::chrono::duration<double>;

inline constexpr double kMaxSeconds = 1e9;

// The numbers that an option may be.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool without_low = false;   // low itself is not allowed
  bool without_high = false;  // nor is high

  // "1 to 32", "above 0"; empty: any number.
  std::string Text() const;
};

constexpr Range Between(double low, double high) { return {low, high}; }
constexpr Range AtLeast(double low) { return {.low = low}; }
constexpr Range Above(double low) { return {.low = low, .without_low = true}; }
// A part of something: 0 to 1, or less than all of it.
constexpr Range kShare = {0.0, 1.0};
constexpr Range kShareBelow1 = {.low = 0.0, .high = 1.0, .without_high = true};

template <typename T>
concept Whole = std::integral<T> && !std::same_as<T, bool>;
template <typename T>
concept Word = !kWords<T>.empty();

// "got 'TEXT', expected EXPECTED".
[[noreturn]] void Refuse(std::string_view text, std::string_view expected);

// Numbers: int, uint32_t, uint64_t, double (finite).
template <typename T>
requires Whole<T> || std::same_as<T, double>
void Parse(std::string_view text, const Range& range, T& value);
std::string Format(double value);
template <Whole T>
std::string Format(T value) {
  return std::to_string(value);
}

// Words.
template <Word T>
void Parse(std::string_view text, const Range&, T& value) {
  const std::optional<size_t> place = PlaceOf(text, kWords<T>);
  if (!place) Refuse(text, kWords<T>);
  value = static_cast<T>(*place);
}
// A value that is none of the enumerators becomes its number.
template <Word T>
std::string Format(T value) {
  const auto place = static_cast<size_t>(value);
  const std::string_view word = WordAt(kWords<T>, place);
  return word.empty() ? std::to_string(place) : std::string(word);
}

// A hidden layer, as in 20000:active=500:tanh: its neurons, then the values
// that are not the default ones, each as flag=value, a word alone where words
// are the values, a flag alone where it is a switch.
void Parse(std::string_view text, const Range&, HiddenLayer& value);
std::string Format(const HiddenLayer& value);

// A time, 0 to kMaxSeconds, as in 30s, 10m or 1h; written with the largest unit
// that gives a whole number.
void Parse(std::string_view text, const Range&, Seconds& value);
std::string Format(Seconds value);

// A time or a number of epochs, as in 10m or 2epochs.
void Parse(std::string_view text, const Range&, CheckpointInterval& value);
std::string Format(const CheckpointInterval& value);

// Values that may be left open; without one, no text.
template <typename T>
void Parse(std::string_view text, const Range& range, std::optional<T>& value) {
  T set{};
  Parse(text, range, set);
  value = set;
}
template <typename T>
std::string Format(const std::optional<T>& value) {
  return value ? Format(*value) : "";
}

// Lists, with commas between the items.
template <typename T>
void Parse(std::string_view text, const Range& range, std::vector<T>& value) {
  std::vector<T> items;
  while (true) {
    const size_t comma = text.find(',');
    Parse(text.substr(0, comma), range, items.emplace_back());
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  value = std::move(items);
}
template <typename T>
std::string Format(const std::vector<T>& value) {
  std::string text;
  for (const T& item : value) {
    if (!text.empty()) text += ',';
    text += Format(item);
  }
  return text;
}

}  // namespace slide::options
