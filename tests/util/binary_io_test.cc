#include "util/binary_io.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "slide/error.h"
#include "support/error_of.h"
#include "support/read_bytes.h"

namespace slide::util::binary_io_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using testing_support::ErrorOf;

std::span<const std::byte> Bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
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
    return testing_support::ReadBytes(Path(name));
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

using InputFileTest = BinaryIo;
using SpoolFileTest = BinaryIo;

using TemporaryTest = BinaryIo;

TEST_F(TemporaryTest, NamesAreThePathWithDigits) {
  EXPECT_EQ(TemporaryName("a/model", "0123456789abcdef"),
            "a/model.tmp-0123456789abcdef");
  // No longer than a name may be (255 bytes on Linux).
  const std::string long_name(255, 'x');
  const std::string name =
      TemporaryName("a/" + long_name, "0123456789abcdef").substr(2);
  EXPECT_LE(name.size(), 255u);
  EXPECT_TRUE(long_name.starts_with(name.substr(0, 200)));
}

TEST_F(TemporaryTest, FilesBesideAreLockedNewAndAboveTheStandardStreams) {
  std::string first, second;
  const int one = CreateBeside(Path("model"), O_WRONLY, first);
  const int two = CreateBeside(Path("model"), O_WRONLY, second);
  EXPECT_GT(one, STDERR_FILENO);
  EXPECT_NE(first, second);
  EXPECT_TRUE(first.starts_with(Path("model.tmp-"))) << first;
  const int other = open(first.c_str(), O_RDWR | O_CLOEXEC);
  EXPECT_NE(flock(other, LOCK_EX | LOCK_NB), 0) << "it had no lock";
  close(one);
  EXPECT_EQ(flock(other, LOCK_EX | LOCK_NB), 0) << "the lock outlived the file";
  close(other);
  close(two);
}

TEST_F(TemporaryTest, ClosedStandardStreamsAreNotTaken) {
  const auto make = [&] {
    close(STDOUT_FILENO);
    std::string name;
    const int descriptor = CreateBeside(Path("model"), O_WRONLY, name);
    std::_Exit(descriptor > STDERR_FILENO ? 0 : 1);
  };
  EXPECT_EXIT(make(), testing::ExitedWithCode(0), "");
}

TEST(FolderOf, IsWhatStandsBeforeTheLastSlash) {
  EXPECT_EQ(FolderOf("model"), ".");
  EXPECT_EQ(FolderOf("a/b/model"), "a/b");
  EXPECT_EQ(FolderOf("/model"), "/");
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
    EXPECT_EQ(spool.checksum(), Checksum(std::string_view()));
    EXPECT_THAT(Names(), IsEmpty());
    for (const std::string_view part :
         {std::string_view("ab"), std::string_view(), std::string_view(large),
          std::string_view("cd"), std::string_view(large).substr(1)}) {
      spool.Write(Bytes(part));
      expected += part;
      EXPECT_EQ(spool.num_bytes(), expected.size());
      EXPECT_EQ(spool.checksum(), Checksum(Bytes(expected)));
    }
    OutputFile file(Path("out"));
    file.Write("head ");
    spool.CopyTo(file);
    file.Commit();
  }
  EXPECT_TRUE(Get("out") == "head " + expected);
  EXPECT_THAT(Names(), ElementsAre("out"));
}

// A device has no room beside it.
TEST_F(SpoolFileTest, LiesInTheTemporaryFolderIfItsPlaceIsNoFile) {
  for (const char* path : {"-", "/dev/null"}) {
    SpoolFile spool(path);
    spool.Write(Bytes("text"));
    OutputFile file(Path("out"));
    spool.CopyTo(file);
    file.Commit();
    EXPECT_EQ(Get("out"), "text") << path;
  }
}

TEST_F(SpoolFileTest, FolderThatIsNotThereIsNamed) {
  EXPECT_THAT(ErrorOf([&] { SpoolFile(Path("none/out")); }),
              StartsWith(Path("none/out") + ": cannot be written: "));
}

}  // namespace
}  // namespace slide::util::binary_io_test
