#include "util/zip_writer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "support/temp_folder.h"

namespace slide::util::zip_writer_test {
namespace {

// Gives a text in two pieces.
auto Giving(std::string_view text) {
  return [text](const ZipWriter::Sink& sink) {
    const auto bytes = std::as_bytes(std::span(text));
    sink(bytes.first(text.size() / 2));
    sink(bytes.subspan(text.size() / 2));
  };
}

template <typename T>
T NumberAt(const std::string& bytes, size_t at) {
  T number;
  std::memcpy(&number, bytes.data() + at, sizeof(T));
  return number;
}

class ZipWriterTest : public testing::Test {
 protected:
  std::string Written() const {
    OutputFile file(folder_.Path("zip"));
    ZipWriter zip(file);
    zip.Add("a", Giving("123456789"));
    zip.Add("none", Giving(""));
    zip.Finish();
    file.Commit();
    return folder_.Read("zip");
  }
  const testing_support::TempFolder folder_;
};

// The places are those of PKWARE's description, counted by hand; the sum is the
// one that checks implementations of CRC-32.
TEST_F(ZipWriterTest, AFileIsStoredBehindItsHeader) {
  const std::string zip = Written();
  EXPECT_EQ(zip.substr(0, 4), "PK\x03\x04");
  EXPECT_EQ(NumberAt<uint16_t>(zip, 4), 45);  // needed to read
  EXPECT_EQ(NumberAt<uint16_t>(zip, 8), 0);   // stored
  EXPECT_EQ(NumberAt<uint32_t>(zip, 14), 0xcbf43926u);
  EXPECT_EQ(NumberAt<uint32_t>(zip, 18), 0xffffffffu);
  EXPECT_EQ(NumberAt<uint16_t>(zip, 26), 1);   // of the name
  EXPECT_EQ(NumberAt<uint16_t>(zip, 28), 20);  // of the ZIP64 field
  EXPECT_EQ(zip[30], 'a');
  EXPECT_EQ(NumberAt<uint16_t>(zip, 31), 1);
  EXPECT_EQ(NumberAt<uint16_t>(zip, 33), 16);
  EXPECT_EQ(NumberAt<uint64_t>(zip, 35), 9u);
  EXPECT_EQ(NumberAt<uint64_t>(zip, 43), 9u);
  EXPECT_EQ(zip.substr(51, 9), "123456789");
  EXPECT_EQ(zip.substr(60, 4), "PK\x03\x04");
  EXPECT_EQ(NumberAt<uint32_t>(zip, 60 + 14), 0u);
}

TEST_F(ZipWriterTest, TheEndLeadsToTheTableAndThatToTheFiles) {
  const std::string zip = Written();
  const size_t end = zip.size() - 22;
  EXPECT_EQ(zip.substr(end, 4), "PK\x05\x06");
  const size_t locator = end - 20;
  EXPECT_EQ(zip.substr(locator, 4), "PK\x06\x07");
  const auto end64 = NumberAt<uint64_t>(zip, locator + 8);
  EXPECT_EQ(end64, locator - 56);
  EXPECT_EQ(zip.substr(end64, 4), "PK\x06\x06");
  EXPECT_EQ(NumberAt<uint64_t>(zip, end64 + 4), 44u);
  EXPECT_EQ(NumberAt<uint64_t>(zip, end64 + 32), 2u);  // files
  const auto size = NumberAt<uint64_t>(zip, end64 + 40);
  const auto table = NumberAt<uint64_t>(zip, end64 + 48);
  EXPECT_EQ(table + size, end64);
  // The header of 46 bytes, the name, and the ZIP64 field with both sizes and
  // the place.
  EXPECT_EQ(zip.substr(table, 4), "PK\x01\x02");
  EXPECT_EQ(NumberAt<uint32_t>(zip, table + 16), 0xcbf43926u);
  EXPECT_EQ(NumberAt<uint16_t>(zip, table + 30), 28);
  EXPECT_EQ(NumberAt<uint64_t>(zip, table + 47 + 4), 9u);
  EXPECT_EQ(NumberAt<uint64_t>(zip, table + 47 + 20), 0u);
  const size_t second = table + 47 + 28;
  EXPECT_EQ(zip.substr(second, 4), "PK\x01\x02");
  EXPECT_EQ(zip.substr(second + 46, 4), "none");
  EXPECT_EQ(NumberAt<uint64_t>(zip, second + 50 + 20), 60u);
}

}  // namespace
}  // namespace slide::util::zip_writer_test
