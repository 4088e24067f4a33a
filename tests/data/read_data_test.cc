// The public readers of slide/dataset.h and slide/dataset_io.h.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "slide/dataset.h"
#include "slide/dataset_io.h"
#include "slide/error.h"
#include "support/data_text.h"

namespace slide::data {
namespace {

using ::testing::ElementsAre;
using testing_support::LibSvm;
using testing_support::TempFile;

TEST(ReadXmc, GivesADatasetOfNormalizedSamples) {
  const TempFile file("2 3 2\n0 0:3 2:-4\n1 1:0\n");
  const Dataset data = ReadXmc(file.path());
  ASSERT_EQ(data.size(), 2u);
  EXPECT_THAT(data[0].features.values, ElementsAre(0.6f, -0.8f));
  EXPECT_THAT(data[1].features.values, ElementsAre(0.0f));
}

TEST(ReadXmc, IsXmcWhateverTheOptionsSay) {
  const TempFile file("1 0:1\n");
  EXPECT_THROW(ReadXmc(file.path(), LibSvm()), DataError);
  EXPECT_EQ(ReadData(file.path(), LibSvm()).size(), 1u);
}

TEST(ReadXmc, RefusesBadOptionsBeforeItOpensTheFile) {
  EXPECT_THROW(ReadXmc("no_such_file", {.num_threads = -1}), OptionsError);
}

TEST(ReadData, LeavesDocumentsToOthers) {
  const std::string advice =
      ", expected points: vectorize makes such of it, and train, evaluate and "
      "predict take it as it is";
  EXPECT_EQ(testing_support::ErrorOf("a,b\tone two\n", testing_support::Auto()),
            "FILE:1: got text (documents)" + advice);
  EXPECT_EQ(
      testing_support::ErrorOf("__label__a one\n", testing_support::Auto()),
      "FILE:1: got text (fasttext)" + advice);
  EXPECT_EQ(
      testing_support::ErrorOf("1 0:1\n", {.format = TextFormat::kDocuments}),
      "FILE:1: got text (documents)" + advice);
}

TEST(ReadData, TellsWhatACardSays) {
  const TempFile libsvm("1 1:1\n");
  ModelCard card;
  card.vocabulary = "stays";
  ReadData(libsvm.path(), {.normalize = false, .first_feature = 1}, &card);
  EXPECT_EQ(card.normalized, false);
  EXPECT_EQ(card.first_feature, 1u);
  EXPECT_EQ(card.first_label, 0u);
  EXPECT_EQ(card.vocabulary, "stays");
  const TempFile xmc("1 2 2 # labels=0000000000000001\n1 1:1\n");
  ReadData(xmc.path(), {}, &card);
  EXPECT_EQ(card.normalized, true);
  EXPECT_FALSE(card.first_feature);
  EXPECT_FALSE(card.first_label);
  EXPECT_FALSE(card.fingerprints.vocabulary);
  EXPECT_EQ(card.fingerprints.labels, 1u);
}

}  // namespace
}  // namespace slide::data
