#include "util/output_place.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "slide/error.h"
#include "support/temp_folder.h"

namespace slide::util::output_place_test {
namespace {

TEST(OutputPlace, IsWhereLinksLead) {
  const testing_support::TempFolder folder;
  const std::string file = folder.Path("file"), link = folder.Path("link");
  std::filesystem::create_symlink("file", link);
  EXPECT_EQ(FollowOutput(link).path, file);
  EXPECT_TRUE(FollowOutput(link).is_file());
  EXPECT_FALSE(FollowOutput(link).info.has_value());
  folder.Write("file", "text");
  EXPECT_TRUE(FollowOutput(link).info.has_value());
  EXPECT_EQ(FollowOutput(file).path, file);
  EXPECT_TRUE(FollowOutput(folder.path()).is_folder());
  EXPECT_FALSE(FollowOutput("/dev/null").is_file());
}

TEST(OutputPlace, OpenFilesAreToldByTheirNumber) {
  EXPECT_EQ(FollowOutput("-").descriptor, STDOUT_FILENO);
  EXPECT_EQ(FollowOutput("/dev/stdout").descriptor, STDOUT_FILENO);
  EXPECT_EQ(FollowOutput("/dev/stderr").descriptor, STDERR_FILENO);
  EXPECT_EQ(FollowOutput("/dev/fd/17").descriptor, 17);
  EXPECT_EQ(FollowOutput("/proc/self/fd/17").descriptor, 17);
  EXPECT_EQ(FollowOutput(fmt::format("/proc/{}/fd/17", getpid())).descriptor,
            17);
  for (const char* path : {"/dev/fd/", "/dev/fd/x", "/dev/fd/1x", "./-"}) {
    EXPECT_EQ(FollowOutput(path).descriptor, std::nullopt) << path;
  }
}

TEST(OutputPlace, NoPathAndLinksThatLeadRoundAreRefused) {
  const testing_support::TempFolder folder;
  std::filesystem::create_symlink("round", folder.Path("round"));
  EXPECT_THROW(FollowOutput(folder.Path("round")), Error);
  EXPECT_THROW(FollowOutput(""), Error);
}

}  // namespace
}  // namespace slide::util::output_place_test
