#include "slide/output_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/temp_folder.h"

namespace slide {
namespace {

namespace fs = std::filesystem;

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;
using testing::UnorderedElementsAre;
using testing_support::TempFolder;

class OutputFileTest : public testing::Test {
 protected:
  std::string Path(const std::string& name) const { return folder_.Path(name); }

  const TempFolder folder_;
};

TEST_F(OutputFileTest, FileIsThereOnceItIsCommitted) {
  for (const std::string text : {"first\n", "second\n"}) {
    const std::string before = folder_.Read("out");
    OutputFile file(Path("out"));
    file.Write(text.substr(0, 3));
    file.Write(text.substr(3));
    EXPECT_EQ(folder_.Read("out"), before);
    file.Commit();
    EXPECT_EQ(folder_.Read("out"), text);
  }
  OutputFile(Path("out")).Write("never committed");
  EXPECT_EQ(folder_.Read("out"), "second\n");
  EXPECT_THAT(folder_.Names(), ElementsAre("out"));
}

TEST_F(OutputFileTest, SymbolicLinksStayLinks) {
  folder_.Write("out", "before");
  fs::create_symlink(Path("out"), Path("link"));
  CheckReplaceable(Path("link"));
  OutputFile file(Path("link"));
  file.Write("after");
  file.Commit();
  EXPECT_TRUE(fs::is_symlink(Path("link")));
  EXPECT_EQ(folder_.Read("out"), "after");
}

TEST_F(OutputFileTest, DevicesAndPipesAreWrittenDirectly) {
  OutputFile null("/dev/null");
  null.Write("text");
  null.Commit();
  EXPECT_TRUE(fs::is_character_file("/dev/null"));

  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const std::string path = "/dev/fd/" + std::to_string(ends[1]);
  if (!fs::exists(path)) GTEST_SKIP() << path << " is not there";
  OutputFile file(path);
  file.Write("text");
  file.Commit();
  std::string text(10, '\0');
  text.resize(static_cast<size_t>(read(ends[0], text.data(), text.size())));
  EXPECT_EQ(text, "text");

  std::signal(SIGPIPE, SIG_IGN);
  close(ends[0]);
  file.Write("more");
  EXPECT_THROW(file.Commit(), ClosedPipeError);
  close(ends[1]);
}

TEST_F(OutputFileTest, ChecksChangeNothing) {
  folder_.Write("there", "text");
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  for (const char* name : {"there", "new", "pipe"}) CheckWritable(Path(name));
  for (const char* name : {"there", "new"}) CheckReplaceable(Path(name));
  EXPECT_EQ(folder_.Read("there"), "text");
  EXPECT_THAT(folder_.Names(), UnorderedElementsAre("there", "pipe"));
}

TEST_F(OutputFileTest, WhatCannotBeWrittenIsRefused) {
  const std::string below = Path("no/folder");
  for (const auto check : {CheckWritable, CheckReplaceable}) {
    EXPECT_THAT([&] { check(below); },
                ThrowsMessage<Error>(HasSubstr("No such file or directory")));
    EXPECT_THROW(check(folder_.path()), Error);
  }
  EXPECT_THROW(OutputFile file(below), Error);
  EXPECT_THROW(OutputFile file(folder_.path()), Error);
  CheckWritable("/dev/null");
  EXPECT_THAT(
      [] { CheckReplaceable("/dev/null"); },
      ThrowsMessage<Error>("/dev/null: cannot be written: got a device, "
                           "folder or pipe, expected a regular file"));
  EXPECT_THAT(folder_.Names(), IsEmpty());
}

}  // namespace
}  // namespace slide
