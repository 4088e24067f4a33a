// Tests the text of `slide info` about a machine: the one the test runs on has
// only one kind of each thing.
#include "cli/machine_info.h"

#include <nlohmann/json.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace slide::cli::machine_info_test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(MachineInfo, HugePagesAreTheMarkedModeOrUnknown) {
  EXPECT_EQ(ParseHugePages("[always] madvise never"), "always");
  EXPECT_EQ(ParseHugePages("always [madvise] never\n"), "madvise");
  EXPECT_EQ(ParseHugePages("always madvise [never]"), "never");
  EXPECT_EQ(ParseHugePages(""), "unknown");
  EXPECT_EQ(ParseHugePages("always madvise never"), "unknown");
  EXPECT_EQ(ParseHugePages("always [sometimes] never"), "unknown");
}

TEST(MachineInfo, TextSaysWhatMissingHugePagesMean) {
  Json machine = MachineJson();
  machine["huge_pages"] = "never";
  EXPECT_THAT(FormatMachine(machine), HasSubstr("never: large"));
  machine["huge_pages"] = "madvise";
  EXPECT_THAT(FormatMachine(machine), Not(HasSubstr("large")));
}

TEST(MachineInfo, TextNamesEverySimdTarget) {
  Json machine = MachineJson();
  machine["simd_target"] = "AVX2";
  machine["simd_targets"] = {"AVX2", "SSE4"};
  EXPECT_THAT(FormatMachine(machine), HasSubstr("AVX2 in use"));
  EXPECT_THAT(FormatMachine(machine), HasSubstr("AVX2, SSE4"));
}

}  // namespace
}  // namespace slide::cli::machine_info_test
