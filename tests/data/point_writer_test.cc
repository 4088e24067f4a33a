#include "data/point_writer.h"

#include <fmt/format.h>

#include <bit>

#include "gtest/gtest.h"
#include "util/rng.h"

namespace slide::data::point_writer_test {
namespace {

std::string Line(const std::vector<uint32_t>& labels,
                 const std::vector<uint32_t>& ids,
                 const std::vector<float>& values) {
  std::string text;
  AppendPoint(labels, {ids, values}, text);
  return text;
}

TEST(PointWriter, WritesWhatTheFormatSays) {
  EXPECT_EQ(Line({3, 14}, {0, 4294967295u}, {0.5f, 12.25f}),
            "3,14 0:0.5 4294967295:12.25\n");
  EXPECT_EQ(Line({}, {7}, {1.0f}), " 7:1\n");
  EXPECT_EQ(Line({7}, {}, {}), "7\n");
  EXPECT_EQ(Line({}, {}, {}), " \n");
}

TEST(PointWriter, ThousandthsHaveThreeDecimals) {
  std::string text = "before\n";
  const std::vector<uint32_t> labels = {3, 14}, ids = {0, 7, 8, 4294967295u},
                              thousandths = {1, 50, 1000, 4294967295u};
  AppendPoint(labels, ids, thousandths, text);
  EXPECT_EQ(text,
            "before\n3,14 0:0.001 7:0.050 8:1.000 4294967295:4294967.295\n");
}

TEST(PointWriter, ValuesAreThoseOfPrintf) {
  const auto check = [](float value) {
    ASSERT_EQ(Line({}, {0}, {value}), fmt::format(" 0:{:.6g}\n", value));
  };
  for (const float value :
       {0.0f, 1.0f, 0.1f, 0.01f, 0.001f, 0.0001f, 0.00001f, 1e-30f, 1e30f,
        0.9999995f, 0.99999946f, 0.09999999f, 0.00099999997f, 0.000099999997f,
        0.12345650f, 1.5f, 123456.7f, -0.25f}) {
    check(value);
  }
  util::Rng rng(1);
  for (int i = 0; i < 200'000; ++i) {  // of all sizes from 2^-20 to 4
    const auto bits = static_cast<uint32_t>(rng.Next());
    check(std::bit_cast<float>((bits & 0x007f'ffffu) |
                               (107u + (bits >> 23) % 22u) << 23));
  }
}

}  // namespace
}  // namespace slide::data::point_writer_test
