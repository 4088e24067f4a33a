#include "util/utf8.h"

#include "gtest/gtest.h"

namespace slide::util::utf8_test {
namespace {

// Encodes by the definition: the shortest form of each code point but the
// surrogates.
std::string Encode(uint32_t c) {
  const auto byte = [](uint32_t b) { return static_cast<char>(b); };
  const auto next = [&](int shift) { return byte(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xc0 | c >> 6), next(0)};
  if (c < 0x10000) return {byte(0xe0 | c >> 12), next(6), next(0)};
  return {byte(0xf0 | c >> 18), next(12), next(6), next(0)};
}

TEST(Utf8, AcceptsAllCodePointsButSurrogates) {
  for (uint32_t c = 0; c < 0x120000; ++c) {
    const std::string text = Encode(c);
    const bool valid = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
    ASSERT_EQ(Utf8Length(text), valid ? text.size() : 0u) << c;
    ASSERT_EQ(Utf8Length(text.substr(0, text.size() - 1)),
              0u) << c;  // cut off
  }
}

TEST(Utf8, RefusesLongFormsAndStrayBytes) {
  for (const std::string text :
       {"\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\x80",
        "\xbf", "\xff", "\xf8\x88\x80\x80\x80", "\xc3(", "\xe2\x28\xa1"}) {
    EXPECT_EQ(Utf8Length(text), 0u);
  }
}

TEST(Utf8, TellsWhereItEndsWhateverStandsBefore) {
  for (size_t n = 0; n < 40; ++n) {
    std::string text(n, 'a');
    EXPECT_EQ(Utf8Length(text), n);
    EXPECT_EQ(Utf8Length(text + "é" + text), 2 * n + 2);
    EXPECT_EQ(Utf8Length(text + "\xff" + text), n);
    EXPECT_EQ(Utf8Length("é" + text + "\xe2\x82"), n + 2);
  }
}

}  // namespace
}  // namespace slide::util::utf8_test
