#include "slide/input_vectors.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slide/error.h"
#include "support/temp_folder.h"

namespace slide::input_vectors_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

const NameList kNames = NameList::FromLines("cat\ndog\nbig cat\nowl\n");

class ReadInputVectorsTest : public testing::Test {
 protected:
  InputVectors Read(const std::string& text, uint32_t first = 0) const {
    folder_.Write("vectors", text);
    return ReadInputVectors(folder_.Path("vectors"), kNames, first);
  }
  void ExpectError(const std::string& text, const std::string& message) const {
    EXPECT_THAT(
        [&] { Read(text); },
        ThrowsMessage<DataError>(HasSubstr(folder_.Path("vectors") + message)))
        << text;
  }

  const testing_support::TempFolder folder_;
};

TEST_F(ReadInputVectorsTest, KeepsTheVectorsOfNamesInTheirFeaturesOrder) {
  // The C program ends its lines with a space.
  const InputVectors vectors =
      Read("4 2\nowl 1 -2.5e-1 \nbird 7 7 \ncat .5 +4 \ndogs 0 0 \n");
  EXPECT_EQ(vectors.width, 2u);
  EXPECT_EQ(vectors.num_in_file, 4u);
  EXPECT_THAT(vectors.features, ElementsAre(0, 3));
  EXPECT_THAT(vectors.values, ElementsAre(0.5f, 4.0f, 1.0f, -0.25f));
}

TEST_F(ReadInputVectorsTest, NamesMayHaveSpaces) {
  const InputVectors vectors = Read("2 2\nbig cat 1 2\nbig dog 3 4\n");
  EXPECT_THAT(vectors.features, ElementsAre(2));
  EXPECT_THAT(vectors.values, ElementsAre(1.0f, 2.0f));
}

TEST_F(ReadInputVectorsTest, FromAFeatureOnTheOthersAreLeft) {
  const InputVectors vectors = Read("2 1\ncat 1\nowl 2\n", 1);
  EXPECT_THAT(vectors.features, ElementsAre(3));
}

TEST_F(ReadInputVectorsTest, OfANameThatIsThereTwiceTheFirstIsTaken) {
  EXPECT_THAT(Read("2 1\ncat 1\ncat 2\n").values, ElementsAre(1.0f));
}

TEST_F(ReadInputVectorsTest, TakesOtherLineEnds) {
  EXPECT_THAT(Read("1 1\r\ncat 1\r\n").values, ElementsAre(1.0f));
}

TEST_F(ReadInputVectorsTest, MalformedLinesAreNamed) {
  ExpectError("", ":1: the file is empty");
  ExpectError("cat 1 2\n", ":1: got 'cat 1 2', expected 'N D'");
  ExpectError("1\ncat 1\n", ":1: got '1', expected 'N D'");
  ExpectError("1 0\ncat\n", ":1: got '1 0', expected 'N D'");
  ExpectError("1 2 3\ncat 1 2\n", ":1: got '1 2 3', expected 'N D'");
  ExpectError("1 1000001\n", ":1: got '1 1000001', expected 'N D'");
  ExpectError("2 2\ncat 1 2\ndog 1\n", ":3: got '' as number 1 of 2");
  ExpectError("1 2\ncat 1 x\n", ":2: got 'x' as number 2 of 2");
  ExpectError("1 2\ncat 1 nan\n", ":2: got 'nan' as number 2 of 2");
  ExpectError("1 2\ncat 1e99 2\n", ":2: got '1e99' as number 1 of 2");
  // A name of no feature, but malformed.
  ExpectError("2 2\nbird 1 2x\ncat 1 2\n", ":2: got '2x' as number 2 of 2");
  ExpectError("1 2\n1 2\n", ":2: got '' as number 1 of 2");
  ExpectError("2 1\ncat 1\n", ":2: the file ends after 1 of the 2 vectors");
  ExpectError("1 1\ncat 1\ndog 1\n", ":3: got a line behind the last of the 1");
  ExpectError("1 1\nbird 1\n", ": got 1 vectors, none of them with the name");
}

}  // namespace
}  // namespace slide::input_vectors_test
