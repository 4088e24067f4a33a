#include "data/text_form.h"

#include <string_view>

#include "gtest/gtest.h"

namespace slide::data::text_form_test {
namespace {

void Expect(TextFormat expected, std::initializer_list<std::string_view> lines,
            bool expects_text = false) {
  for (const std::string_view line : lines) {
    EXPECT_EQ(Name(TellFormat(line, expects_text)), Name(expected)) << line;
  }
}

TEST(TextForm, HeadersAreXmcText) {
  Expect(TextFormat::kXmc, {"2 4 3", " 2\t4\t3 ", "2 4 3 # vocabulary=1"});
  Expect(TextFormat::kXmc, {"2 4 3", "2\t4\t3"}, true);
}

TEST(TextForm, HeadersOfTwoNumbersAreThoseOfTwoFiles) {
  Expect(TextFormat::kTwoFiles, {"2 4", " 2  4 ", "2 4 # of features"});
  Expect(TextFormat::kDocuments, {"2\t4"});
  Expect(TextFormat::kFastText, {"2 4"}, true);
}

TEST(TextForm, PointsAreLibSvmText) {
  Expect(TextFormat::kLibSvm,
         {"1 0:1 3:2", "0,2\t1:1\t2:0.5", " 1:1", "\t1:1", "# a comment",
          "+1\t1:0.5 2:1", "x\t1:1 2:1", "1.0\t1:1", "1 1:x 2:1", "1:1 2:1"});
  Expect(TextFormat::kLibSvm, {"1 0:1 3:2", " 1:1"}, true);
  Expect(TextFormat::kLibSvm, {"#", "#comment", "# one\ttwo"});
}

TEST(TextForm, ATabMakesADocument) {
  Expect(TextFormat::kDocuments,
         {"a,b\tone two", "\tone two", "\t", "3\t", "12\tat 3:30 in the night",
          "1 2\t3 4", "#funny\tone two"});
  Expect(TextFormat::kDocuments, {"a,b\tone two", "\t"}, true);
}

TEST(TextForm, TheMarkOfALabelMakesFastText) {
  Expect(TextFormat::kFastText, {"__label__a __label__b one two", " __label__a",
                                 "__label__a\tone", "__label__1 0:1"});
}

TEST(TextForm, OtherLinesAreWhatTheirReaderCanBestSpeakOf) {
  Expect(TextFormat::kLibSvm, {"1 qid:2 1:1 x", "a b:c"});
  Expect(TextFormat::kXmc, {"", "one two", "2 4 3 1", "2 4 x", "2"});
}

TEST(TextForm, WhereTextMayBeOtherLinesAreText) {
  Expect(TextFormat::kFastText,
         {"", "one two", "2 4", "lunch at 12:30", "lunch 12:30", "a b:c",
          "see http://example.org", "3 of 4", "#wolf a wild dog", "# one"},
         true);
}

TEST(TextForm, BytesThatAreNoTextAreLeftToTheReaderOfPoints) {
  for (const bool expects_text : {false, true}) {
    Expect(TextFormat::kXmc, {std::string_view("slidedat\0\ta:b", 13)},
           expects_text);
  }
}

TEST(TextForm, AFormatThatIsWantedIsNotLookedFor) {
  EXPECT_EQ(TellFormat(TextFormat::kLibSvm, "2 4 3"), TextFormat::kLibSvm);
  EXPECT_EQ(TellFormat(TextFormat::kAuto, "2 4 3"), TextFormat::kXmc);
  EXPECT_EQ(TellFormat(TextFormat::kAuto, "2 4"), TextFormat::kTwoFiles);
  EXPECT_EQ(TellFormat(TextFormat::kAuto, "2 4", true), TextFormat::kFastText);
}

TEST(TextForm, KnowsTheFormsOfDocuments) {
  EXPECT_TRUE(IsOfDocuments(TextFormat::kDocuments));
  EXPECT_TRUE(IsOfDocuments(TextFormat::kFastText));
  EXPECT_FALSE(IsOfDocuments(TextFormat::kLibSvm));
  EXPECT_FALSE(IsOfDocuments(TextFormat::kXmc));
}

}  // namespace
}  // namespace slide::data::text_form_test
