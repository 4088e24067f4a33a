#include "util/binary_io.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "slide/error.h"

namespace slide::util {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::span<const std::byte> Bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string ErrorOf(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// A folder of its own for each test, removed with what is in it.
class BinaryIo : public ::testing::Test {
 public:
  BinaryIo() : folder_(testing::TempDir() + "slide_binary_io_XXXXXX") {
    if (mkdtemp(folder_.data()) == nullptr) ADD_FAILURE() << folder_;
  }
  ~BinaryIo() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

 protected:
  std::string Path(const std::string& name) const {
    return folder_ + "/" + name;
  }
  void Put(const std::string& name, std::string_view text) const {
    std::ofstream(Path(name), std::ios::binary) << text;
  }
  std::string Get(const std::string& name) const {
    std::ifstream in(Path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  std::string folder_;
};

using AtomicFileTest = BinaryIo;
using InputFileTest = BinaryIo;
using SpoolFileTest = BinaryIo;

TEST_F(AtomicFileTest, IsNotThereBeforeCommit) {
  AtomicFile file(Path("new"));
  file.Write(Bytes("hello "));
  file.Write({});
  file.Write(Bytes("world"));
  EXPECT_EQ(file.num_written(), 11u);
  EXPECT_FALSE(std::filesystem::exists(Path("new")));
  file.Commit();
  EXPECT_EQ(Get("new"), "hello world");
  EXPECT_THAT(Names(), ElementsAre("new"));
}

TEST_F(AtomicFileTest, ReplacesTheOldFileWholeAtCommit) {
  Put("model", "the old one, which is longer");
  {
    AtomicFile file(Path("model"));
    file.Write(Bytes("new"));
    EXPECT_EQ(Get("model"), "the old one, which is longer");
    file.Commit();
  }
  EXPECT_EQ(Get("model"), "new");
  EXPECT_THAT(Names(), ElementsAre("model"));
}

TEST_F(AtomicFileTest, LeavesNoTraceWithoutCommit) {
  Put("model", "old");
  {
    AtomicFile file(Path("model"));
    file.Write(Bytes("new"));
    EXPECT_EQ(Names().size(), 2u);
  }
  EXPECT_EQ(Get("model"), "old");
  EXPECT_THAT(Names(), ElementsAre("model"));
  { const AtomicFile file(Path("other")); }
  EXPECT_THAT(Names(), ElementsAre("model"));
}

TEST_F(AtomicFileTest, MayBeEmpty) {
  AtomicFile file(Path("empty"));
  file.Commit();
  EXPECT_EQ(file.num_written(), 0u);
  EXPECT_TRUE(std::filesystem::exists(Path("empty")));
  EXPECT_EQ(Get("empty"), "");
}

TEST_F(AtomicFileTest, TwoAtOnceDoNotMix) {
  AtomicFile first(Path("model")), second(Path("model"));
  first.Write(Bytes("first"));
  second.Write(Bytes("second"));
  first.Commit();
  EXPECT_EQ(Get("model"), "first");
  second.Commit();
  EXPECT_EQ(Get("model"), "second");
  EXPECT_THAT(Names(), ElementsAre("model"));
}

TEST_F(AtomicFileTest, HasTheModeOfAnyNewFile) {
  const mode_t before = umask(0);
  for (const mode_t mask : {0022u, 0077u, 0002u}) {
    umask(mask);
    AtomicFile file(Path("mode"));
    file.Commit();
    struct stat info {};
    ASSERT_EQ(stat(Path("mode").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777u, 0666u & ~mask) << mask;
    EXPECT_EQ(umask(mask), mask) << "the process has another umask now";
  }
  umask(before);
}

TEST_F(AtomicFileTest, NamesTheFolderThatIsMissing) {
  EXPECT_EQ(ErrorOf([&] { const AtomicFile file(Path("no/such")); }),
            Path("no/such") + ": cannot be written: No such file or directory");
  Put("file", "x");
  EXPECT_EQ(ErrorOf([&] { const AtomicFile file(Path("file/below")); }),
            Path("file/below") + ": cannot be written: Not a directory");
  EXPECT_THAT(Names(), ElementsAre("file"));
}

TEST_F(AtomicFileTest, RefusesAFolder) {
  EXPECT_EQ(ErrorOf([&] { const AtomicFile file(folder_); }),
            folder_ + ": cannot be written: it is a folder");
  EXPECT_EQ(ErrorOf([&] { const AtomicFile file(folder_ + "/"); }),
            folder_ + "/: cannot be written: it is a folder");
  EXPECT_THAT(Names(), IsEmpty());
}

// The folder comes to be while the file is written.
TEST_F(AtomicFileTest, KeepsNothingWhenItCannotTakeItsPlace) {
  {
    AtomicFile file(Path("model"));
    file.Write(Bytes("new"));
    std::filesystem::create_directory(Path("model"));
    EXPECT_THAT(ErrorOf([&] { file.Commit(); }),
                StartsWith(Path("model") + ": cannot be written: "));
  }
  EXPECT_THAT(Names(), ElementsAre("model"));
}

// A limit on the size of files stands in for a full disk: both end a write
// after a part of it. In a process of its own, as the limit cannot be taken
// back.
TEST_F(AtomicFileTest, KeepsTheOldFileWhenTheDiskIsFull) {
  Put("model", "old");
  const auto write_too_much = [&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 10'000, .rlim_max = 10'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    const std::string error = ErrorOf([&] {
      AtomicFile file(Path("model"));
      const std::string text(6'000, 'x');
      file.Write(Bytes(text));
      file.Write(Bytes(text));
      file.Commit();
    });
    std::fprintf(stderr, "%s\n", error.c_str());
    std::exit(0);
  };
  EXPECT_EXIT(write_too_much(), testing::ExitedWithCode(0),
              ".*model: cannot be written: File too large");
  EXPECT_EQ(Get("model"), "old");
  EXPECT_THAT(Names(), ElementsAre("model"));
}

TEST_F(InputFileTest, ReadsWhereItIsTold) {
  Put("ten", "0123456789");
  const InputFile file(Path("ten"));
  EXPECT_EQ(file.size(), 10u);
  std::string part(4, ' ');
  for (const uint64_t offset : {6, 0, 3, 6}) {
    file.ReadAt(offset, std::as_writable_bytes(std::span(part)));
    EXPECT_EQ(part, std::string("0123456789").substr(offset, 4));
  }
}

TEST_F(InputFileTest, SaysWhenTheFileEndsTooSoon) {
  Put("ten", "0123456789");
  const InputFile file(Path("ten"));
  std::string part(4, ' ');
  const auto bytes = std::as_writable_bytes(std::span(part));
  const std::string cut_off =
      Path("ten") + ": cannot be read: the file is cut off";
  for (const uint64_t offset :
       {uint64_t{7}, uint64_t{10}, uint64_t{11}, uint64_t{1} << 40}) {
    SCOPED_TRACE(offset);
    EXPECT_EQ(ErrorOf([&] { file.ReadAt(offset, bytes); }), cut_off);
  }
  EXPECT_THAT(ErrorOf([&] {
                file.ReadAt(std::numeric_limits<uint64_t>::max() - 1, bytes);
              }),
              StartsWith(Path("ten") + ": cannot be read: "));
  EXPECT_EQ(ErrorOf([&] { file.ReadAt(6, bytes); }), "no error");
  EXPECT_EQ(ErrorOf([&] { file.ReadAt(10, {}); }), "no error");
}

// The size was taken when the file was opened; somebody cut it since.
TEST_F(InputFileTest, NoticesThatTheFileShrank) {
  Put("ten", "0123456789");
  const InputFile file(Path("ten"));
  std::filesystem::resize_file(Path("ten"), 5);
  std::string all(10, ' ');
  EXPECT_THAT(
      ErrorOf([&] { file.ReadAt(0, std::as_writable_bytes(std::span(all))); }),
      HasSubstr("the file is cut off"));
}

TEST_F(InputFileTest, MayBeEmpty) {
  Put("empty", "");
  EXPECT_EQ(InputFile(Path("empty")).size(), 0u);
}

TEST_F(InputFileTest, SaysWhatIsMissingOrNoFile) {
  EXPECT_EQ(ErrorOf([&] { const InputFile file(Path("none")); }),
            Path("none") + ": cannot be read: No such file or directory");
  EXPECT_EQ(ErrorOf([&] { const InputFile file(""); }),
            ": cannot be read: No such file or directory");
  const std::string not_regular = ": cannot be read: not a regular file";
  EXPECT_EQ(ErrorOf([&] { const InputFile file(folder_); }),
            folder_ + not_regular);
  EXPECT_EQ(ErrorOf([&] { const InputFile file("/dev/null"); }),
            "/dev/null" + not_regular);
}

// Opening a pipe waits for somebody to write to it, if one is not careful.
TEST_F(InputFileTest, DoesNotWaitForAPipe) {
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  alarm(60);  // ends the process instead of waiting for ever
  EXPECT_EQ(ErrorOf([&] { const InputFile file(Path("pipe")); }),
            Path("pipe") + ": cannot be read: not a regular file");
  alarm(0);
}

TEST_F(SpoolFileTest, GivesBackWhatItWasGivenAndLeavesNoFile) {
  std::string large(3'000'000, 'x');
  for (size_t i = 0; i < large.size(); i += 7) large[i] = static_cast<char>(i);
  std::string expected;
  {
    SpoolFile spool(Path("out"));
    SpoolFile other(Path("out"));  // at the same place, at the same time
    other.Write(Bytes("not this"));
    EXPECT_EQ(spool.checksum(), Checksum({}));
    EXPECT_THAT(Names(), IsEmpty());
    for (const std::string_view part :
         {std::string_view("ab"), std::string_view(), std::string_view(large),
          std::string_view("cd"), std::string_view(large).substr(1)}) {
      spool.Write(Bytes(part));
      expected += part;
      EXPECT_EQ(spool.num_bytes(), expected.size());
      EXPECT_EQ(spool.checksum(), Checksum(Bytes(expected)));
    }
    AtomicFile file(Path("out"));
    file.Write(Bytes("head "));
    spool.CopyTo(file);
    file.Commit();
  }
  EXPECT_TRUE(Get("out") == "head " + expected);
  EXPECT_THAT(Names(), ElementsAre("out"));
}

TEST_F(SpoolFileTest, FolderThatIsNotThereIsNamed) {
  EXPECT_THAT(ErrorOf([&] { SpoolFile(Path("none/out")); }),
              StartsWith(Path("none/out") + ": cannot be written: "));
}

}  // namespace
}  // namespace slide::util
