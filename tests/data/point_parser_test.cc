// Each rule of a line, held by files of one or a few lines.
#include "data/point_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "support/data_text.h"

namespace slide::data::point_parser_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing_support::ErrorOf;
using testing_support::ExpectSame;
using testing_support::LibSvm;
using testing_support::Read;

TEST(XmcText, ReadsPointsWithAndWithoutLabelsAndFeatures) {
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

TEST(XmcText, AcceptsSpacesAndTabsInAnyNumber) {
  ExpectSame(Read("  2\t5 \t4  \n0,1\t \t1:1  2:2 \t\n\t3:1\n"),
             Read("2 5 4\n0,1 1:1 2:2\n 3:1\n"));
}

TEST(XmcText, AcceptsCrLfLineEnds) {
  ExpectSame(Read("3 5 4\r\n0,1 1:1 2:2\r\n2\r\n \r\n"),
             Read("3 5 4\n0,1 1:1 2:2\n2\n \n"));
}

TEST(XmcText, AcceptsALastLineWithoutNewline) {
  ExpectSame(Read("2 5 4\n0 1:1\n1 2:2"), Read("2 5 4\n0 1:1\n1 2:2\n"));
  ExpectSame(Read("2 5 4\r\n0 1:1\r\n1 2:2\r"), Read("2 5 4\n0 1:1\n1 2:2\n"));
}

TEST(XmcText, SortsLabels) {
  EXPECT_THAT(Read("1 1 9\n7,0,8,3\n").label_ids, ElementsAre(0, 3, 7, 8));
}

TEST(XmcText, KeepsExplicitZeros) {
  EXPECT_THAT(Read("1 9 1\n0 1:0 2:-0.0\n").feature_ids, ElementsAre(1, 2));
}

TEST(XmcText, AcceptsTheLargestIds) {
  const CsrArrays arrays =
      Read("1 4294967295 4294967295\n4294967294 4294967294:1\n");
  EXPECT_THAT(arrays.feature_ids, ElementsAre(4'294'967'294u));
  EXPECT_THAT(arrays.label_ids, ElementsAre(4'294'967'294u));
}

constexpr char kHeaderForm[] =
    ", expected 'points features labels', three whole numbers; LibSVM text "
    "whose first point has no feature wants --format libsvm";

TEST(XmcText, RefusesAHeaderThatIsCutShort) {
  EXPECT_EQ(ErrorOf("2 5\n0 1:1\n"),
            std::string("FILE:1: the header has '' for its number of labels") +
                kHeaderForm);
  EXPECT_EQ(ErrorOf("\n0 1:1\n"),
            std::string("FILE:1: the header has '' for its number of points") +
                kHeaderForm);
}

TEST(XmcText, RefusesAHeaderThatIsMissing) {
  EXPECT_EQ(
      ErrorOf("0,3 1:0.5 2:0.5\n"),
      std::string("FILE:1: the header has '0,3' for its number of points") +
          kHeaderForm);
}

TEST(XmcText, RefusesAHeaderThatGoesOn) {
  EXPECT_EQ(ErrorOf("1 5 4 3\n0 1:1\n"),
            std::string("FILE:1: the header goes on with '3'") + kHeaderForm);
}

TEST(XmcText, ACommentOfTheHeaderHasFingerprints) {
  const XmcHeader plain = ParseXmcHeader("1 5 4");
  EXPECT_EQ(plain.fingerprints, Fingerprints());
  const XmcHeader header = ParseXmcHeader(
      "1 5 4 # labels=00000000000000ff vocabulary=0123456789abcdef of words");
  EXPECT_EQ(header.num_labels, 4u);
  EXPECT_EQ(header.fingerprints.vocabulary, 0x0123456789abcdefu);
  EXPECT_EQ(header.fingerprints.labels, 255u);
  EXPECT_EQ(ParseXmcHeader("1 5 4 #any words").fingerprints, Fingerprints());
  EXPECT_EQ(ErrorOf("1 5 4 # vocabulary=0123456789abcdex\n0 1:1\n"),
            "FILE:1: the header's vocabulary is '0123456789abcdex', expected "
            "16 hexadecimal digits");
  // A comment of somebody else.
  EXPECT_EQ(ParseXmcHeader("1 5 4 # vocabulary=words.txt labels=").fingerprints,
            Fingerprints());
}

TEST(XmcText, RefusesHeaderNumbersThatAreNotWhole) {
  EXPECT_EQ(
      ErrorOf("1 5.5 4\n0 1:1\n"),
      std::string("FILE:1: the header has '5.5' for its number of features") +
          kHeaderForm);
  EXPECT_EQ(
      ErrorOf("-1 5 4\n"),
      std::string("FILE:1: the header has '-1' for its number of points") +
          kHeaderForm);
}

TEST(XmcText, RefusesHeaderNumbersThatAreTooLarge) {
  EXPECT_EQ(ErrorOf("1099511627777 5 4\n"),
            "FILE:1: the header says 1099511627777 points, expected at most "
            "1099511627776");
  EXPECT_EQ(ErrorOf("1 4294967296 4\n"),
            "FILE:1: the header says 4294967296 features, expected at most "
            "4294967295");
  EXPECT_EQ(ErrorOf("1 5 99999999999999999999999\n"),
            "FILE:1: the header says 99999999999999999999999 labels, expected "
            "at most 4294967295");
}

TEST(XmcText, RefusesFeatureIdsOutOfRange) {
  EXPECT_EQ(ErrorOf("2 5 4\n0 1:1\n1 5:2\n"),
            "FILE:3: feature id 5 is not below 5, the number of features in "
            "the header");
  EXPECT_EQ(ErrorOf("1 5 4\n0 18446744073709551617:2\n"),
            "FILE:2: feature id 18446744073709551617 is not below 5, the "
            "number of features in the header");
}

TEST(XmcText, RefusesLabelsOutOfRange) {
  EXPECT_EQ(ErrorOf("1 5 4\n0,4 1:1\n"),
            "FILE:2: label 4 is not below 4, the number of labels in the "
            "header");
  EXPECT_EQ(ErrorOf("1 5 4\n4294967296 1:1\n"),
            "FILE:2: label 4294967296 is not below 4, the number of labels in "
            "the header");
}

TEST(XmcText, RefusesFeatureIdsOutOfOrder) {
  EXPECT_EQ(ErrorOf("1 5 4\n0 3:1 2:1\n"),
            "FILE:2: feature id 2 after 3; ids must ascend without repeats");
}

TEST(XmcText, RefusesRepeatedFeatureIds) {
  EXPECT_EQ(ErrorOf("1 5 4\n0 3:1 3:1\n"),
            "FILE:2: feature id 3 after 3; ids must ascend without repeats");
}

TEST(XmcText, RefusesRepeatedLabels) {
  const std::string expected =
      "FILE:2: label 2 is given twice, expected once for a point";
  EXPECT_EQ(ErrorOf("1 5 4\n2,2 3:1\n"), expected);
  EXPECT_EQ(ErrorOf("1 5 4\n2,0,3,2 3:1\n"), expected);
}

TEST(XmcText, RefusesValuesThatAreNotFiniteNumbers) {
  for (const char* value : {"nan", "inf", "-inf", "NaN", "abc", "1.5x", "0x1p3",
                            "1.2.3", "-", "1e", "1e+", ".", "0.3:7", "1,5"}) {
    EXPECT_EQ(ErrorOf(std::string("1 5 4\n0 1:1 3:") + value + " 4:1\n"),
              std::string("FILE:2: value '") + value +
                  "' of feature 3 is not a finite number");
  }
}

TEST(XmcText, RefusesValuesThatOverflow) {
  for (const char* value : {"1e400", "-1e400", "1e39", "3.5e38"}) {
    EXPECT_EQ(ErrorOf(std::string("1 5 4\n0 3:") + value + "\n"),
              std::string("FILE:2: value '") + value +
                  "' of feature 3 is too large, expected numbers up to "
                  "3.4e38");
  }
}

TEST(XmcText, RefusesMissingValues) {
  EXPECT_EQ(ErrorOf("1 15 4\n0 3: 4:1\n"),
            "FILE:2: feature '3:' has no value, expected id:value");
  EXPECT_EQ(ErrorOf("1 15 4\n0 3 4:1\n"),
            "FILE:2: feature '3' has no value, expected id:value");
}

TEST(XmcText, RefusesALastLineThatIsCutOff) {
  EXPECT_EQ(ErrorOf("1 15 4\n0 3:1 12:"),
            "FILE:2: feature '12:' has no value, expected id:value");
  EXPECT_EQ(ErrorOf("1 15 4\n0 3:1 12"),
            "FILE:2: feature '12' has no value, expected id:value");
  EXPECT_EQ(ErrorOf("1 15 4\n0 3:1 12:-"),
            "FILE:2: value '-' of feature 12 is not a finite number");
  EXPECT_EQ(ErrorOf("1 15 4\n0,"),
            "FILE:2: label '' is not a whole number, expected numbers from "
            "0 on with a comma between two of them, or a space for a point "
            "without labels");
}

TEST(XmcText, RefusesFeaturesThatAreNotIdAndValue) {
  for (const char* feature :
       {"x:1", "-3:1", "+3:1", ":1", "3.0:1", "3x", "a", "3=1", ","}) {
    EXPECT_EQ(ErrorOf(std::string("1 5 4\n0 1:1 ") + feature + "\n"),
              std::string("FILE:2: feature '") + feature +
                  "' does not start with a whole number and a colon, expected "
                  "id:value");
  }
}

TEST(XmcText, RefusesLabelsThatAreNotWholeNumbers) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"x 1:1", "x"},   {"1,x 1:1", "x"}, {"-1 1:1", "-1"}, {"1.0 1:1", "1.0"},
      {"1,,2 1:1", ""}, {",1 1:1", ""},   {"1, ", ""},      {"1;2 1:1", "1;2"}};
  for (const auto& [line, label] : cases) {
    EXPECT_EQ(ErrorOf("1 5 4\n" + line + "\n"),
              "FILE:2: label '" + label +
                  "' is not a whole number, expected numbers from 0 on with "
                  "a comma between two of them, or a space for a point without "
                  "labels");
  }
}

TEST(XmcText, SaysThatWeightsStandElsewhere) {
  for (const std::string line : {"1:0.5,2:0.5 1:1", "1,2:0.5,3 1:1"}) {
    EXPECT_THAT(ErrorOf("1 5 4\n" + line + "\n"),
                testing::HasSubstr(":0.5' has a weight behind the label, "
                                   "expected labels alone"));
  }
}

TEST(XmcText, RefusesALineWithoutLabelsThatDoesNotStartWithASpace) {
  EXPECT_EQ(ErrorOf("1 5 4\n1:0.5 2:0.5\n"),
            "FILE:2: '1:0.5' is a feature where a label is expected; a line "
            "without labels must start with a space");
}

TEST(XmcText, RefusesEmptyLines) {
  const std::string expected =
      "FILE:3: the line is empty; a point without labels and features is a "
      "line with one space";
  EXPECT_EQ(ErrorOf("3 5 4\n0 1:1\n\n0 1:1\n"), expected);
  EXPECT_EQ(ErrorOf("3 5 4\r\n0 1:1\r\n\r\n0 1:1\r\n"), expected);
}

TEST(XmcText, ShowsBytesThatCannotBePrintedAsHex) {
  using namespace std::string_literals;
  EXPECT_EQ(ErrorOf("1 5 4\n0 1:0.5\0\n"s),
            "FILE:2: value '0.5\\x00' of feature 1 is not a finite number");
  EXPECT_EQ(ErrorOf("1 5 4\n0 \0001:0.5\n"s),
            "FILE:2: feature '\\x001:0.5' does not start with a whole number "
            "and a colon, expected id:value");
  EXPECT_EQ(ErrorOf("1 5 4\n\0\n"s),
            "FILE:2: label '\\x00' is not a whole number, expected numbers "
            "from 0 on with a comma between two of them, or a space for a "
            "point without labels");
  EXPECT_EQ(ErrorOf("\xef\xbb"
                    "1 5 4\n"),
            std::string("FILE:1: the header has '\\xef\\xbb1' for its number "
                        "of points") +
                kHeaderForm);
  // A byte order mark is no part of the header.
  EXPECT_EQ(ErrorOf("\xef\xbb\xbf"
                    "1 5 4\n0 x\n"),
            ErrorOf("1 5 4\n0 x\n"));
  EXPECT_EQ(ErrorOf("1 5 4\n0 1:1\r2:1\n"),
            "FILE:2: value '1\\x0d2:1' of feature 1 is not a finite number");
}

TEST(XmcText, ShortensLongFieldsInMessages) {
  EXPECT_EQ(ErrorOf("1 5 4\n0 1:" + std::string(1'000'000, 'z') + "\n"),
            "FILE:2: value '" + std::string(40, 'z') +
                "...' of feature 1 is not a finite number");
}

TEST(XmcText, ShortensLongNumbersInMessages) {
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
                " points, expected at most 1099511627776");
}

TEST(LibSvmText, ReadsPointsWithoutAHeader) {
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

TEST(LibSvmText, CountsIdsFromWhereItIsTold) {
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
            "FILE:1: label 2 is given twice, expected once for a point");
}

TEST(LibSvmText, PassesOverCommentsAndCountsTheirLines) {
  const std::string text =
      "# two points\n1 0:1 # the first\n#\n2 3:1#the second\r\n";
  const CsrArrays arrays = Read(text, LibSvm());
  EXPECT_THAT(arrays.label_ids, ElementsAre(1, 2));
  EXPECT_THAT(arrays.feature_ids, ElementsAre(0, 3));
  for (const size_t block_bytes : {1u, 16u, 1000u}) {
    EXPECT_EQ(ErrorOf(text + "# end\nx 1:1\n", LibSvm(), block_bytes),
              "FILE:6: label 'x' is not a whole number, expected numbers "
              "from 0 on with a comma between two of them, or a space for a "
              "point without labels");
  }
}

TEST(LibSvmText, AcceptsTheLargestIdsAndNoLarger) {
  EXPECT_EQ(Read("4294967294 4294967294:1\n", LibSvm()).num_features,
            4'294'967'295u);
  EXPECT_EQ(Read("1 4294967295:1\n", LibSvm(1)).num_features, 4'294'967'295u);
  EXPECT_EQ(ErrorOf("1 4294967295:1\n", LibSvm()),
            "FILE:1: feature id 4294967295 is too large, expected numbers "
            "up to 4294967294");
  EXPECT_EQ(ErrorOf("4294967295 1:1\n", LibSvm()),
            "FILE:1: label 4294967295 is too large, expected numbers up to "
            "4294967294");
}

TEST(LibSvmText, ReadsClassesAndLabelLists) {
  const CsrArrays classes =
      Read("1.0 0:1\n+2 1:1\n0.00 2:1\n1, 3, +2.0 3:1\n", LibSvm());
  EXPECT_THAT(classes.label_ids, ElementsAre(1, 2, 0, 1, 2, 3));
  EXPECT_THAT(classes.label_offsets, ElementsAre(0, 1, 2, 3, 6));
  for (const char* label : {"1.5", "1.", "+", "1.0x", "++1", "1e0", "0x1"}) {
    const bool is_point = std::string(label) == "1.";
    EXPECT_EQ(ErrorOf(std::string(label) + " 0:1\n", LibSvm()) == "accepted",
              is_point)
        << label;
  }
  // Only where there is no header.
  EXPECT_THAT(ErrorOf("1 2 2\n+1 0:1\n"),
              HasSubstr("label '+1' is not a whole number"));
}

TEST(LibSvmText, ReadsTheClassesMinus1AndPlus1As0And1) {
  std::vector<std::string> remarks;
  ReadOptions options = LibSvm();
  options.on_remark = [&](const std::string& text) { remarks.push_back(text); };
  const CsrArrays arrays = Read("+1 0:1\n-1 1:1\n-1.0 2:1\n", options);
  EXPECT_EQ(arrays.num_labels, 2u);
  EXPECT_THAT(arrays.label_ids, ElementsAre(1, 0, 0));
  EXPECT_THAT(remarks, ElementsAre(testing::EndsWith(
                           ": 2 samples have the class -1, which is read as "
                           "label 0, and +1 as label 1")));
  EXPECT_EQ(ErrorOf("-1 0:1\n0 0:1\n", LibSvm()),
            "FILE: got the label -1 beside 0, expected the classes -1 and +1 "
            "alone, or numbers from 0 on");
  EXPECT_EQ(ErrorOf("-1 0:1\n3 0:1\n", LibSvm()),
            "FILE: got the label -1 beside others than +1, expected the "
            "classes -1 and +1 alone, or numbers from 0 on");
  EXPECT_EQ(ErrorOf("-2 0:1\n", LibSvm()),
            "FILE:1: label '-2' is negative, expected numbers from 0 on, or "
            "the classes +1 and -1");
}

TEST(LibSvmText, SkipsQids) {
  std::vector<std::string> remarks;
  ReadOptions options = LibSvm();
  options.on_remark = [&](const std::string& text) { remarks.push_back(text); };
  ExpectSame(Read("1 qid:3 0:1\n0\tqid:3\t1:2\n2 1:1\n qid:4 0:5\n", options),
             Read("1 0:1\n0 1:2\n2 1:1\n 0:5\n", LibSvm()));
  EXPECT_THAT(remarks, ElementsAre(testing::EndsWith(
                           ": 3 samples have a qid column, which "
                           "is skipped: samples are learned one by "
                           "one")));
}

TEST(LibSvmText, ReadsPointsWithoutALabelColumn) {
  ReadOptions options = LibSvm();
  options.with_labels = false;
  EXPECT_THAT(ErrorOf("0:1 3:1\n", LibSvm()),
              HasSubstr("a line without labels must start with a space"));
  ExpectSame(Read("? 0:1 3:1\n", LibSvm()), Read(" 0:1 3:1\n", LibSvm()));
  ExpectSame(Read("? 0:1 3:1\n0:1 3:1\n 0:1 3:1\n?\n", options),
             Read(" 0:1 3:1\n 0:1 3:1\n 0:1 3:1\n \n", LibSvm()));
  EXPECT_THAT(ErrorOf("?1 0:1\n", LibSvm()),
              HasSubstr("or a space for a point without labels"));
}

TEST(LibSvmText, HoldsStatedSizes) {
  ReadOptions options = LibSvm();
  options.num_features = 9;
  options.num_labels = 4;
  const CsrArrays arrays = Read("3 0:1 8:1\n", options);
  EXPECT_EQ(arrays.num_features, 9u);
  EXPECT_EQ(arrays.num_labels, 4u);
  EXPECT_EQ(Read("0 0:1\n", options).num_features, 9u);
  EXPECT_EQ(ErrorOf("3 0:1\n0 9:1\n", options),
            "FILE:2: feature id 9 is too large, expected numbers up to 8");
  EXPECT_EQ(ErrorOf("4 0:1\n", options),
            "FILE:1: label 4 is too large, expected numbers up to 3");
  options.first_feature = options.first_label = 1;
  EXPECT_EQ(Read("4 9:1\n", options).feature_ids.front(), 8u);
}

TEST(XmcText, HoldsStatedSizes) {
  ReadOptions options;
  options.num_features = 9;
  EXPECT_EQ(Read("1 5 4\n0 1:1\n", options).num_features, 9u);
  EXPECT_EQ(Read("1 5 4\n0 1:1\n", options).num_labels, 4u);
  options.num_features = 4;
  EXPECT_EQ(ErrorOf("1 5 4\n0 1:1\n", options),
            "FILE:1: the header says 5 features, expected at most the 4 that "
            "were asked for");
}

TEST(LibSvmText, RefusesWhatIsNotAPoint) {
  EXPECT_EQ(ErrorOf("", LibSvm()),
            "FILE:1: the file is empty, expected a line for each point");
  EXPECT_EQ(ErrorOf("1 0:1\n\n", LibSvm()),
            "FILE:2: the line is empty; a point without labels and features is "
            "a line with one space");
  EXPECT_EQ(ErrorOf("1 0:1 qid:3\n", LibSvm()),
            "FILE:1: feature 'qid:3' does not start with a whole number and a "
            "colon, expected id:value");
  EXPECT_EQ(ErrorOf("1,2:1\n", LibSvm()),
            "FILE:1: '2:1' is a feature where a label is expected; a line "
            "without labels must start with a space");
  EXPECT_EQ(ErrorOf("1 3:1 2:1\n", LibSvm()),
            "FILE:1: feature id 2 after 3; ids must ascend without repeats");
}

}  // namespace
}  // namespace slide::data::point_parser_test
