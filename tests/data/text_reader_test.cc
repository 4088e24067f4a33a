#include "data/text_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "support/data_text.h"

namespace slide::data::text_reader_test {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;
using ::testing::StartsWith;
using testing_support::Auto;
using testing_support::ErrorOf;
using testing_support::ExpectSame;
using testing_support::Gzip;
using testing_support::LibSvm;
using testing_support::Plain;
using testing_support::RandomText;
using testing_support::Read;

TEST(ReadXmc, NormalizesTheLargestAndSmallestValues) {
  const CsrArrays arrays = Read("2 2 1\n0 0:3e38 1:3e38\n0 0:1e-44 1:1e-44\n",
                                {.normalize = true, .num_threads = 1});
  const float half_root = std::sqrt(0.5f);
  EXPECT_THAT(arrays.feature_values,
              ElementsAre(FloatEq(half_root), FloatEq(half_root),
                          FloatEq(half_root), FloatEq(half_root)));
}

TEST(ReadXmc, AcceptsAFileWithoutPoints) {
  const CsrArrays arrays = Read("0 3 2\n");
  EXPECT_EQ(arrays.num_features, 3u);
  EXPECT_THAT(arrays.feature_offsets, ElementsAre(0));
  EXPECT_EQ(ErrorOf("0 3 2"), "accepted");
}

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
  text.insert(line_begin, 1, 'x');
  text.insert(text.size() - 1, " 1:nan");
  const std::string expected = ErrorOf(text);
  EXPECT_THAT(expected, StartsWith("FILE:100: label 'x"));
  for (const int num_threads : {2, 3, 7}) {
    for (const size_t block_bytes : {1u, 50u, 1000u}) {
      EXPECT_EQ(ErrorOf(text, num_threads, block_bytes), expected);
    }
  }
}

TEST(ReadXmc, RefusesAnEmptyFile) {
  EXPECT_EQ(ErrorOf(""),
            "FILE:1: the file is empty, expected a header 'points features "
            "labels' and a line for each point");
  EXPECT_EQ(ErrorOf(Gzip("")), ErrorOf(""));
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

TEST(ReadLibSvm, TakesFeaturesFromZeroOnIfThereIsAFeatureZero) {
  EXPECT_THAT(Read("1 3:1\n1 0:1\n", Auto()).feature_ids, ElementsAre(3, 0));
  EXPECT_EQ(Read("1 \n2\n", LibSvm(std::nullopt)).num_features, 0u);
}

TEST(ReadLibSvm, RefusesToGuessWhereFeaturesStart) {
  EXPECT_EQ(ErrorOf("1 3:1\n1 1:1\n", Auto()),
            "FILE: LibSVM text (the first line is no header) without a feature "
            "0: features may be numbered from 0 or from 1, expected text "
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
            "FILE:1: feature '9' has no value, expected id:value");
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

}  // namespace
}  // namespace slide::data::text_reader_test
