#include "data/number_parser.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "util/rng.h"

namespace slide::data::number_parser_test {
namespace {

constexpr uint64_t kSeed = 20240611;

// Returns the value that the parser must give: that of std::from_chars, where
// it gives one.
uint32_t ReferenceBits(const std::string& text) {
  float value = 0.0f;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  EXPECT_EQ(error, std::errc()) << text;
  EXPECT_EQ(end, text.data() + text.size()) << text;
  return std::bit_cast<uint32_t>(value);
}

ParsedFloat Parse(const std::string& text) {
  return ParseFloat(text.data(), text.data() + text.size());
}

// The value, or nan where the whole text is not one number.
float ParseWhole(const std::string& text) {
  const auto [value, next] = Parse(text);
  return next == text.data() + text.size()
             ? value
             : std::numeric_limits<float>::quiet_NaN();
}

void ExpectLikeFromChars(const std::string& text) {
  EXPECT_EQ(std::bit_cast<uint32_t>(ParseWhole(text)), ReferenceBits(text))
      << text << ", seed " << kSeed;
}

std::string RandomDigits(util::Rng& rng, uint64_t num) {
  std::string digits;
  while (digits.size() < num) {
    digits += static_cast<char>('0' + rng.UniformInt(10));
  }
  return digits;
}

TEST(ParseFloat, EqualsFromCharsOnRandomDecimals) {
  util::Rng rng(kSeed);
  for (int i = 0; i < 500'000; ++i) {
    std::string text = rng.UniformInt(2) == 0 ? "" : "-";
    const uint64_t num_decimals = rng.UniformInt(22);
    text += RandomDigits(rng, rng.UniformInt(22) + (num_decimals == 0));
    if (num_decimals > 0) {
      text += '.';
      text += RandomDigits(rng, num_decimals);
    }
    if (rng.UniformInt(2) == 0) {
      const int64_t exponent = static_cast<int64_t>(rng.UniformInt(35)) - 17;
      text += fmt::format("e{}", exponent);
    }
    // Not out of range: below 1e22 * 1e17, and zeros are allowed.
    if (std::abs(ParseWhole(text)) < 1e-37f || std::isinf(ParseWhole(text))) {
      continue;
    }
    ExpectLikeFromChars(text);
  }
}

TEST(ParseFloat, EqualsFromCharsOnShortestFormsOfRandomFloats) {
  util::Rng rng(kSeed);
  for (int i = 0; i < 500'000; ++i) {
    const float value =
        std::bit_cast<float>(static_cast<uint32_t>(rng.Next() >> 32));
    if (!std::isfinite(value)) continue;
    char buffer[64];
    const auto [end, error] = std::to_chars(buffer, buffer + 64, value);
    const std::string text(buffer, end);
    EXPECT_EQ(std::bit_cast<uint32_t>(ParseWhole(text)),
              std::bit_cast<uint32_t>(value))
        << text << ", seed " << kSeed;
  }
}

// Decimals at, just below and just above the middle of two floats: rounding to
// double and then to float goes wrong here.
TEST(ParseFloat, EqualsFromCharsAroundTheMiddleOfTwoFloats) {
  util::Rng rng(kSeed);
  for (int i = 0; i < 200'000; ++i) {
    // Within the exponents where 17 digits leave the fast path applicable.
    const double exponent = rng.Uniform() * 40.0 - 20.0;
    const float low = static_cast<float>(std::exp2(exponent));
    const float high =
        std::nextafterf(low, std::numeric_limits<float>::infinity());
    const double middle = (static_cast<double>(low) + high) / 2.0;
    for (const int precision : {9, 12, 15, 16, 17, 19, 25}) {
      char buffer[128];
      for (const auto format :
           {std::chars_format::fixed, std::chars_format::scientific}) {
        const auto [end, error] =
            std::to_chars(buffer, buffer + 128, middle, format, precision);
        ExpectLikeFromChars(std::string(buffer, end));
      }
    }
  }
}

TEST(ParseFloat, EqualsFromCharsOnWholeNumbersThatAreHalfWay) {
  for (uint64_t n = (1u << 24) - 100; n < (1u << 24) + 1000; ++n) {
    ExpectLikeFromChars(std::to_string(n));
    ExpectLikeFromChars(std::to_string(n << 20));
    ExpectLikeFromChars(std::to_string((n << 20) + 1));
    ExpectLikeFromChars(std::to_string((n << 20) - 1));
  }
}

TEST(ParseFloat, ReadsEveryFormOfADecimal) {
  EXPECT_EQ(ParseWhole("0"), 0.0f);
  EXPECT_EQ(ParseWhole("7"), 7.0f);
  EXPECT_EQ(ParseWhole("5."), 5.0f);
  EXPECT_EQ(ParseWhole(".5"), 0.5f);
  EXPECT_EQ(ParseWhole("+2.5"), 2.5f);
  EXPECT_EQ(ParseWhole("-2.5e+3"), -2500.0f);
  EXPECT_EQ(ParseWhole("25E-1"), 2.5f);
  EXPECT_EQ(ParseWhole("000000000000000000000000000012"), 12.0f);
  EXPECT_EQ(ParseWhole("1" + std::string(60, '0') + "e-60"), 1.0f);
  EXPECT_TRUE(std::signbit(ParseWhole("-0.0")));
}

TEST(ParseFloat, StopsBehindTheNumber) {
  const std::string text = "1.5 2:3";
  const auto [value, next] = Parse(text);
  EXPECT_EQ(value, 1.5f);
  EXPECT_EQ(next, text.data() + 3);
}

TEST(ParseFloat, RefusesWhatIsNoDecimalNumber) {
  for (const char* text : {"", "-", "+", ".", "-.", "e5", ".e5", "1e", "1e+",
                           "1e-", "nan", "inf", "-inf", "x", ":", "--1"}) {
    EXPECT_EQ(Parse(text).next, nullptr) << text;
  }
  for (const char* text : {"0x10", "1.2.3", "1,5", "1f", "1e5.0"}) {
    EXPECT_TRUE(std::isnan(ParseWhole(text))) << text;
  }
}

TEST(ParseFloat, GivesInfinityForWhatIsTooLarge) {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::string zeros(400, '0');
  for (const std::string& text :
       {std::string("3.5e38"), std::string("1e39"), std::string("1e400"),
        std::string("1e99999999999999999999"), "1" + zeros,
        "0." + zeros + "1e800", "1" + zeros + ".5"}) {
    EXPECT_EQ(ParseWhole(text), infinity) << text;
    EXPECT_EQ(ParseWhole("-" + text), -infinity) << text;
  }
  EXPECT_EQ(ParseWhole("3.4028234e38"), std::numeric_limits<float>::max());
}

TEST(ParseFloat, GivesZeroForWhatIsTooSmall) {
  const std::string zeros(400, '0');
  for (const std::string& text :
       {std::string("1e-46"), std::string("1e-400"),
        std::string("1e-99999999999999999999"), "0." + zeros + "1",
        "." + zeros + "1", "1" + zeros + "e-800", std::string("0e400")}) {
    EXPECT_EQ(ParseWhole(text), 0.0f) << text;
  }
  EXPECT_EQ(ParseWhole("1e-45"), std::numeric_limits<float>::denorm_min());
}

TEST(ParseUnsigned, ReadsDigitsAndStopsBehindThem) {
  const std::string text = "4294967295:1";
  const auto [value, next] =
      ParseUnsigned(text.data(), text.data() + text.size());
  EXPECT_EQ(value, 4'294'967'295u);
  EXPECT_EQ(next, text.data() + 10);
}

TEST(ParseUnsigned, StaysWhereItStartedWithoutDigits) {
  for (const std::string text : {"", "-1", "+1", "x", " 1"}) {
    EXPECT_EQ(ParseUnsigned(text.data(), text.data() + text.size()).next,
              text.data());
  }
}

TEST(ParseUnsigned, StaysTooLargeHoweverManyDigits) {
  for (const size_t num_digits : {19u, 20u, 21u, 40u, 1000u}) {
    const std::string text(num_digits, '9');
    EXPECT_GE(ParseUnsigned(text.data(), text.data() + num_digits).value,
              kTooLarge);
  }
  const std::string padded = std::string(50, '0') + "12";
  EXPECT_EQ(ParseUnsigned(padded.data(), padded.data() + 52).value, 12u);
}

}  // namespace
}  // namespace slide::data::number_parser_test
