#include "util/mapped_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace slide::util::mapped_file_test {
namespace {

class MappedFileTest : public testing::Test {
 protected:
  MappedFileTest()
      : path_(testing::TempDir() + "mapped_file_" + std::to_string(getpid())) {}
  ~MappedFileTest() override { std::filesystem::remove(path_); }

  void Put(std::string_view text) const {
    std::ofstream(path_, std::ios::binary) << text;
  }
  static std::string_view Text(const MappedFile& file) {
    return {reinterpret_cast<const char*>(file.bytes().data()),
            file.bytes().size()};
  }

  const std::string path_;
};

TEST_F(MappedFileTest, ShowsTheWholeFileFromTheStartOfAPage) {
  std::string text(10'000, 'x');
  for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * i);
  Put(text);
  const MappedFile file((InputFile(path_)));
  EXPECT_TRUE(Text(file) == text);
  const auto address = reinterpret_cast<uintptr_t>(file.bytes().data());
  EXPECT_EQ(address % static_cast<uintptr_t>(sysconf(_SC_PAGESIZE)), 0u);
}

TEST_F(MappedFileTest, OutlivesTheInputFileAndTheName) {
  Put("still here");
  auto input = std::make_unique<InputFile>(path_);
  const MappedFile file(*input);
  input.reset();
  std::filesystem::remove(path_);
  EXPECT_EQ(Text(file), "still here");
}

TEST_F(MappedFileTest, StaysAsItWasWhenTheFileIsReplaced) {
  Put("old");
  const MappedFile file((InputFile(path_)));
  OutputFile other(path_);
  other.Write("new!");
  other.Commit();
  EXPECT_EQ(Text(file), "old");
}

TEST_F(MappedFileTest, MayBeEmpty) {
  Put("");
  EXPECT_TRUE(MappedFile(InputFile(path_)).bytes().empty());
}

}  // namespace
}  // namespace slide::util::mapped_file_test
