// The main function of the test programs: GoogleTest's own, and beside its
// options --file=nn/loss_test.cc, which runs the tests of that source alone,
// but for those that a filter leaves out (GTEST_FILTER=-SUITE.NAME).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <string_view>

namespace {

// A filter that lets through the tests of the source files that end in /`path`;
// empty when there are none.
std::string FilterOf(std::string_view path) {
  std::string ending = "/";
  ending += path;
  std::string filter;
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int s = 0; s < all.total_test_suite_count(); ++s) {
    const testing::TestSuite& suite = *all.GetTestSuite(s);
    for (int t = 0; t < suite.total_test_count(); ++t) {
      const testing::TestInfo& test = *suite.GetTestInfo(t);
      if (std::string_view(test.file()).ends_with(ending)) {
        filter += suite.name();
        filter += '.';
        filter += test.name();
        filter += ':';
      }
    }
  }
  return filter;
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);  // takes its options out
  constexpr std::string_view kFile = "--file=";
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const std::string filter = argument.starts_with(kFile)
                                   ? FilterOf(argument.substr(kFile.size()))
                                   : "";
    if (filter.empty()) {
      std::fprintf(stderr, "%s: got %s, expected --file=LAYER/NAME_test.cc\n",
                   argv[0], argv[i]);
      return 2;
    }
    const std::string given = testing::GTEST_FLAG(filter);
    testing::GTEST_FLAG(filter) = given[0] == '-' ? filter + given : filter;
  }
  return RUN_ALL_TESTS();
}
