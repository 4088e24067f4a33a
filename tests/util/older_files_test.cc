#include "util/older_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "slide/error.h"
#include "support/temp_folder.h"

namespace slide::util::older_files_test {
namespace {

using testing::UnorderedElementsAre;

class OlderFilesTest : public testing::Test {
 protected:
  // Replaces the file, as OutputFile does it.
  void Replace(const std::string& content, int keep) {
    folder_.Write("next", content);
    KeepOlder(path_, keep);
    std::filesystem::rename(folder_.Path("next"), path_);
  }

  const testing_support::TempFolder folder_;
  const std::string path_ = folder_.Path("file");
};

TEST_F(OlderFilesTest, TheLastOnesStay) {
  for (const char* content : {"a", "b", "c", "d"}) Replace(content, 3);
  EXPECT_THAT(folder_.Names(),
              UnorderedElementsAre("file", "file.1", "file.2"));
  EXPECT_EQ(folder_.Read("file"), "d");
  EXPECT_EQ(folder_.Read("file.1"), "c");
  EXPECT_EQ(folder_.Read("file.2"), "b");
}

TEST_F(OlderFilesTest, OfTwoTheOneBeforeStays) {
  for (const char* content : {"a", "b", "c"}) Replace(content, 2);
  EXPECT_THAT(folder_.Names(), UnorderedElementsAre("file", "file.1"));
  EXPECT_EQ(folder_.Read("file.1"), "b");
}

TEST_F(OlderFilesTest, OneAloneTouchesNoOtherName) {
  folder_.Write("file.1", "another's");
  for (const char* content : {"a", "b"}) Replace(content, 1);
  EXPECT_EQ(folder_.Read("file"), "b");
  EXPECT_EQ(folder_.Read("file.1"), "another's");
}

// The rename behind it has failed.
TEST_F(OlderFilesTest, ASecondCallMovesNothingFurther) {
  for (const char* content : {"a", "b"}) Replace(content, 3);
  KeepOlder(path_, 3);
  KeepOlder(path_, 3);
  EXPECT_EQ(folder_.Read("file"), "b");
  EXPECT_EQ(folder_.Read("file.1"), "b");
  EXPECT_EQ(folder_.Read("file.2"), "a");
  Replace("c", 3);
  EXPECT_EQ(folder_.Read("file.1"), "b");
  EXPECT_EQ(folder_.Read("file.2"), "a");
}

// A run was killed between two of the moves.
TEST_F(OlderFilesTest, GapsAreLeftWhereNamesAreMissing) {
  folder_.Write("file", "d");
  folder_.Write("file.2", "b");
  Replace("e", 4);
  EXPECT_THAT(folder_.Names(),
              UnorderedElementsAre("file", "file.1", "file.3"));
  EXPECT_EQ(folder_.Read("file.1"), "d");
  EXPECT_EQ(folder_.Read("file.3"), "b");
}

TEST_F(OlderFilesTest, ANameThatCannotBeTakenIsSaid) {
  folder_.Write("file", "a");
  folder_.Write("file.1", "b");
  std::filesystem::create_directories(folder_.Path("file.2/full"));
  try {
    KeepOlder(path_, 3);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(),
                testing::StartsWith(path_ + ".1: cannot become "));
  }
  EXPECT_EQ(folder_.Read("file"), "a");
}

}  // namespace
}  // namespace slide::util::older_files_test
