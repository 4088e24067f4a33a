#include "util/section_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "slide/error.h"
#include "support/container.h"
#include "support/read_bytes.h"

namespace slide::util::section_file_test {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::EndsWith;
using ::testing::StartsWith;
using testing_support::Container;

constexpr FileKind kKind = {.magic = "slidetst",
                            .version = 3,
                            .name = "test file",
                            .if_other = "make it again"};

// Two rows of three bytes and one of filling.
const std::vector<uint8_t> kRows = {1, 2, 3, 0, 4, 5, 6, 0};
constexpr SectionShape kRowsShape = {.num_rows = 2, .width = 3, .row_bytes = 4};
const std::vector<float> kNumbers = {0.5f, -1.0f, 2.0f};

class SectionFileTest : public testing::Test {
 protected:
  SectionFileTest()
      : folder_(testing::TempDir() + "section_file_" +
                testing::UnitTest::GetInstance()->current_test_info()->name()),
        path_(folder_ + "/file") {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~SectionFileTest() override { std::filesystem::remove_all(folder_); }

  // Three sections, one of them empty.
  uint64_t WriteSmall() const {
    SectionWriter writer(kKind);
    writer.info()["count"] = Json::Number(uint64_t{7});
    writer.info()["flag"] = Json::Bool(true);
    writer.info()["nested"] = Json::Parse(R"({"text":"a","list":[1,2]})");
    writer.Add("rows", kRowsShape, std::as_bytes(std::span(kRows)));
    writer.Add("none", std::span<const uint64_t>());
    writer.Add("numbers", std::span(kNumbers));
    return writer.Write(path_);
  }

  std::string Get() const { return testing_support::ReadBytes(path_); }
  void Put(const std::string& bytes) const {
    std::ofstream(path_, std::ios::binary) << bytes;
  }

  // Returns the error of opening and checking the file, with FILE for its path.
  std::string ErrorOf(const std::function<void()>& call) const {
    try {
      call();
    } catch (const Error& error) {
      const std::string what = error.what();
      EXPECT_THAT(what, StartsWith(path_));
      return "FILE" + what.substr(path_.size());
    }
    return "accepted";
  }
  std::string OpenError() const {
    return ErrorOf([&] { const SectionFile file(path_, kKind); });
  }
  std::string VerifyError() const {
    return ErrorOf([&] { SectionFile(path_, kKind).Verify(); });
  }
  // Returns the error for the small file with another header under a right sum.
  std::string ErrorAfter(
      const std::function<void(nlohmann::json&)>& lie) const {
    WriteSmall();
    Container parts = Container::Of(Get());
    lie(parts.header);
    Put(parts.File());
    return OpenError();
  }

  const std::string folder_, path_;
};

TEST_F(SectionFileTest, GivesBackWhatWasWritten) {
  const uint64_t num_bytes = WriteSmall();
  EXPECT_EQ(num_bytes, std::filesystem::file_size(path_));
  const SectionFile file(path_, kKind);
  EXPECT_EQ(file.num_bytes(), num_bytes);
  EXPECT_EQ(file.Number("count", 7), 7u);
  EXPECT_TRUE(file.Flag("flag"));
  EXPECT_EQ(file.info().Find("nested")->Find("text")->text, "a");
  ASSERT_EQ(file.sections().size(), 3u);

  std::vector<uint8_t> rows(kRows.size());
  file.Read(file.Find("rows", kRowsShape),
            std::as_writable_bytes(std::span(rows)));
  EXPECT_EQ(rows, kRows);
}

TEST_F(SectionFileTest, ViewsAreTheFilesOwnBytes) {
  WriteSmall();
  const SectionFile file(path_, kKind);
  const auto mapping = file.Map();
  EXPECT_EQ(mapping->bytes().size(), file.num_bytes());
  const std::span<const float> numbers = file.View<float>("numbers", *mapping);
  EXPECT_THAT(numbers, ElementsAreArray(kNumbers));
  EXPECT_TRUE(file.View<uint64_t>("none", *mapping).empty());
  for (const SectionFile::Section& section : file.sections()) {
    EXPECT_EQ(section.offset % 64, 0u) << section.name;
  }
  const auto* first = reinterpret_cast<const std::byte*>(numbers.data());
  EXPECT_EQ(first, mapping->bytes().data() + file.Find("numbers").offset);
  EXPECT_EQ(ErrorOf([&] { (void)file.View<double>("numbers", *mapping); }),
            "FILE: section numbers: got 3 rows of 1 numbers, 4 bytes each, "
            "expected 3 rows of 1 numbers, 8 bytes each");
}

// The layout as docs/file_format.md has it.
TEST_F(SectionFileTest, HasTheDocumentedLayout) {
  WriteSmall();
  const std::string file = Get();
  Container parts = Container::Of(file);
  EXPECT_EQ(parts.magic, "slidetst");
  EXPECT_EQ(parts.version, 3u);
  const std::string header(file, 24, file.size() - parts.sections.size() - 24);
  EXPECT_EQ(parts.File(header), file);  // its sum among others
  EXPECT_EQ((file.size() - parts.sections.size()) % 64, 0u);
  EXPECT_TRUE(parts.header.at("library_version").is_string());
  EXPECT_EQ(parts.header.at("info"),
            nlohmann::json::parse(R"({"count": 7, "flag": true,
                "nested": {"text": "a", "list": [1, 2]}})"));
  const std::string rows(kRows.begin(), kRows.end());
  EXPECT_EQ(parts.sections.substr(0, rows.size()), rows);
  const nlohmann::json section = {
      {"name", "rows"},
      {"rows", 2},
      {"width", 3},
      {"row_bytes", 4},
      {"xxh64", Container::Digits(Container::Sum(rows))}};
  EXPECT_EQ(parts.Section("rows"), section);
  EXPECT_EQ(parts.Offset("rows"), 0u);
  EXPECT_EQ(parts.Offset("none"), 64u);
  EXPECT_EQ(parts.Offset("numbers"), 64u);
  EXPECT_EQ(parts.sections.size(), 64u + 12u);
  EXPECT_EQ(parts.sections.substr(8, 56), std::string(56, '\0'));
}

TEST_F(SectionFileTest, IsTheSameBytesEachTime) {
  WriteSmall();
  const std::string first = Get();
  WriteSmall();
  EXPECT_EQ(Get(), first);
}

TEST_F(SectionFileTest, SpoolsAndMemoryMakeTheSameFile) {
  std::vector<uint32_t> items(300'000);
  std::iota(items.begin(), items.end(), 5u);
  SectionWriter memory(kKind);
  memory.Add("a", std::span<const uint32_t>(items));
  memory.Add("b", std::span(kNumbers));
  memory.Write(path_);
  const std::string expected = Get();
  SectionWriter spooled(kKind);
  auto spool = std::make_unique<SpoolFile>(path_);
  for (const uint32_t item : items) {
    spool->Write(std::as_bytes(std::span(&item, 1)));
  }
  spooled.Add("a", sizeof(uint32_t), std::move(spool));
  spooled.Add("b", std::span(kNumbers));
  EXPECT_EQ(spooled.Write(path_), expected.size());
  EXPECT_TRUE(Get() == expected);
  // More than a piece.
  const SectionFile file(path_, kKind);
  std::vector<uint32_t> read(items.size());
  file.Read(file.Find("a"), std::as_writable_bytes(std::span(read)));
  EXPECT_TRUE(read == items);
  EXPECT_EQ(VerifyError(), "accepted");
}

TEST_F(SectionFileTest, MayHaveNoSections) {
  const uint64_t size = SectionWriter(kKind).Write(path_);
  EXPECT_EQ(size % 64, 0u);
  EXPECT_EQ(VerifyError(), "accepted");
  EXPECT_EQ(ErrorOf([&] { SectionFile(path_, kKind).Find("rows"); }),
            "FILE: section rows is missing");
}

// Verify finds it, and so does whoever reads all sections, as a network does.
TEST_F(SectionFileTest, AnyFlippedBitIsFound) {
  WriteSmall();
  const std::string bytes = Get();
  const auto read_all = [&] {
    const SectionFile file(path_, kKind);
    std::vector<std::byte> all(100);
    for (const SectionFile::Section& section : file.sections()) {
      file.Read(section, std::span(all).first(section.num_bytes));
    }
  };
  EXPECT_EQ(VerifyError(), "accepted");
  EXPECT_EQ(ErrorOf(read_all), "accepted");
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << i % 8));
    Put(damaged);
    EXPECT_NE(VerifyError(), "accepted") << i;
    EXPECT_NE(ErrorOf(read_all), "accepted") << i;
  }
}

TEST_F(SectionFileTest, NamesThePartThatIsDamaged) {
  WriteSmall();
  const Container parts = Container::Of(Get());
  const auto error_with = [&](size_t offset) {
    Container damaged = parts;
    damaged.sections[offset] ^= 1;
    Put(damaged.File());
    EXPECT_EQ(OpenError(), "accepted");
    return VerifyError();
  };
  EXPECT_THAT(error_with(2),
              StartsWith("FILE: section rows is damaged: got checksum "));
  EXPECT_THAT(
      error_with(2),
      EndsWith(", expected " +
               Container(parts).Section("rows")["xxh64"].get<std::string>()));
  EXPECT_EQ(error_with(20),
            "FILE: the file is damaged in front of section none: got other "
            "bytes, expected zeros");
  EXPECT_THAT(error_with(64), StartsWith("FILE: section numbers is damaged"));
  std::string header = parts.File();
  header[40] = '?';
  Put(header);
  EXPECT_THAT(OpenError(),
              StartsWith("FILE: the header is damaged: got checksum "));
}

TEST_F(SectionFileTest, RefusesAFileThatIsCutAnywhereOrGoesOn) {
  WriteSmall();
  const std::string bytes = Get();
  for (size_t size = 0; size < bytes.size(); ++size) {
    Put(bytes.substr(0, size));
    EXPECT_THAT(OpenError(),
                StartsWith(size < 8 ? "FILE: too short for a test file"
                                    : "FILE: cut off"))
        << size;
  }
  Put(bytes.substr(0, 10));
  EXPECT_EQ(OpenError(), "FILE: cut off: got 10 bytes, expected at least 24");
  Put(bytes.substr(0, 100));
  EXPECT_THAT(OpenError(),
              StartsWith("FILE: cut off or damaged: got a header of "));
  Put(bytes.substr(0, bytes.size() - 1));
  const std::string expected = std::to_string(bytes.size());
  EXPECT_EQ(OpenError(), "FILE: cut off: got " +
                             std::to_string(bytes.size() - 1) +
                             " bytes, expected " + expected);
  Put(bytes + '\0');
  EXPECT_EQ(OpenError(), "FILE: continues behind its end: got " +
                             std::to_string(bytes.size() + 1) +
                             " bytes, expected " + expected);
}

TEST_F(SectionFileTest, ReadingNoticesThatTheFileShrank) {
  WriteSmall();
  const SectionFile file(path_, kKind);
  std::filesystem::resize_file(path_, file.num_bytes() - 1);
  const std::string error = "FILE: cannot be read: the file is cut off";
  EXPECT_EQ(ErrorOf([&] { file.Verify(); }), error);
  std::vector<std::byte> numbers(12);
  EXPECT_EQ(ErrorOf([&] { file.Read(file.Find("numbers"), numbers); }), error);
}

TEST_F(SectionFileTest, RefusesOtherFiles) {
  EXPECT_EQ(OpenError(), "FILE: cannot be read: No such file or directory");
  Put("1 2 3\n4 5:6\nthis is text, and longer than a preamble\n");
  EXPECT_EQ(OpenError(), "FILE: not a test file (bad magic)");
  WriteSmall();
  Container parts = Container::Of(Get());
  parts.version = 2;
  Put(parts.File());
  EXPECT_EQ(OpenError(),
            "FILE: got version 2 of a test file, which slide " +
                parts.header["library_version"].get<std::string>() +
                " wrote, expected 3; make it again");
  // A header that cannot be read tells nothing.
  parts.header.erase("library_version");
  Put(parts.File());
  EXPECT_EQ(OpenError(),
            "FILE: got version 2 of a test file, expected 3; make it again");
  Put(parts.File().replace(30, 1, "?"));
  EXPECT_EQ(OpenError(),
            "FILE: got version 2 of a test file, expected 3; make it again");
  parts.magic = "slideabc";
  Put(parts.File());
  EXPECT_EQ(OpenError(), "FILE: not a test file (bad magic)");
}

TEST_F(SectionFileTest, TellsItsKindByTheFirstBytes) {
  EXPECT_FALSE(HasMagic(path_, kKind));
  EXPECT_FALSE(HasMagic(folder_, kKind));
  Put("");
  EXPECT_FALSE(HasMagic(path_, kKind));
  Put("slidets");
  EXPECT_FALSE(HasMagic(path_, kKind));
  Put("slidetst");
  EXPECT_TRUE(HasMagic(path_, kKind));
  Put("slidenet of any length, as a model file is");
  EXPECT_FALSE(HasMagic(path_, kKind));
}

TEST_F(SectionFileTest, RefusesHeadersThatLieUnderARightSum) {
  using nlohmann::json;
  const auto set = [](const char* key, const json& value) {
    return [key, value](json& header) { header["sections"][0][key] = value; };
  };
  const std::string any = "18446744073709551615";
  EXPECT_EQ(ErrorAfter([](json&) {}), "accepted");
  // Lengths that the file does not have; none is taken memory for.
  EXPECT_EQ(ErrorAfter(set("rows", 18)),
            "FILE: cut off: got " + std::to_string(Get().size()) +
                " bytes, expected " + std::to_string(Get().size() + 64));
  EXPECT_THAT(ErrorAfter(set("rows", 1ull << 40)), StartsWith("FILE: cut off"));
  EXPECT_THAT(ErrorAfter(set("rows", ~0ull)), StartsWith("FILE: cut off"));
  EXPECT_THAT(ErrorAfter(set("row_bytes", ~0ull)), StartsWith("FILE: cut off"));
  EXPECT_THAT(ErrorAfter([](json& header) {
                for (json& section : header["sections"]) {
                  section["rows"] = ~0ull;
                  section["row_bytes"] = ~0ull;
                }
              }),
              StartsWith("FILE: cut off"));
  EXPECT_THAT(ErrorAfter([](json& header) { header["sections"].clear(); }),
              StartsWith("FILE: continues behind its end"));
  // No numbers, and numbers that are not whole or too large.
  EXPECT_EQ(ErrorAfter(set("rows", -2)),
            "FILE: the header's 'rows': got -2, expected a whole number from 0 "
            "to " +
                any);
  EXPECT_EQ(ErrorAfter(set("rows", 2.0)),
            "FILE: the header's 'rows': got 2.0, expected a whole number from "
            "0 to " +
                any);
  EXPECT_EQ(ErrorAfter(set("width", 1e30)),
            "FILE: the header's 'width': got 1e+30, expected a whole number "
            "from 0 to " +
                any);
  EXPECT_EQ(ErrorAfter(set("row_bytes", "4")),
            "FILE: the header's 'row_bytes': got \"4\", expected a whole "
            "number from 0 to " +
                any);
  EXPECT_EQ(ErrorAfter(set("name", 5)),
            "FILE: the header's 'name': got 5, expected a text");
  for (const char* sum : {"", "123", "a8b1dc5d6a1e5b3", "a8b1dc5d6a1e5b3g",
                          "0a8b1dc5d6a1e5b3a", "-8b1dc5d6a1e5b3a"}) {
    EXPECT_EQ(ErrorAfter(set("xxh64", sum)),
              std::string("FILE: the header's 'xxh64': got \"") + sum +
                  "\", expected 16 hexadecimal digits");
  }
  // Keys that are missing, and values that are no objects.
  for (const char* key : {"name", "rows", "width", "row_bytes", "xxh64"}) {
    EXPECT_EQ(ErrorAfter([&](json& h) { h["sections"][0].erase(key); }),
              std::string("FILE: the header has no '") + key + "'");
  }
  EXPECT_EQ(ErrorAfter([](json& header) { header.erase("sections"); }),
            "FILE: the header has no 'sections'");
  EXPECT_EQ(ErrorAfter([](json& header) { header.erase("info"); }),
            "FILE: the header has no 'info'");
  EXPECT_EQ(ErrorAfter([](json& header) { header = json::array(); }),
            "FILE: the header: got [], expected an object");
  EXPECT_EQ(ErrorAfter([](json& header) { header["sections"] = 5; }),
            "FILE: the header's 'sections': got 5, expected a list");
}

TEST_F(SectionFileTest, RefusesAHeaderThatIsNotJson) {
  WriteSmall();
  const Container parts = Container::Of(Get());
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("{\"info\": \"\xff\"}"),
        parts.header.dump() + "x", std::string(100'000, '[')}) {
    Put(parts.File(text));
    EXPECT_THAT(OpenError(), StartsWith("FILE: the header is damaged: "));
  }
}

TEST_F(SectionFileTest, NumbersAndFlagsOfTheHeaderAreChecked) {
  WriteSmall();
  const SectionFile file(path_, kKind);
  EXPECT_EQ(ErrorOf([&] { (void)file.Number("count", 6); }),
            "FILE: the header's 'count': got 7, expected a whole number from 0 "
            "to 6");
  EXPECT_EQ(ErrorOf([&] { (void)file.Number("flag", 6); }),
            "FILE: the header's 'flag': got true, expected a whole number from "
            "0 to 6");
  EXPECT_EQ(ErrorOf([&] { (void)file.Flag("count"); }),
            "FILE: the header's 'count': got 7, expected true or false");
  EXPECT_EQ(ErrorOf([&] { (void)file.Flag("more"); }),
            "FILE: the header has no 'more'");
}

TEST_F(SectionFileTest, ASectionOfAnotherShapeIsRefused) {
  WriteSmall();
  const SectionFile file(path_, kKind);
  EXPECT_EQ(ErrorOf([&] {
              file.Find("rows", {.num_rows = 2, .width = 4, .row_bytes = 4});
            }),
            "FILE: section rows: got 2 rows of 3 numbers, 4 bytes each, "
            "expected 2 rows of 4 numbers, 4 bytes each");
}

TEST_F(SectionFileTest, AFailedWriteLeavesTheOldFileAndNoOther) {
  Put("old");
  SectionWriter writer(kKind);
  writer.info()["text"] = Json::Text(std::string(size_t{1} << 24, 'x'));
  EXPECT_THAT(ErrorOf([&] { writer.Write(path_); }),
              StartsWith("FILE: cannot be written: got a header of "));
  EXPECT_THAT(ErrorOf([&] { SectionWriter(kKind).Write(path_ + "/below"); }),
              StartsWith("FILE/below: cannot be written: "));
  EXPECT_EQ(Get(), "old");
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    names.push_back(entry.path().filename());
  }
  EXPECT_THAT(names, ElementsAre("file"));
}

TEST_F(SectionFileTest, TextsAreKeptUntilTheyAreWritten) {
  SectionWriter writer(kKind);
  writer.AddText("text", std::string("short"));
  writer.Add("numbers", std::span(kNumbers));
  writer.AddText("longer", std::string(100, 'x'));
  EXPECT_EQ(writer.num_section_bytes(), 5 + 12 + 100u);
  writer.Write(path_);
  const SectionFile file(path_, kKind);
  std::string text(5, ' ');
  file.Read(file.Find("text", {.num_rows = 5, .row_bytes = 1}),
            std::as_writable_bytes(std::span(text)));
  EXPECT_EQ(text, "short");
}

TEST_F(SectionFileTest, AKindMayHaveVersionsThatAreReadBesides) {
  FileKind kind = kKind;
  kind.newest = 5;
  WriteSmall();
  EXPECT_EQ(SectionFile(path_, kind).Number("count", 9), 7u);
  kind.version = 5;
  SectionWriter(kind).Write(path_);
  kind.version = 3;
  EXPECT_TRUE(SectionFile(path_, kind).sections().empty());
  EXPECT_THROW(SectionFile(path_, kKind), Error);
  kind.newest = 4;
  try {
    SectionFile(path_, kind);
    ADD_FAILURE() << "read";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("expected 3 to 4; make it"));
  }
}

TEST_F(SectionFileTest, OneSectionCanBeVerifiedAlone) {
  WriteSmall();
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(-1, std::ios::end).put('x').flush();  // of the numbers
  const SectionFile read(path_, kKind);
  read.Verify(read.Find("rows"));
  EXPECT_THROW(read.Verify(read.Find("numbers")), Error);
}

}  // namespace
}  // namespace slide::util::section_file_test
