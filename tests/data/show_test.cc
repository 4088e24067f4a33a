#include "data/show.h"

#include <gtest/gtest.h>

#include <string>

namespace slide::data::show_test {
namespace {

TEST(Show, KeepsPrintableBytes) {
  EXPECT_EQ(Show(""), "");
  EXPECT_EQ(Show(" az~"), " az~");
}

TEST(Show, WritesOtherBytesAsHex) {
  using namespace std::string_literals;
  EXPECT_EQ(Show("\0\t\x1f\x7f"s), "\\x00\\x09\\x1f\\x7f");
  EXPECT_EQ(Show("\xc3\xa9"), "\\xc3\\xa9");
}

TEST(Show, ShortensBeyondFortyBytes) {
  EXPECT_EQ(Show(std::string(40, 'x')), std::string(40, 'x'));
  EXPECT_EQ(Show(std::string(41, 'x')), std::string(40, 'x') + "...");
}

}  // namespace
}  // namespace slide::data::show_test
