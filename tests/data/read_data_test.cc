// The public readers of slide/dataset.h and slide/dataset_io.h.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "slide/dataset.h"
#include "slide/dataset_io.h"
#include "slide/error.h"
#include "support/data_text.h"
#include "support/temp_folder.h"

namespace slide::data::read_data_test {
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

// Two matrices beside each other.
class TwoFilesTest : public testing::Test {
 protected:
  void Write(const std::string& features, const std::string& labels) {
    folder_.Write("trn_X_Xf.txt", features);
    folder_.Write("trn_X_Y.txt", labels);
  }
  std::string Error(const ReadOptions& options = {}) const {
    try {
      ReadData(path_, options);
    } catch (const DataError& error) {
      return error.what();
    }
    return "accepted";
  }

  const testing_support::TempFolder folder_;
  const std::string path_ = folder_.Path("trn_X_Xf.txt");
  const std::string labels_ = folder_.Path("trn_X_Y.txt");
};

TEST_F(TwoFilesTest, AreOneDataSet) {
  // The second row has no feature, the last one no label.
  Write("3 5\n0:3 4:4\n\n2:1\n", "3 4\n3:1 1:1.0\n0:1\n\n");
  EXPECT_THAT(Error(), testing::HasSubstr(labels_ + ":2: "));  // ids descend
  Write("3 5\n0:3 4:4\n\n2:1\n", "3 4\n1:1 3:1.0\n0:1\n\n");
  const Dataset data = ReadData(path_);
  EXPECT_EQ(data.num_features(), 5u);
  EXPECT_EQ(data.num_labels(), 4u);
  ASSERT_EQ(data.size(), 3u);
  EXPECT_THAT(data[0].features.ids, ElementsAre(0, 4));
  EXPECT_THAT(data[0].features.values, ElementsAre(0.6f, 0.8f));
  EXPECT_THAT(data[0].labels, ElementsAre(1, 3));
  EXPECT_EQ(data[1].features.size(), 0u);
  EXPECT_THAT(data[1].labels, ElementsAre(0));
  EXPECT_TRUE(data[2].labels.empty());
  EXPECT_EQ(ReadData(path_, {.num_labels = 9}).num_labels(), 9u);
}

TEST_F(TwoFilesTest, BecomeACache) {
  Write("2 5\n0:3 4:4\n2:1\n", "2 4\n1:1 3:1\n0:1\n");
  const std::string cache = folder_.Path("cache");
  EXPECT_EQ(ConvertToCache(path_, cache).num_label_marks, 3u);
  const Dataset data = ReadData(cache);
  EXPECT_EQ(data.num_labels(), 4u);
  EXPECT_THAT(data[0].labels, ElementsAre(1, 3));
  EXPECT_THAT(data[0].features.values, ElementsAre(0.6f, 0.8f));
}

TEST_F(TwoFilesTest, ThatDoNotFitAreRefused) {
  Write("2 5\n0:3\n2:1\n", "3 4\n1:1\n0:1\n0:1\n");
  EXPECT_EQ(Error(), labels_ + ": got 3 rows, expected the 2 of " + path_);
  Write("2 5\n0:3\n2:1\n", "2 4\n1:1\n4:1\n");
  EXPECT_THAT(Error(), testing::HasSubstr(labels_ + ":3: feature id 4 is not "
                                                    "below 4"));
  Write("2 5\n0:3\n", "2 4\n1:1\n0:1\n");
  EXPECT_THAT(Error(), testing::HasSubstr(path_ + ":3: the file ends after 1"));
  std::filesystem::remove(labels_);
  Write("1 5\n0:3\n", "");
  EXPECT_THAT(Error(), testing::HasSubstr(labels_ + ":1: the file is empty"));
  folder_.Write("other.txt", "1 5\n0:3\n");
  try {
    ReadData(folder_.Path("other.txt"));
    ADD_FAILURE();
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(),
                testing::HasSubstr("of a set in two files, expected the one of "
                                   "features, with X_Xf in its name"));
  }
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
}  // namespace slide::data::read_data_test
