#include "data/text_reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#ifdef SLIDE_HAS_ZSTD
#include <zstd.h>
#endif

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "slide/error.h"
#include "util/rng.h"

namespace slide::data {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr uint64_t kSeed = 7;

// A file with this content, for as long as the object lives. Tests run in
// processes of their own side by side, so the name holds the process's id.
class TempFile {
 public:
  explicit TempFile(const std::string& content)
      : path_(testing::TempDir() + "slide_text_reader_" +
              std::to_string(getpid()) + ".txt") {
    std::ofstream(path_, std::ios::binary) << content;
  }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  ~TempFile() { std::filesystem::remove(path_); }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string Gzip(const std::string& text, int level = 6) {
  z_stream stream{};
  deflateInit2(&stream, level, Z_DEFLATED, MAX_WBITS + 16, 8,
               Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  std::string input = text;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  return packed;
}

#ifdef SLIDE_HAS_ZSTD
std::string Zstd(const std::string& text, int level = 3) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(),
                              text.size(), level));
  return packed;
}
#endif

ReadOptions LibSvm(std::optional<uint32_t> first_feature = 0,
                   uint32_t first_label = 0) {
  return {.normalize = false,
          .num_threads = 1,
          .format = TextFormat::kLibSvm,
          .first_feature = first_feature,
          .first_label = first_label};
}

// Options for text whose form is told by its first line.
ReadOptions Auto() { return {.normalize = false, .num_threads = 1}; }

ReadOptions Plain(int num_threads = 1) {
  return {.normalize = false,
          .num_threads = num_threads,
          .format = TextFormat::kXmc};
}

CsrArrays Read(const std::string& content, const ReadOptions& options = Plain(),
               size_t block_bytes = kBlockBytes) {
  const TempFile file(content);
  return ReadTextFile(file.path(), options, block_bytes);
}

// The message without the path: "FILE:3: ...", or "accepted".
std::string ErrorOf(const std::string& content, const ReadOptions& options,
                    size_t block_bytes = kBlockBytes) {
  const TempFile file(content);
  try {
    ReadTextFile(file.path(), options, block_bytes);
  } catch (const DataError& error) {
    const std::string what = error.what();
    EXPECT_THAT(what, StartsWith(file.path()));
    return "FILE" + what.substr(file.path().size());
  }
  return "accepted";
}

std::string ErrorOf(const std::string& content, int num_threads = 1,
                    size_t block_bytes = kBlockBytes) {
  return ErrorOf(content, Plain(num_threads), block_bytes);
}

void ExpectSame(const CsrArrays& a, const CsrArrays& b) {
  EXPECT_EQ(a.num_features, b.num_features);
  EXPECT_EQ(a.num_labels, b.num_labels);
  EXPECT_EQ(a.feature_offsets, b.feature_offsets);
  EXPECT_EQ(a.feature_ids, b.feature_ids);
  EXPECT_EQ(a.feature_values, b.feature_values);
  EXPECT_EQ(a.label_offsets, b.label_offsets);
  EXPECT_EQ(a.label_ids, b.label_ids);
}

// Points with 0..7 features and 0..4 labels each.
std::string RandomText(int num_points) {
  util::Rng rng(kSeed);
  std::string text = fmt::format("{} 1000 100\n", num_points);
  for (int i = 0; i < num_points; ++i) {
    uint64_t label = 0;
    for (uint64_t n = rng.UniformInt(5), j = 0; j < n; ++j) {
      label += 1 + rng.UniformInt(20);
      text += fmt::format("{}{}", j > 0 ? "," : "", label - 1);
    }
    if (label == 0) text += ' ';
    uint64_t feature = 0;
    for (uint64_t n = rng.UniformInt(8), j = 0; j < n; ++j) {
      feature += 1 + rng.UniformInt(100);
      text += fmt::format(" {}:{:.6f}", feature, rng.Normal());
    }
    text += '\n';
  }
  return text;
}

// --- what is accepted --------------------------------------------------------

TEST(ReadXmc, ReadsPointsWithAndWithoutLabelsAndFeatures) {
  const CsrArrays arrays = Read(
      "4 6 5\n"
      "1,4 0:0.5 5:-2e-1\n"
      " 3:1\n"
      "2\n"
      " \n");
  EXPECT_EQ(arrays.num_features, 6u);
  EXPECT_EQ(arrays.num_labels, 5u);
  EXPECT_THAT(arrays.feature_offsets, ElementsAre(0, 2, 3, 3, 3));
  EXPECT_THAT(arrays.feature_ids, ElementsAre(0, 5, 3));
  EXPECT_THAT(arrays.feature_values, ElementsAre(0.5f, -0.2f, 1.0f));
  EXPECT_THAT(arrays.label_offsets, ElementsAre(0, 2, 2, 3, 3));
  EXPECT_THAT(arrays.label_ids, ElementsAre(1, 4, 2));
}

TEST(ReadXmc, GivesADatasetOfNormalizedSamples) {
  const TempFile file("2 3 2\n0 0:3 2:-4\n1 1:0\n");
  const Dataset data = ReadXmc(file.path());
  ASSERT_EQ(data.size(), 2u);
  EXPECT_THAT(data[0].features.values, ElementsAre(0.6f, -0.8f));
  EXPECT_THAT(data[1].features.values, ElementsAre(0.0f));
}

TEST(ReadXmc, NormalizesTheLargestAndSmallestValues) {
  const CsrArrays arrays = Read("2 2 1\n0 0:3e38 1:3e38\n0 0:1e-44 1:1e-44\n",
                                {.normalize = true, .num_threads = 1});
  const float half_root = std::sqrt(0.5f);
  EXPECT_THAT(arrays.feature_values,
              ElementsAre(FloatEq(half_root), FloatEq(half_root),
                          FloatEq(half_root), FloatEq(half_root)));
}

TEST(ReadXmc, AcceptsSpacesAndTabsInAnyNumber) {
  ExpectSame(Read("  2\t5 \t4  \n0,1\t \t1:1  2:2 \t\n\t3:1\n"),
             Read("2 5 4\n0,1 1:1 2:2\n 3:1\n"));
}

TEST(ReadXmc, AcceptsCrLfLineEnds) {
  ExpectSame(Read("3 5 4\r\n0,1 1:1 2:2\r\n2\r\n \r\n"),
             Read("3 5 4\n0,1 1:1 2:2\n2\n \n"));
}

TEST(ReadXmc, AcceptsALastLineWithoutNewline) {
  ExpectSame(Read("2 5 4\n0 1:1\n1 2:2"), Read("2 5 4\n0 1:1\n1 2:2\n"));
  ExpectSame(Read("2 5 4\r\n0 1:1\r\n1 2:2\r"), Read("2 5 4\n0 1:1\n1 2:2\n"));
}

TEST(ReadXmc, SortsLabels) {
  EXPECT_THAT(Read("1 1 9\n7,0,8,3\n").label_ids, ElementsAre(0, 3, 7, 8));
}

TEST(ReadXmc, KeepsExplicitZeros) {
  EXPECT_THAT(Read("1 9 1\n0 1:0 2:-0.0\n").feature_ids, ElementsAre(1, 2));
}

TEST(ReadXmc, AcceptsTheLargestIds) {
  const CsrArrays arrays =
      Read("1 4294967295 4294967295\n4294967294 4294967294:1\n");
  EXPECT_THAT(arrays.feature_ids, ElementsAre(4'294'967'294u));
  EXPECT_THAT(arrays.label_ids, ElementsAre(4'294'967'294u));
}

TEST(ReadXmc, AcceptsAFileWithoutPoints) {
  const CsrArrays arrays = Read("0 3 2\n");
  EXPECT_EQ(arrays.num_features, 3u);
  EXPECT_THAT(arrays.feature_offsets, ElementsAre(0));
  EXPECT_EQ(ErrorOf("0 3 2"), "accepted");
}

// --- blocks, threads, compression --------------------------------------------

TEST(ReadXmc, ResultDoesNotDependOnThreadsAndBlocks) {
  const std::string text = RandomText(500);
  const CsrArrays expected = Read(text);
  ASSERT_EQ(expected.label_offsets.size(), 501u);
  for (const int num_threads : {1, 2, 3, 7}) {
    for (const size_t block_bytes : {1u, 7u, 64u, 1000u, 1u << 20}) {
      SCOPED_TRACE(testing::Message()
                   << num_threads << " threads, blocks of " << block_bytes);
      ExpectSame(Read(text, Plain(num_threads), block_bytes), expected);
    }
  }
}

TEST(ReadXmc, ReadsGzipLikePlainText) {
  const std::string text = RandomText(500);
  const CsrArrays expected = Read(text);
  for (const int num_threads : {1, 3}) {
    for (const size_t block_bytes : {1u, 100u, 1u << 20}) {
      ExpectSame(Read(Gzip(text), Plain(num_threads), block_bytes), expected);
    }
  }
}

TEST(ReadXmc, ReadsGzipOfSeveralMembers) {
  const std::string text = RandomText(500);
  const std::string members = Gzip(text.substr(0, 333)) + Gzip("") +
                              Gzip(text.substr(333, 1)) +
                              Gzip(text.substr(334));
  ExpectSame(Read(members), Read(text));
}

// Compresses badly, so that the packed form is longer than one piece of input.
TEST(ReadXmc, ReadsGzipLongerThanItsInputBuffer) {
  const std::string text = RandomText(20'000);
  ASSERT_GT(Gzip(text).size(), 300'000u);
  ExpectSame(Read(Gzip(text), Plain(2)), Read(text));
}

TEST(ReadXmc, ReadsLinesLongerThanABlock) {
  constexpr int kNumFeatures = 50'000;
  std::string line = "0";
  for (int i = 0; i < kNumFeatures; ++i) line += ' ' + std::to_string(i) + ":1";
  const std::string text = "3 50000 1\n" + line + "\n 7:1\n" + line + "\n";
  for (const size_t block_bytes : {1u, 16u, 100'000u}) {
    const CsrArrays arrays = Read(text, Plain(2), block_bytes);
    EXPECT_THAT(
        arrays.feature_offsets,
        ElementsAre(0, kNumFeatures, kNumFeatures + 1, 2 * kNumFeatures + 1));
    EXPECT_EQ(arrays.feature_ids.back(), kNumFeatures - 1u);
  }
}

TEST(ReadXmc, ReportsTheFirstBadLineWhateverThreadsAndBlocks) {
  std::string text = RandomText(200);
  size_t line_begin = 0;
  for (int line = 1; line < 100; ++line) {
    line_begin = text.find('\n', line_begin) + 1;
  }
  text.insert(line_begin, "x");
  text.insert(text.size() - 1, " 1:nan");
  const std::string expected = ErrorOf(text);
  EXPECT_THAT(expected, StartsWith("FILE:100: label 'x"));
  for (const int num_threads : {2, 3, 7}) {
    for (const size_t block_bytes : {1u, 50u, 1000u}) {
      EXPECT_EQ(ErrorOf(text, num_threads, block_bytes), expected);
    }
  }
}

// --- the header --------------------------------------------------------------

constexpr char kHeaderForm[] =
    "; allowed is 'points features labels', three whole numbers";

TEST(ReadXmc, RefusesAnEmptyFile) {
  EXPECT_EQ(ErrorOf(""),
            "FILE:1: the file is empty; allowed is a header 'points features "
            "labels' and a line for each point");
  EXPECT_EQ(ErrorOf(Gzip("")), ErrorOf(""));
}

TEST(ReadXmc, RefusesAHeaderThatIsCutShort) {
  EXPECT_EQ(ErrorOf("2 5\n0 1:1\n"),
            std::string("FILE:1: the header has '' for its number of labels") +
                kHeaderForm);
  EXPECT_EQ(ErrorOf("\n0 1:1\n"),
            std::string("FILE:1: the header has '' for its number of points") +
                kHeaderForm);
}

TEST(ReadXmc, RefusesAHeaderThatIsMissing) {
  EXPECT_EQ(
      ErrorOf("0,3 1:0.5 2:0.5\n"),
      std::string("FILE:1: the header has '0,3' for its number of points") +
          kHeaderForm);
}

TEST(ReadXmc, RefusesAHeaderThatGoesOn) {
  EXPECT_EQ(ErrorOf("1 5 4 3\n0 1:1\n"),
            std::string("FILE:1: the header goes on with '3'") + kHeaderForm);
}

TEST(ReadXmc, RefusesHeaderNumbersThatAreNotWhole) {
  EXPECT_EQ(
      ErrorOf("1 5.5 4\n0 1:1\n"),
      std::string("FILE:1: the header has '5.5' for its number of features") +
          kHeaderForm);
  EXPECT_EQ(
      ErrorOf("-1 5 4\n"),
      std::string("FILE:1: the header has '-1' for its number of points") +
          kHeaderForm);
}

TEST(ReadXmc, RefusesHeaderNumbersThatAreTooLarge) {
  EXPECT_EQ(ErrorOf("1099511627777 5 4\n"),
            "FILE:1: the header says 1099511627777 points; allowed are at most "
            "1099511627776");
  EXPECT_EQ(ErrorOf("1 4294967296 4\n"),
            "FILE:1: the header says 4294967296 features; allowed are at most "
            "4294967295");
  EXPECT_EQ(ErrorOf("1 5 99999999999999999999999\n"),
            "FILE:1: the header says 99999999999999999999999 labels; allowed "
            "are at most 4294967295");
}

TEST(ReadXmc, TakesNoMemoryForPointsThatAreNotThere) {
  EXPECT_EQ(ErrorOf("1099511627776 4294967295 4294967295\n0 1:1\n"),
            "FILE:3: the file ends after 1 of the 1099511627776 points that "
            "the header announces");
}

TEST(ReadXmc, RefusesTooFewLines) {
  EXPECT_EQ(ErrorOf("3 5 4\n0 1:1\n1 2:2\n"),
            "FILE:4: the file ends after 2 of the 3 points that the header "
            "announces");
}

TEST(ReadXmc, RefusesTooManyLines) {
  const std::string expected =
      "FILE:4: a line after the last of the 2 points that the header "
      "announces; the file must end there";
  const std::string points = "2 5 4\n0 1:1\n1 2:2\n";
  for (const int num_threads : {1, 2, 3}) {
    for (const size_t block_bytes : {1u, 12u, 1000u}) {
      for (const char* rest : {"2 3:3\n", "2 3:3\n2 3:3\n", "x\n", "\n", "\r\n",
                               " ", "2 3:3\nx\n"}) {
        EXPECT_EQ(ErrorOf(points + rest, num_threads, block_bytes), expected);
      }
    }
  }
}

// --- a point's line ----------------------------------------------------------

TEST(ReadXmc, RefusesFeatureIdsOutOfRange) {
  EXPECT_EQ(ErrorOf("2 5 4\n0 1:1\n1 5:2\n"),
            "FILE:3: feature id 5 is not below 5, the number of features in "
            "the header");
  EXPECT_EQ(ErrorOf("1 5 4\n0 18446744073709551617:2\n"),
            "FILE:2: feature id 18446744073709551617 is not below 5, the "
            "number of features in the header");
}

TEST(ReadXmc, RefusesLabelsOutOfRange) {
  EXPECT_EQ(ErrorOf("1 5 4\n0,4 1:1\n"),
            "FILE:2: label 4 is not below 4, the number of labels in the "
            "header");
  EXPECT_EQ(ErrorOf("1 5 4\n4294967296 1:1\n"),
            "FILE:2: label 4294967296 is not below 4, the number of labels in "
            "the header");
}

TEST(ReadXmc, RefusesFeatureIdsOutOfOrder) {
  EXPECT_EQ(ErrorOf("1 5 4\n0 3:1 2:1\n"),
            "FILE:2: feature id 2 after 3; ids must ascend without repeats");
}

TEST(ReadXmc, RefusesRepeatedFeatureIds) {
  EXPECT_EQ(ErrorOf("1 5 4\n0 3:1 3:1\n"),
            "FILE:2: feature id 3 after 3; ids must ascend without repeats");
}

TEST(ReadXmc, RefusesRepeatedLabels) {
  const std::string expected =
      "FILE:2: label 2 is given twice; allowed is once for a point";
  EXPECT_EQ(ErrorOf("1 5 4\n2,2 3:1\n"), expected);
  EXPECT_EQ(ErrorOf("1 5 4\n2,0,3,2 3:1\n"), expected);
}

TEST(ReadXmc, RefusesValuesThatAreNotFiniteNumbers) {
  for (const char* value : {"nan", "inf", "-inf", "NaN", "abc", "1.5x", "0x1p3",
                            "1.2.3", "-", "1e", "1e+", ".", "0.3:7", "1,5"}) {
    EXPECT_EQ(ErrorOf(std::string("1 5 4\n0 1:1 3:") + value + " 4:1\n"),
              std::string("FILE:2: value '") + value +
                  "' of feature 3 is not a finite number");
  }
}

TEST(ReadXmc, RefusesValuesThatOverflow) {
  for (const char* value : {"1e400", "-1e400", "1e39", "3.5e38"}) {
    EXPECT_EQ(ErrorOf(std::string("1 5 4\n0 3:") + value + "\n"),
              std::string("FILE:2: value '") + value +
                  "' of feature 3 is too large; allowed are numbers up to "
                  "3.4e38");
  }
}

TEST(ReadXmc, RefusesMissingValues) {
  EXPECT_EQ(ErrorOf("1 15 4\n0 3: 4:1\n"),
            "FILE:2: feature '3:' has no value; allowed is id:value");
  EXPECT_EQ(ErrorOf("1 15 4\n0 3 4:1\n"),
            "FILE:2: feature '3' has no value; allowed is id:value");
}

TEST(ReadXmc, RefusesALastLineThatIsCutOff) {
  EXPECT_EQ(ErrorOf("1 15 4\n0 3:1 12:"),
            "FILE:2: feature '12:' has no value; allowed is id:value");
  EXPECT_EQ(ErrorOf("1 15 4\n0 3:1 12"),
            "FILE:2: feature '12' has no value; allowed is id:value");
  EXPECT_EQ(ErrorOf("1 15 4\n0 3:1 12:-"),
            "FILE:2: value '-' of feature 12 is not a finite number");
  EXPECT_EQ(ErrorOf("1 15 4\n0,"),
            "FILE:2: label '' is not a whole number; allowed are numbers from "
            "0 on with a comma between two of them");
}

TEST(ReadXmc, RefusesFeaturesThatAreNotIdAndValue) {
  for (const char* feature :
       {"x:1", "-3:1", "+3:1", ":1", "3.0:1", "3x", "a", "3=1", ","}) {
    EXPECT_EQ(ErrorOf(std::string("1 5 4\n0 1:1 ") + feature + "\n"),
              std::string("FILE:2: feature '") + feature +
                  "' does not start with a whole number and a colon; allowed "
                  "is id:value");
  }
}

TEST(ReadXmc, RefusesLabelsThatAreNotWholeNumbers) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"x 1:1", "x"},   {"1,x 1:1", "x"}, {"-1 1:1", "-1"}, {"1.0 1:1", "1.0"},
      {"1,,2 1:1", ""}, {",1 1:1", ""},   {"1, 1:1", ""},   {"1;2 1:1", "1;2"}};
  for (const auto& [line, label] : cases) {
    EXPECT_EQ(ErrorOf("1 5 4\n" + line + "\n"),
              "FILE:2: label '" + label +
                  "' is not a whole number; allowed are numbers from 0 on with "
                  "a comma between two of them");
  }
}

TEST(ReadXmc, RefusesALineWithoutLabelsThatDoesNotStartWithASpace) {
  EXPECT_EQ(ErrorOf("1 5 4\n1:0.5 2:0.5\n"),
            "FILE:2: '1:0.5' is a feature where a label is expected; a line "
            "without labels must start with a space");
}

TEST(ReadXmc, RefusesEmptyLines) {
  const std::string expected =
      "FILE:3: the line is empty; a point without labels and features is a "
      "line with one space";
  EXPECT_EQ(ErrorOf("3 5 4\n0 1:1\n\n0 1:1\n"), expected);
  EXPECT_EQ(ErrorOf("3 5 4\r\n0 1:1\r\n\r\n0 1:1\r\n"), expected);
}

TEST(ReadXmc, ShowsBytesThatCannotBePrintedAsHex) {
  using namespace std::string_literals;
  EXPECT_EQ(ErrorOf("1 5 4\n0 1:0.5\0\n"s),
            "FILE:2: value '0.5\\x00' of feature 1 is not a finite number");
  EXPECT_EQ(ErrorOf("1 5 4\n0 \0001:0.5\n"s),
            "FILE:2: feature '\\x001:0.5' does not start with a whole number "
            "and a colon; allowed is id:value");
  EXPECT_EQ(ErrorOf("1 5 4\n\0\n"s),
            "FILE:2: label '\\x00' is not a whole number; allowed are numbers "
            "from 0 on with a comma between two of them");
  EXPECT_EQ(ErrorOf("\xef\xbb\xbf"
                    "1 5 4\n"),
            std::string("FILE:1: the header has '\\xef\\xbb\\xbf1' for its "
                        "number of points") +
                kHeaderForm);
  EXPECT_EQ(ErrorOf("1 5 4\n0 1:1\r2:1\n"),
            "FILE:2: value '1\\x0d2:1' of feature 1 is not a finite number");
}

TEST(ReadXmc, ShortensLongFieldsInMessages) {
  EXPECT_EQ(ErrorOf("1 5 4\n0 1:" + std::string(1'000'000, 'z') + "\n"),
            "FILE:2: value '" + std::string(40, 'z') +
                "...' of feature 1 is not a finite number");
}

TEST(ReadXmc, ShortensLongNumbersInMessages) {
  const std::string digits(1'000'000, '7');
  const std::string shown = std::string(40, '7') + "...";
  EXPECT_EQ(ErrorOf("1 5 4\n0 " + digits + ":1\n"),
            "FILE:2: feature id " + shown +
                " is not below 5, the number of features in the header");
  EXPECT_EQ(ErrorOf("1 5 4\n" + digits + "\n"),
            "FILE:2: label " + shown +
                " is not below 4, the number of labels in the header");
  EXPECT_EQ(ErrorOf(digits + " 5 4\n"),
            "FILE:1: the header says " + shown +
                " points; allowed are at most 1099511627776");
}

// --- LibSVM text -------------------------------------------------------------

TEST(ReadLibSvm, ReadsPointsWithoutAHeader) {
  const CsrArrays arrays = Read(
      "1,4 0:0.5 5:-2e-1\n"
      " 3:1\n"
      "2\n"
      " \n",
      LibSvm());
  EXPECT_EQ(arrays.num_features, 6u);
  EXPECT_EQ(arrays.num_labels, 5u);
  EXPECT_THAT(arrays.feature_offsets, ElementsAre(0, 2, 3, 3, 3));
  EXPECT_THAT(arrays.feature_ids, ElementsAre(0, 5, 3));
  EXPECT_THAT(arrays.feature_values, ElementsAre(0.5f, -0.2f, 1.0f));
  EXPECT_THAT(arrays.label_offsets, ElementsAre(0, 2, 2, 3, 3));
  EXPECT_THAT(arrays.label_ids, ElementsAre(1, 4, 2));
}

TEST(ReadLibSvm, CountsIdsFromWhereItIsTold) {
  const CsrArrays arrays = Read("3,1 1:2 7:3\n", LibSvm(1, 1));
  EXPECT_EQ(arrays.num_features, 7u);
  EXPECT_EQ(arrays.num_labels, 3u);
  EXPECT_THAT(arrays.feature_ids, ElementsAre(0, 6));
  EXPECT_THAT(arrays.label_ids, ElementsAre(0, 2));
  EXPECT_EQ(ErrorOf("2 1:1\n1 2:1 0:3\n", LibSvm(1)),
            "FILE:2: feature id 0 where they are numbered from 1 on");
  EXPECT_EQ(ErrorOf("2 1:1\n1,0 2:1\n", LibSvm(1, 1)),
            "FILE:2: label 0 where they are numbered from 1 on");
  EXPECT_EQ(ErrorOf("2,2 1:1\n", LibSvm(1, 1)),
            "FILE:1: label 2 is given twice; allowed is once for a point");
}

TEST(ReadLibSvm, TakesFeaturesFromZeroOnIfThereIsAFeatureZero) {
  EXPECT_THAT(Read("1 3:1\n1 0:1\n", Auto()).feature_ids, ElementsAre(3, 0));
  EXPECT_EQ(Read("1 \n2\n", LibSvm(std::nullopt)).num_features, 0u);
}

TEST(ReadLibSvm, RefusesToGuessWhereFeaturesStart) {
  EXPECT_EQ(ErrorOf("1 3:1\n1 1:1\n", Auto()),
            "FILE: LibSVM text (the first line is no header) without a feature "
            "0: features may be numbered from 0 or from 1; allowed is text "
            "with a feature 0, or to say which (--first-feature)");
  EXPECT_EQ(ErrorOf("1 3:1\n1 1:1\n", LibSvm(0)), "accepted");
}

TEST(ReadLibSvm, IsToldByTheFirstLine) {
  EXPECT_THAT(Read("1 0:1\n", Auto()).label_ids, ElementsAre(1));
  EXPECT_THAT(Read(" 0:1\n", Auto()).feature_ids, ElementsAre(0));
  EXPECT_THAT(Read("# made by hand\n2 0:1\n", Auto()).label_ids,
              ElementsAre(2));
  EXPECT_EQ(Read("1 9 9\n2 0:1\n", Auto()).num_features, 9u);
  EXPECT_THAT(ErrorOf("2\n2 0:1\n", Auto()),
              StartsWith("FILE:1: the header has '' for its number of feat"));
  EXPECT_EQ(ErrorOf("1 9 9\n2 0:1\n", LibSvm()),
            "FILE:1: feature '9' has no value; allowed is id:value");
}

TEST(ReadLibSvm, PassesOverCommentsAndCountsTheirLines) {
  const std::string text =
      "# two points\n1 0:1 # the first\n#\n2 3:1#the second\r\n";
  const CsrArrays arrays = Read(text, LibSvm());
  EXPECT_THAT(arrays.label_ids, ElementsAre(1, 2));
  EXPECT_THAT(arrays.feature_ids, ElementsAre(0, 3));
  for (const size_t block_bytes : {1u, 16u, 1000u}) {
    EXPECT_EQ(ErrorOf(text + "# end\nx 1:1\n", LibSvm(), block_bytes),
              "FILE:6: label 'x' is not a whole number; allowed are numbers "
              "from 0 on with a comma between two of them");
  }
}

TEST(ReadLibSvm, ReadsTheSameAsXmcTextWithoutItsHeader) {
  const std::string text = RandomText(500);
  const std::string lines = text.substr(text.find('\n') + 1);
  CsrArrays expected = Read(text);
  for (const size_t block_bytes : {1u, 100u, 1u << 20}) {
    const CsrArrays arrays = Read(lines, LibSvm(), block_bytes);
    expected.num_features = arrays.num_features;  // the largest there is
    expected.num_labels = arrays.num_labels;
    ExpectSame(arrays, expected);
  }
}

TEST(ReadLibSvm, AcceptsTheLargestIdsAndNoLarger) {
  EXPECT_EQ(Read("4294967294 4294967294:1\n", LibSvm()).num_features,
            4'294'967'295u);
  EXPECT_EQ(Read("1 4294967295:1\n", LibSvm(1)).num_features, 4'294'967'295u);
  EXPECT_EQ(ErrorOf("1 4294967295:1\n", LibSvm()),
            "FILE:1: feature id 4294967295 is too large; allowed are numbers "
            "up to 4294967294");
  EXPECT_EQ(ErrorOf("4294967295 1:1\n", LibSvm()),
            "FILE:1: label 4294967295 is too large; allowed are numbers up to "
            "4294967294");
}

TEST(ReadLibSvm, RefusesWhatIsNotAPoint) {
  EXPECT_EQ(ErrorOf("", LibSvm()),
            "FILE:1: the file is empty; allowed is a line for each point");
  EXPECT_EQ(ErrorOf("1 0:1\n\n", LibSvm()),
            "FILE:2: the line is empty; a point without labels and features is "
            "a line with one space");
  EXPECT_EQ(ErrorOf("1 qid:3 0:1\n", LibSvm()),
            "FILE:1: feature 'qid:3' does not start with a whole number and a "
            "colon; allowed is id:value");
  EXPECT_EQ(ErrorOf("-1 0:1\n", LibSvm()),
            "FILE:1: label '-1' is not a whole number; allowed are numbers "
            "from 0 on with a comma between two of them");
  EXPECT_EQ(ErrorOf("1:1 2:1\n", LibSvm()),
            "FILE:1: '1:1' is a feature where a label is expected; a line "
            "without labels must start with a space");
  EXPECT_EQ(ErrorOf("1 3:1 2:1\n", LibSvm()),
            "FILE:1: feature id 2 after 3; ids must ascend without repeats");
}

// --- the file ----------------------------------------------------------------

TEST(ReadXmc, IsXmcWhateverTheOptionsSay) {
  const TempFile file("1 0:1\n");
  EXPECT_THROW(ReadXmc(file.path(), LibSvm()), DataError);
  EXPECT_EQ(ReadData(file.path(), LibSvm()).size(), 1u);
}

#ifdef SLIDE_HAS_ZSTD
TEST(ReadXmc, ReadsZstdLikePlainText) {
  const std::string text = RandomText(20'000);
  const CsrArrays expected = Read(text);
  ASSERT_GT(Zstd(text).size(), 300'000u);
  ExpectSame(Read(Zstd(text), Plain(2)), expected);
  ExpectSame(Read(Zstd(text), Plain(1), 1000), expected);
}

TEST(ReadXmc, ReadsZstdOfSeveralFramesAndSkipsWhatMayBeSkipped) {
  using namespace std::string_literals;
  const std::string text = RandomText(500);
  const std::string skippable = "\x50\x2a\x4d\x18\x03\0\0\0abc"s;
  ExpectSame(Read(skippable + Zstd(text.substr(0, 333)) + Zstd("") + skippable +
                  Zstd(text.substr(333))),
             Read(text));
}

TEST(ReadXmc, RefusesTruncatedZstdWhereverItIsCut) {
  const std::string packed = Zstd(RandomText(50));
  for (size_t size = 4; size < packed.size(); ++size) {
    EXPECT_THAT(ErrorOf(packed.substr(0, size), 1, 100),
                HasSubstr(": the zstd data is cut off: the file ends inside "
                          "it"))
        << "cut at " << size << " of " << packed.size();
  }
}

TEST(ReadXmc, RefusesDamagedZstd) {
  std::string packed = Zstd("1 5 4\n0 1:1\n");
  packed[4] = '\xff';  // the frame's header
  EXPECT_THAT(ErrorOf(packed),
              StartsWith("FILE:1: the zstd data is damaged: "));
}

TEST(ReadXmc, RefusesBytesAfterZstd) {
  EXPECT_EQ(ErrorOf(Zstd("1 5 4\n0 1:1\n") + "rest of it"),
            "FILE:3: bytes that are not zstd follow the zstd data; allowed are "
            "the end of the file and more zstd data");
  EXPECT_EQ(ErrorOf(Zstd("1 5 4\n0 1:1\n") + "\x28"),
            "FILE:3: the zstd data is cut off: the file ends inside it");
}
#else
TEST(ReadXmc, SaysThatItCannotReadZstd) {
  EXPECT_EQ(ErrorOf("\x28\xb5\x2f\xfd"),
            "FILE: is zstd data, which this build of slide cannot read, for it "
            "was made without libzstd; allowed are plain text and gzip");
}
#endif

TEST(ReadXmc, RefusesTruncatedGzipWhereverItIsCut) {
  const std::string text = RandomText(50);
  const std::string packed = Gzip(text);
  for (size_t size = 2; size < packed.size(); ++size) {
    EXPECT_THAT(ErrorOf(packed.substr(0, size), 1, 100),
                HasSubstr(": the gzip data is cut off: the file ends inside "
                          "it"))
        << "cut at " << size << " of " << packed.size();
  }
}

TEST(ReadXmc, NamesTheLineAtWhichGzipIsCutOff) {
  // Stored, not compressed: the text is cut where the file is.
  const std::string packed = Gzip("9 5 4\n0 1:1\n0 2:1\n0 3:1\n", 0);
  const size_t cut = packed.find("0 3:1") + 2;
  EXPECT_EQ(ErrorOf(packed.substr(0, cut)),
            "FILE:4: the gzip data is cut off: the file ends inside it");
}

TEST(ReadXmc, ReportsABadLineBeforeTheDamageOfTheFile) {
  const std::string packed = Gzip("9 5 4\n0 1:1\nx 2:1\n0 3:1\n", 0);
  const size_t cut = packed.find("0 3:1") + 2;
  EXPECT_THAT(ErrorOf(packed.substr(0, cut)), StartsWith("FILE:3: label 'x'"));
}

TEST(ReadXmc, RefusesGzipWithAWrongChecksum) {
  std::string packed = Gzip("1 5 4\n0 1:1\n");
  packed[packed.size() - 8] ^= 1;  // first byte of the CRC, before the length
  EXPECT_EQ(ErrorOf(packed),
            "FILE:3: the gzip data is damaged: incorrect data check");
}

TEST(ReadXmc, RefusesGzipWithAWrongLength) {
  std::string packed = Gzip("1 5 4\n0 1:1\n");
  packed[packed.size() - 4] ^= 1;
  EXPECT_EQ(ErrorOf(packed),
            "FILE:3: the gzip data is damaged: incorrect length check");
}

TEST(ReadXmc, RefusesGzipDamagedAnywhere) {
  const std::string packed = Gzip(RandomText(50));
  // Bytes 4..9 of the header are a time and the writer's system; not checked.
  for (size_t i = 10; i < packed.size(); ++i) {
    std::string damaged = packed;
    damaged[i] ^= 0x10;
    EXPECT_NE(ErrorOf(damaged, 1, 100), "accepted") << "byte " << i;
  }
}

TEST(ReadXmc, RefusesBytesAfterGzip) {
  EXPECT_EQ(ErrorOf(Gzip("1 5 4\n0 1:1\n") + "rest"),
            "FILE:3: bytes that are not gzip follow the gzip data; allowed are "
            "the end of the file and more gzip data");
  EXPECT_EQ(ErrorOf(Gzip("1 5 4\n0 1:1\n") + "\x1f"),
            "FILE:3: the gzip data is cut off: the file ends inside it");
}

TEST(ReadXmc, TakesAHalfGzipMagicAsText) {
  EXPECT_THAT(ErrorOf("\x1f"), HasSubstr("the header has '\\x1f'"));
}

TEST(ReadXmc, RefusesAMissingFile) {
  const std::string path = testing::TempDir() + "no_such_file.txt";
  try {
    ReadXmc(path);
    FAIL();
  } catch (const DataError& error) {
    EXPECT_EQ(error.what(), path + ": cannot open: No such file or directory");
  }
}

TEST(ReadXmc, RefusesADirectory) {
  try {
    ReadXmc(testing::TempDir());
    FAIL();
  } catch (const DataError& error) {
    EXPECT_EQ(error.what(),
              testing::TempDir() + ": cannot read: Is a directory");
  }
}

TEST(ReadXmc, RefusesAFileWithoutPermission) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const TempFile file("0 1 1\n");
  std::filesystem::permissions(file.path(), std::filesystem::perms::none);
  EXPECT_THROW(ReadXmc(file.path()), DataError);
}

TEST(ReadXmc, RefusesBadOptionsBeforeItOpensTheFile) {
  EXPECT_THROW(ReadXmc("no_such_file", {.num_threads = -1}), OptionsError);
}

}  // namespace
}  // namespace slide::data
