#include "slide/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/error_of.h"
#include "support/temp_folder.h"

namespace slide::output_file_test {
namespace {

namespace fs = std::filesystem;

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using testing::ThrowsMessage;
using testing::UnorderedElementsAre;
using testing_support::ErrorOf;
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
  CheckWritable(Path("link"));
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

  const auto before = std::signal(SIGPIPE, SIG_IGN);
  close(ends[0]);
  EXPECT_THROW(file.Write("more"), ClosedPipeError);
  std::signal(SIGPIPE, before);
  close(ends[1]);
}

TEST_F(OutputFileTest, IsNotThereBeforeCommit) {
  OutputFile file(Path("new"));
  file.Write("hello ");
  file.Write("");
  file.Write("world");
  EXPECT_EQ(file.num_written(), 11u);
  EXPECT_FALSE(std::filesystem::exists(Path("new")));
  file.Commit();
  EXPECT_EQ(folder_.Read("new"), "hello world");
  EXPECT_THAT(folder_.Names(), ElementsAre("new"));
}

TEST_F(OutputFileTest, ReplacesTheOldFileWholeAtCommit) {
  folder_.Write("model", "the old one, which is longer");
  {
    OutputFile file(Path("model"));
    file.Write("new");
    EXPECT_EQ(folder_.Read("model"), "the old one, which is longer");
    file.Commit();
  }
  EXPECT_EQ(folder_.Read("model"), "new");
  EXPECT_THAT(folder_.Names(), ElementsAre("model"));
}

TEST_F(OutputFileTest, LeavesNoTraceWithoutCommit) {
  folder_.Write("model", "old");
  {
    OutputFile file(Path("model"));
    file.Write("new");
    EXPECT_EQ(folder_.Names().size(), 2u);
  }
  EXPECT_EQ(folder_.Read("model"), "old");
  EXPECT_THAT(folder_.Names(), ElementsAre("model"));
  { const OutputFile file(Path("other")); }
  EXPECT_THAT(folder_.Names(), ElementsAre("model"));
}

TEST_F(OutputFileTest, MayBeEmpty) {
  OutputFile file(Path("empty"));
  file.Commit();
  EXPECT_EQ(file.num_written(), 0u);
  EXPECT_TRUE(std::filesystem::exists(Path("empty")));
  EXPECT_EQ(folder_.Read("empty"), "");
}

TEST_F(OutputFileTest, TwoAtOnceDoNotMix) {
  OutputFile first(Path("model")), second(Path("model"));
  first.Write("first");
  second.Write("second");
  first.Commit();
  EXPECT_EQ(folder_.Read("model"), "first");
  second.Commit();
  EXPECT_EQ(folder_.Read("model"), "second");
  EXPECT_THAT(folder_.Names(), ElementsAre("model"));
}

TEST_F(OutputFileTest, HasTheModeOfAnyNewFile) {
  const mode_t before = umask(0);
  for (const mode_t mask : {0022u, 0077u, 0002u}) {
    umask(mask);
    fs::remove(Path("mode"));
    OutputFile file(Path("mode"));
    file.Commit();
    struct stat info {};
    ASSERT_EQ(stat(Path("mode").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777u, 0666u & ~mask) << mask;
    EXPECT_EQ(umask(mask), mask) << "the process has another umask now";
  }
  umask(before);
}

TEST_F(OutputFileTest, NamesTheFolderThatIsMissing) {
  EXPECT_EQ(ErrorOf([&] { const OutputFile file(Path("no/such")); }),
            Path("no/such") + ": cannot be written: No such file or directory");
  folder_.Write("file", "x");
  EXPECT_EQ(ErrorOf([&] { const OutputFile file(Path("file/below")); }),
            Path("file/below") + ": cannot be written: Not a directory");
  EXPECT_THAT(folder_.Names(), ElementsAre("file"));
}

TEST_F(OutputFileTest, RefusesAFolder) {
  EXPECT_EQ(ErrorOf([&] { const OutputFile file(folder_.path()); }),
            folder_.path() + ": cannot be written: it is a folder");
  EXPECT_THAT(folder_.Names(), IsEmpty());
}

// The folder comes to be while the file is written.
TEST_F(OutputFileTest, KeepsNothingWhenItCannotTakeItsPlace) {
  {
    OutputFile file(Path("model"));
    file.Write("new");
    std::filesystem::create_directory(Path("model"));
    EXPECT_THAT(ErrorOf([&] { file.Commit(); }),
                StartsWith(Path("model") + ": cannot be written: "));
  }
  EXPECT_THAT(folder_.Names(), ElementsAre("model"));
}

// A limit on the size of files stands in for a full disk: both end a write
// after a part of it. In a process of its own, as the limit cannot be taken
// back.
TEST_F(OutputFileTest, KeepsTheOldFileWhenTheDiskIsFull) {
  folder_.Write("model", "old");
  const auto write_too_much = [&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 10'000, .rlim_max = 10'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    const std::string error = ErrorOf([&] {
      OutputFile file(Path("model"));
      const std::string text(6'000, 'x');
      file.Write(text);
      file.Write(text);
      file.Commit();
    });
    std::fprintf(stderr, "%s\n", error.c_str());
    std::exit(0);
  };
  EXPECT_EXIT(write_too_much(), testing::ExitedWithCode(0),
              ".*model: cannot be written: File too large");
  EXPECT_EQ(folder_.Read("model"), "old");
  EXPECT_THAT(folder_.Names(), ElementsAre("model"));
}

TEST_F(OutputFileTest, LinksAreFollowedToWhereNothingIsYet) {
  fs::create_directory(Path("elsewhere"));
  fs::create_symlink("elsewhere/model", Path("first"));
  fs::create_symlink("first", Path("second"));
  CheckWritable(Path("second"));
  OutputFile file(Path("second"));
  file.Write("text");
  file.Commit();
  EXPECT_EQ(folder_.Read("elsewhere/model"), "text");
  EXPECT_TRUE(fs::is_symlink(Path("first")));
  EXPECT_TRUE(fs::is_symlink(Path("second")));

  fs::create_symlink("round", Path("round"));
  EXPECT_EQ(
      ErrorOf([&] { OutputFile to(Path("round")); }),
      Path("round") + ": cannot be written: Too many levels of symbolic links");
}

TEST_F(OutputFileTest, ReplacedFilesKeepTheirPermissions) {
  for (const mode_t mode : {0600u, 0664u, 0755u}) {
    folder_.Write("model", "old");
    ASSERT_EQ(chmod(Path("model").c_str(), mode), 0);
    OutputFile file(Path("model"));
    file.Commit();
    struct stat info {};
    ASSERT_EQ(stat(Path("model").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777u, mode);
  }
}

// `>> log` and `> log` alike: the descriptor says where its writer is.
TEST_F(OutputFileTest, OpenFilesAreWrittenBehindWhatIsThere) {
  folder_.Write("log", "before ");
  const int log = open(Path("log").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  const std::string path = fmt::format("/dev/fd/{}", log);
  EXPECT_FALSE(IsReplaced(path));
  CheckWritable(path);
  for (const auto placement :
       {OutputFile::Placement::kWhole, OutputFile::Placement::kInPlace}) {
    OutputFile file(path, placement);
    file.Write("more ");
    file.Commit();
  }
  close(log);
  EXPECT_EQ(folder_.Read("log"), "before more more ");
  EXPECT_THAT(folder_.Names(), ElementsAre("log"));
}

TEST_F(OutputFileTest, InPlaceIsAFileThatGrows) {
  folder_.Write("log", "old");
  OutputFile file(Path("log"), OutputFile::Placement::kInPlace);
  EXPECT_EQ(folder_.Read("log"), "");
  file.Write("a line\n");
  EXPECT_EQ(folder_.Read("log"), "a line\n");
}

TEST_F(OutputFileTest, MayTakeAnotherName) {
  folder_.Write("model", "good");
  OutputFile file(Path("model"));
  file.Write("doubtful");
  file.CommitAs(Path("model.doubtful"));
  EXPECT_EQ(folder_.Read("model"), "good");
  EXPECT_EQ(folder_.Read("model.doubtful"), "doubtful");
  EXPECT_EQ(folder_.Names().size(), 2u);
}

// A run that was killed leaves its temporary file; nobody holds its lock.
TEST_F(OutputFileTest, AbandonedTemporaryFilesAreRemoved) {
  const std::string digits(16, 'a');
  folder_.Write("model.tmp-" + digits, "abandoned");
  folder_.Write("model.tmp-mine", "of somebody else");
  folder_.Write("model.tmp-2024-01-01_12-00", "as long as ours");
  folder_.Write("other.tmp-" + digits, "of another file");
  const OutputFile alive(Path("model"));
  {
    OutputFile file(Path("model"));
    file.Commit();
  }
  EXPECT_EQ(folder_.Names().size(), 5u);  // the one in use, too
  EXPECT_FALSE(fs::exists(Path("model.tmp-" + digits)));
  EXPECT_TRUE(fs::exists(Path("other.tmp-" + digits)));
}

TEST_F(OutputFileTest, ReadOnlyFilesStay) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everything";
  folder_.Write("model", "old");
  ASSERT_EQ(chmod(Path("model").c_str(), 0444), 0);
  EXPECT_THROW(CheckWritable(Path("model")), Error);
  EXPECT_THROW(OutputFile file(Path("model")), Error);
}

TEST_F(OutputFileTest, ChecksChangeNothing) {
  folder_.Write("there", "text");
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  for (const char* name : {"there", "new", "pipe"}) CheckWritable(Path(name));
  EXPECT_TRUE(IsReplaced(Path("there")));
  EXPECT_TRUE(IsReplaced(Path("new")));
  EXPECT_FALSE(IsReplaced(Path("pipe")));
  EXPECT_FALSE(IsReplaced("-"));
  EXPECT_EQ(folder_.Read("there"), "text");
  EXPECT_THAT(folder_.Names(), UnorderedElementsAre("there", "pipe"));
}

TEST_F(OutputFileTest, ChecksAskForRoom) {
  CheckWritable(Path("new"), 1000);
  EXPECT_THAT([&] { CheckWritable(Path("new"), uint64_t{1} << 60); },
              ThrowsMessage<Error>(
                  AllOf(StartsWith(Path("new") + ": No space left: "
                                                 "1152921504606846976 bytes"),
                        HasSubstr("its file system has "))));
  const auto limited = [&] {
    const rlimit limit{.rlim_cur = 10'000, .rlim_max = 10'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    CheckWritable(Path("new"), 10'000);
    std::fputs(ErrorOf([&] { CheckWritable(Path("new"), 10'001); }).c_str(),
               stderr);
    std::exit(0);
  };
  EXPECT_EXIT(limited(), testing::ExitedWithCode(0),
              "needs 10001 bytes, and files are limited to 10000");
  EXPECT_THAT(folder_.Names(), IsEmpty());
}

TEST_F(OutputFileTest, WhatCannotBeWrittenIsRefused) {
  const std::string below = Path("no/folder");
  EXPECT_THAT([&] { CheckWritable(below); },
              ThrowsMessage<Error>(HasSubstr("No such file or directory")));
  EXPECT_THROW(CheckWritable(folder_.path()), Error);
  EXPECT_THROW(OutputFile file(below), Error);
  EXPECT_THROW(OutputFile file(folder_.path()), Error);
  EXPECT_THROW(OutputFile file(""), Error);
  EXPECT_THROW(CheckWritable(""), Error);
  CheckWritable("/dev/null");
  const int readable = open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_THROW(CheckWritable(fmt::format("/dev/fd/{}", readable)), Error);
  close(readable);
  EXPECT_THROW(CheckWritable("/dev/fd/987654"), Error);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  CheckWritable(fmt::format("/dev/fd/{}", ends[1]), uint64_t{1} << 60);
  close(ends[0]);
  close(ends[1]);
  OutputFile full("/dev/full");
  EXPECT_THAT([&] { full.Write("text"); },
              ThrowsMessage<Error>("/dev/full: cannot be written: No space "
                                   "left on device"));
  EXPECT_THAT(folder_.Names(), IsEmpty());
}

}  // namespace
}  // namespace slide::output_file_test
