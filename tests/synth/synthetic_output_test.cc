// Made-up data as a whole: in memory, as text and as a cache.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "slide/dataset_io.h"
#include "slide/error.h"
#include "slide/synthetic.h"
#include "support/temp_folder.h"

namespace slide::synthetic_output_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing_support::TempFolder;

SyntheticOptions Small() {
  return {.num_points = 4000,
          .num_test_points = 500,
          .num_features = 5000,
          .num_labels = 1000,
          .nonzeros = 40.0,
          .labels_per_point = 3.0,
          .num_threads = 2};
}

Dataset Train(const SyntheticOptions& options) {
  return MakeSynthetic(options, SyntheticPart::kTrain);
}

void ExpectSamePoint(const Sample& a, const Sample& b) {
  EXPECT_TRUE(std::ranges::equal(a.labels, b.labels));
  EXPECT_TRUE(std::ranges::equal(a.features.ids, b.features.ids));
  EXPECT_TRUE(std::ranges::equal(a.features.values, b.features.values));
}

void ExpectSame(const Dataset& a, const Dataset& b) {
  ASSERT_EQ(a.size(), b.size());
  EXPECT_EQ(a.num_features(), b.num_features());
  EXPECT_EQ(a.num_labels(), b.num_labels());
  for (size_t i = 0; i < a.size(); ++i) ExpectSamePoint(a[i], b[i]);
}

TEST(Synthetic, IsTheSameOnAnyNumberOfThreads) {
  SyntheticOptions options = Small();
  options.num_threads = 1;
  const Dataset expected = Train(options);
  for (const int num_threads : {2, 3, 7}) {
    options.num_threads = num_threads;
    ExpectSame(Train(options), expected);
  }
}

TEST(Synthetic, LargerSetBeginsWithTheSmallerOne) {
  SyntheticOptions options = Small();
  const Dataset large = Train(options);
  options.num_points = 10;
  options.num_test_points = 0;
  const Dataset small = Train(options);
  ASSERT_EQ(small.size(), 10u);
  for (size_t i = 0; i < small.size(); ++i) {
    ExpectSamePoint(small[i], large[i]);
  }
}

TEST(Synthetic, NoTestPointsAreAnEmptyDataSet) {
  SyntheticOptions options = Small();
  options.num_test_points = 0;
  const Dataset data = MakeSynthetic(options, SyntheticPart::kTest);
  EXPECT_EQ(data.size(), 0u);
  EXPECT_EQ(data.num_features(), options.num_features);
}

class SyntheticFileTest : public testing::Test {
 protected:
  std::string Path() const { return folder_.Path("points.txt"); }
  std::string Text() const { return folder_.Read("points.txt"); }

  const TempFolder folder_;
};

TEST_F(SyntheticFileTest, IsReadBackAsTheDataInMemory) {
  for (const SyntheticPart part :
       {SyntheticPart::kTrain, SyntheticPart::kTest}) {
    SyntheticOptions options = Small();
    const SyntheticFile written = WriteSynthetic(options, part, Path());
    for (const bool normalize : {false, true}) {
      options.normalize = normalize;
      const Dataset expected = MakeSynthetic(options, part);
      ExpectSame(ReadXmc(Path(), {.normalize = normalize}), expected);
      EXPECT_EQ(written.num_points, expected.size());
      EXPECT_EQ(written.num_nonzeros, expected.num_nonzeros());
      EXPECT_EQ(written.num_label_marks, expected.num_label_marks());
    }
    EXPECT_EQ(written.num_bytes, Text().size());
    EXPECT_FALSE(written.stopped);
    EXPECT_THAT(folder_.Names(), testing::ElementsAre("points.txt"));
  }
}

// About 14 blocks of a mebibyte, more than may wait for one.
TEST_F(SyntheticFileTest, HasTheSameBytesOnAnyNumberOfThreads) {
  SyntheticOptions options = Small();
  options.num_points = 36'000;
  options.num_threads = 1;
  WriteSynthetic(options, SyntheticPart::kTrain, Path());
  const std::string expected = Text();
  for (const int num_threads : {2, 3}) {
    options.num_threads = num_threads;
    WriteSynthetic(options, SyntheticPart::kTrain, Path());
    EXPECT_TRUE(Text() == expected) << num_threads;
  }
}

TEST_F(SyntheticFileTest, CallbackHearsOfEveryBlock) {
  SyntheticOptions options = Small();
  options.num_points = 10'000;
  std::vector<uint64_t> heard;
  WriteSynthetic(options, SyntheticPart::kTrain, Path(), [&](uint64_t n) {
    heard.push_back(n);
    return true;
  });
  ASSERT_GE(heard.size(), 2u);
  EXPECT_TRUE(std::ranges::is_sorted(heard));
  EXPECT_EQ(heard.back(), 10'000u);
}

TEST_F(SyntheticFileTest, CacheIsThatOfTheText) {
  SyntheticOptions options = Small();
  options.num_points = 20'000;
  options.num_threads = 3;
  WriteSynthetic(options, SyntheticPart::kTrain, Path());
  for (const bool normalize : {true, false}) {
    ConvertToCache(Path(), folder_.Path("expected"), {.normalize = normalize});
    options.normalize = normalize;
    const SyntheticFile written = WriteSyntheticCache(
        options, SyntheticPart::kTrain, folder_.Path("cache"));
    EXPECT_TRUE(folder_.Read("cache") == folder_.Read("expected")) << normalize;
    EXPECT_EQ(written.num_bytes, folder_.Read("cache").size());
    EXPECT_EQ(written.num_points, 20'000u);
  }
  std::filesystem::remove(folder_.Path("cache"));
  options.num_points = uint64_t{1} << 40;
  const SyntheticFile stopped = WriteSyntheticCache(
      options, SyntheticPart::kTrain, folder_.Path("cache"),
      [](uint64_t num_points) { return num_points < 10'000; });
  EXPECT_TRUE(stopped.stopped);
  EXPECT_THAT(folder_.Names(),
              testing::UnorderedElementsAre("expected", "points.txt"));
}

TEST_F(SyntheticFileTest, CallbackThatStopsLeavesNoFile) {
  SyntheticOptions options = Small();
  options.num_points = uint64_t{1} << 40;
  const SyntheticFile written =
      WriteSynthetic(options, SyntheticPart::kTrain, Path(),
                     [](uint64_t num_points) { return num_points < 10'000; });
  EXPECT_TRUE(written.stopped);
  EXPECT_THAT(folder_.Names(), IsEmpty());
}

TEST_F(SyntheticFileTest, FailureReachesTheCallerAndLeavesNoFile) {
  SyntheticOptions options = Small();
  options.num_points = uint64_t{1} << 40;
  options.num_threads = 3;
  EXPECT_THROW(WriteSynthetic(
                   options, SyntheticPart::kTrain, Path(),
                   [](uint64_t) -> bool { throw std::runtime_error("full"); }),
               std::runtime_error);
  EXPECT_THAT(folder_.Names(), IsEmpty());
}

TEST_F(SyntheticFileTest, FolderThatIsNotThereIsNamed) {
  const std::string path = folder_.Path("none/points.txt");
  try {
    WriteSynthetic(Small(), SyntheticPart::kTrain, path);
    FAIL() << "written";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr(path), HasSubstr("No such file")));
  }
}

TEST_F(SyntheticFileTest, NoPointsAreAHeader) {
  SyntheticOptions options = Small();
  options.num_test_points = 0;
  const SyntheticFile written =
      WriteSynthetic(options, SyntheticPart::kTest, Path());
  EXPECT_EQ(Text(), "0 5000 1000\n");
  EXPECT_EQ(written.num_bytes, 12u);
}

}  // namespace
}  // namespace slide::synthetic_output_test
