#include "data/byte_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "slide/dataset.h"
#include "slide/dataset_io.h"
#include "slide/error.h"
#include "support/data_text.h"

namespace slide::data::byte_source_test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing_support::ErrorOf;
using testing_support::ExpectSame;
using testing_support::Gzip;
using testing_support::Plain;
using testing_support::RandomText;
using testing_support::Read;
using testing_support::TempFile;
#ifdef SLIDE_HAS_ZSTD
using testing_support::Zstd;
#endif

TEST(ByteSource, ReadsGzipLikePlainText) {
  const std::string text = RandomText(500);
  const CsrArrays expected = Read(text);
  for (const int num_threads : {1, 3}) {
    for (const size_t block_bytes : {1u, 100u, 1u << 20}) {
      ExpectSame(Read(Gzip(text), Plain(num_threads), block_bytes), expected);
    }
  }
}

TEST(ByteSource, ReadsGzipOfSeveralMembers) {
  const std::string text = RandomText(500);
  const std::string members = Gzip(text.substr(0, 333)) + Gzip("") +
                              Gzip(text.substr(333, 1)) +
                              Gzip(text.substr(334));
  ExpectSame(Read(members), Read(text));
}

// Compresses badly, so that the packed form is longer than one piece of input.
TEST(ByteSource, ReadsGzipLongerThanItsInputBuffer) {
  const std::string text = RandomText(20'000);
  ASSERT_GT(Gzip(text).size(), 300'000u);
  ExpectSame(Read(Gzip(text), Plain(2)), Read(text));
}

#ifdef SLIDE_HAS_ZSTD
TEST(ByteSource, ReadsZstdLikePlainText) {
  const std::string text = RandomText(20'000);
  const CsrArrays expected = Read(text);
  ASSERT_GT(Zstd(text).size(), 300'000u);
  ExpectSame(Read(Zstd(text), Plain(2)), expected);
  ExpectSame(Read(Zstd(text), Plain(1), 1000), expected);
}

TEST(ByteSource, ReadsZstdOfSeveralFramesAndSkipsWhatMayBeSkipped) {
  using namespace std::string_literals;
  const std::string text = RandomText(500);
  const std::string skippable = "\x50\x2a\x4d\x18\x03\0\0\0abc"s;
  ExpectSame(Read(skippable + Zstd(text.substr(0, 333)) + Zstd("") + skippable +
                  Zstd(text.substr(333))),
             Read(text));
}

TEST(ByteSource, RefusesTruncatedZstdWhereverItIsCut) {
  const std::string packed = Zstd(RandomText(50));
  for (size_t size = 4; size < packed.size(); ++size) {
    EXPECT_THAT(ErrorOf(packed.substr(0, size), 1, 100),
                HasSubstr(": the zstd data is cut off: the file ends inside "
                          "it"))
        << "cut at " << size << " of " << packed.size();
  }
}

TEST(ByteSource, RefusesDamagedZstd) {
  std::string packed = Zstd("1 5 4\n0 1:1\n");
  packed[4] = '\xff';  // the frame's header
  EXPECT_THAT(ErrorOf(packed),
              StartsWith("FILE:1: the zstd data is damaged: "));
}

TEST(ByteSource, RefusesBytesAfterZstd) {
  EXPECT_EQ(ErrorOf(Zstd("1 5 4\n0 1:1\n") + "rest of it"),
            "FILE:3: bytes that are not zstd follow the zstd data, expected "
            "the end of the file and more zstd data");
  EXPECT_EQ(ErrorOf(Zstd("1 5 4\n0 1:1\n") + "\x28"),
            "FILE:3: the zstd data is cut off: the file ends inside it");
}
#endif

TEST(ByteSource, RefusesTruncatedGzipWhereverItIsCut) {
  const std::string text = RandomText(50);
  const std::string packed = Gzip(text);
  for (size_t size = 2; size < packed.size(); ++size) {
    EXPECT_THAT(ErrorOf(packed.substr(0, size), 1, 100),
                HasSubstr(": the gzip data is cut off: the file ends inside "
                          "it"))
        << "cut at " << size << " of " << packed.size();
  }
}

TEST(ByteSource, NamesTheLineAtWhichGzipIsCutOff) {
  // Stored, not compressed: the text is cut where the file is.
  const std::string packed = Gzip("9 5 4\n0 1:1\n0 2:1\n0 3:1\n", 0);
  const size_t cut = packed.find("0 3:1") + 2;
  EXPECT_EQ(ErrorOf(packed.substr(0, cut)),
            "FILE:4: the gzip data is cut off: the file ends inside it");
}

TEST(ByteSource, ReportsABadLineBeforeTheDamageOfTheFile) {
  const std::string packed = Gzip("9 5 4\n0 1:1\nx 2:1\n0 3:1\n", 0);
  const size_t cut = packed.find("0 3:1") + 2;
  EXPECT_THAT(ErrorOf(packed.substr(0, cut)), StartsWith("FILE:3: label 'x'"));
}

TEST(ByteSource, RefusesGzipWithAWrongChecksum) {
  std::string packed = Gzip("1 5 4\n0 1:1\n");
  packed[packed.size() - 8] ^= 1;  // first byte of the CRC, before the length
  EXPECT_EQ(ErrorOf(packed),
            "FILE:3: the gzip data is damaged: incorrect data check");
}

TEST(ByteSource, RefusesGzipWithAWrongLength) {
  std::string packed = Gzip("1 5 4\n0 1:1\n");
  packed[packed.size() - 4] ^= 1;
  EXPECT_EQ(ErrorOf(packed),
            "FILE:3: the gzip data is damaged: incorrect length check");
}

TEST(ByteSource, RefusesGzipDamagedAnywhere) {
  const std::string packed = Gzip(RandomText(50));
  // Bytes 4..9 of the header are a time and the writer's system; not checked.
  for (size_t i = 10; i < packed.size(); ++i) {
    std::string damaged = packed;
    damaged[i] ^= 0x10;
    EXPECT_NE(ErrorOf(damaged, 1, 100), "accepted") << "byte " << i;
  }
}

TEST(ByteSource, RefusesBytesAfterGzip) {
  EXPECT_EQ(ErrorOf(Gzip("1 5 4\n0 1:1\n") + "rest"),
            "FILE:3: bytes that are not gzip follow the gzip data, expected "
            "the end of the file and more gzip data");
  EXPECT_EQ(ErrorOf(Gzip("1 5 4\n0 1:1\n") + "\x1f"),
            "FILE:3: the gzip data is cut off: the file ends inside it");
}

TEST(ByteSource, TakesAHalfGzipMagicAsText) {
  EXPECT_THAT(ErrorOf("\x1f"), HasSubstr("the header has '\\x1f'"));
}

TEST(ByteSource, RefusesAMissingFile) {
  const std::string path = testing::TempDir() + "no_such_file.txt";
  try {
    ReadXmc(path);
    FAIL();
  } catch (const DataError& error) {
    EXPECT_EQ(error.what(), path + ": cannot open: No such file or directory");
  }
}

TEST(ByteSource, RefusesADirectory) {
  try {
    ReadXmc(testing::TempDir());
    FAIL();
  } catch (const DataError& error) {
    EXPECT_EQ(error.what(),
              testing::TempDir() + ": cannot read: Is a directory");
  }
}

TEST(ByteSource, RefusesAFileWithoutPermission) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const TempFile file("0 1 1\n");
  std::filesystem::permissions(file.path(), std::filesystem::perms::none);
  EXPECT_THROW(ReadXmc(file.path()), DataError);
}

}  // namespace
}  // namespace slide::data::byte_source_test
