// Numbers out of text, from the byte they start at: ids in a tight loop, floats
// by a fast path that gives what std::from_chars gives, and std::from_chars for
// the rest. Nothing here looks at the locale.
//
// The fast path (Clinger, "How to read floating point numbers accurately",
// 1990): an integer w <= 2^53 and 10^e with e <= 22 are exact in double, so
// w * 10^e and w / 10^e are the double nearest to the decimal. Rounding that to
// float errs only if it is exactly half way between two floats; this is seen
// from its bits and left to std::from_chars.
#pragma once

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <limits>
#include <system_error>

namespace slide::data {

inline bool IsDigit(char c) noexcept { return c >= '0' && c <= '9'; }

struct ParsedUnsigned {
  uint64_t value;    // some number >= kTooLarge for anything from there on
  const char* next;  // behind the last digit; where it started without digits
};

inline constexpr uint64_t kTooLarge = 1'000'000'000'000'000'000;

// The decimal digits at the front of [p, end).
inline ParsedUnsigned ParseUnsigned(const char* p, const char* end) noexcept {
  uint64_t value = 0;
  for (; p != end && IsDigit(*p); ++p) {
    if (value < kTooLarge) value = value * 10 + static_cast<uint64_t>(*p - '0');
  }
  return {value, p};
}

struct ParsedFloat {
  float value;       // the nearest float; infinite if that is out of range
  const char* next;  // behind the number; nullptr if there is none
};

namespace internal {

// Tells whether the number [p, end), which is not zero, is 1 or above. It is
// digits with at most one point, then perhaps an exponent, which was read
// already.
inline bool IsOneOrMore(const char* p, const char* end,
                        int64_t exponent) noexcept {
  int64_t place = 0;  // of the first digit that is not 0: 1 for ones, 0 tenths
  while (p != end && *p == '0') ++p;
  if (p != end && *p == '.') {
    while (++p != end && *p == '0') --place;
  } else {
    while (p != end && IsDigit(*p)) ++p, ++place;
  }
  return place + exponent > 0;
}

// [p, end): a decimal number without sign whose form was checked already.
inline float ParseMagnitudeSlowly(const char* p, const char* end,
                                  int64_t exponent) noexcept {
  float value = 0.0f;
  if (std::from_chars(p, end, value).ec == std::errc::result_out_of_range) {
    // Far from 1 in either case, so its side of 1 tells which.
    return IsOneOrMore(p, end, exponent)
               ? std::numeric_limits<float>::infinity()
               : 0.0f;
  }
  return value;
}

}  // namespace internal

// The decimal number at the front of [p, end): [+-] digits with at most one
// point among or around them, and optionally e or E, [+-], digits. No nan, inf,
// or hexadecimal. A number too small for float gives 0.
inline ParsedFloat ParseFloat(const char* p, const char* end) noexcept {
  constexpr double kPowersOfTen[] = {
      1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  constexpr int64_t kMaxPower = std::size(kPowersOfTen) - 1;
  constexpr uint64_t kMaxExact = uint64_t{1} << 53;
  constexpr int64_t kMaxDigits = 19;  // 10^19 - 1 < 2^64
  constexpr ParsedFloat kNone = {0.0f, nullptr};

  const bool negative = p != end && *p == '-';
  if (p != end && (*p == '-' || *p == '+')) ++p;
  const char* const begin = p;

  uint64_t w = 0;  // wraps for more than kMaxDigits digits, and is unused then
  for (; p != end && IsDigit(*p); ++p) {
    w = w * 10 + static_cast<uint64_t>(*p - '0');
  }
  int64_t num_digits = p - begin, exponent = 0, num_decimals = 0;
  if (p != end && *p == '.') {
    const char* const decimals = ++p;
    for (; p != end && IsDigit(*p); ++p) {
      w = w * 10 + static_cast<uint64_t>(*p - '0');
    }
    num_decimals = p - decimals;
    num_digits += num_decimals;
  }
  if (num_digits == 0) return kNone;
  if (p != end && (*p == 'e' || *p == 'E')) {
    const bool negative_exponent = ++p != end && *p == '-';
    if (p != end && (*p == '-' || *p == '+')) ++p;
    const ParsedUnsigned digits = ParseUnsigned(p, end);
    if (digits.next == p) return kNone;
    p = digits.next;
    exponent = static_cast<int64_t>(std::min(digits.value, kTooLarge));
    if (negative_exponent) exponent = -exponent;
  }

  float value = 0.0f;
  const int64_t power = exponent - num_decimals;
  bool exact = num_digits <= kMaxDigits && w <= kMaxExact &&
               power >= -kMaxPower && power <= kMaxPower;
  if (exact) {
    const double nearest = power < 0
                               ? static_cast<double>(w) / kPowersOfTen[-power]
                               : static_cast<double>(w) * kPowersOfTen[power];
    // Between 10^-22 and 2^53 * 10^22 every result is a normal float, so the
    // 29 bits that double has beyond float show the middle of two floats.
    constexpr uint64_t kBeyondFloat = (uint64_t{1} << 29) - 1;
    constexpr uint64_t kHalfWay = uint64_t{1} << 28;
    exact = (std::bit_cast<uint64_t>(nearest) & kBeyondFloat) != kHalfWay;
    value = static_cast<float>(nearest);
  }
  if (!exact) value = internal::ParseMagnitudeSlowly(begin, p, exponent);
  return {negative ? -value : value, p};
}

}  // namespace slide::data
