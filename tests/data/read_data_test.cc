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

}  // namespace
}  // namespace slide::data
