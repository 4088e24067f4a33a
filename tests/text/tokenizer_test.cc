#include "text/tokenizer.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace slide::text::tokenizer_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Terms(std::string_view text, bool bigrams = false) {
  Tokenizer tokenizer;
  std::vector<std::string> terms;
  ForEachTerm(text, bigrams, tokenizer,
              [&](std::string_view term) { terms.emplace_back(term); });
  return terms;
}

TEST(Tokenizer, WordsAreRunsOfLettersAndDigitsInLowerCase) {
  EXPECT_THAT(Terms("The X86-64 CPU's\tv2_beta"),
              ElementsAre("the", "x86", "64", "cpu", "s", "v2", "beta"));
  EXPECT_THAT(Terms(""), IsEmpty());
  EXPECT_THAT(Terms(" .,;\r\n"), IsEmpty());
}

TEST(Tokenizer, LettersBeyondAsciiStayAsTheyAre) {
  EXPECT_THAT(Terms("Straße ÉTÉ été Ελλάδα 東京"),
              ElementsAre("straße", "ÉtÉ", "été", "Ελλάδα", "東京"));
  EXPECT_THAT(Terms("1ª 2º µm"), ElementsAre("1ª", "2º", "µm"));
}

TEST(Tokenizer, PunctuationBeyondAsciiSeparates) {
  EXPECT_THAT(Terms("“quoted”—and…more"), ElementsAre("quoted", "and", "more"));
  EXPECT_THAT(Terms("«un\u00a0mot»"), ElementsAre("un", "mot"));
  EXPECT_THAT(Terms("東京、日本。\u3000京都"),
              ElementsAre("東京", "日本", "京都"));
}

TEST(Tokenizer, BytesThatAreNotUtf8AreLetters) {
  for (const std::string text : {"\xff", "a\xc2", "\xe2\x80", "\xe3", "\xc2q",
                                 "\xe2\x80q", "\x80\x80"}) {
    EXPECT_THAT(Terms(text), ElementsAre(text));
  }
}

TEST(Tokenizer, BigramsArePairsOfNeighbours) {
  EXPECT_THAT(Terms("A small, wild dog", true),
              ElementsAre("a", "small", "wild", "dog", "a small", "small wild",
                          "wild dog"));
  EXPECT_THAT(Terms("dog", true), ElementsAre("dog"));
  EXPECT_THAT(Terms("", true), IsEmpty());
}

}  // namespace
}  // namespace slide::text::tokenizer_test
