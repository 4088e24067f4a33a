#include "data/dataset_paging.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>

#include "slide/dataset_io.h"
#include "support/make_data.h"
#include "support/resident_bytes.h"

namespace slide::data::dataset_paging_test {
namespace {

using testing_support::RandomData;
using testing_support::ResidentBytes;

constexpr uint64_t kSeed = 11;

class DatasetPagingTest : public testing::Test {
 protected:
  DatasetPagingTest()
      : path_(testing::TempDir() + "slide_paging_" + std::to_string(getpid())),
        memory_(RandomData(20'000, 1000, 20, 40, 2, kSeed)) {
    WriteCache(memory_, false, path_);
    mapped_ = OpenCache(path_);
  }
  ~DatasetPagingTest() override { std::filesystem::remove(path_); }

  // Uses every page of the samples.
  static double Sum(const Dataset& data) {
    double sum = 0.0;
    for (size_t i = 0; i < data.size(); ++i) {
      for (const float v : data[i].features.values) sum += v;
    }
    return sum;
  }

  std::string path_;
  Dataset memory_, mapped_;
};

TEST_F(DatasetPagingTest, KnowsWhatIsMapped) {
  EXPECT_FALSE(DatasetPaging(memory_).is_mapped());
  EXPECT_TRUE(DatasetPaging(mapped_).is_mapped());
  const Dataset copy = mapped_;
  EXPECT_TRUE(DatasetPaging(copy).is_mapped());
}

TEST_F(DatasetPagingTest, ReleasedPagesLeaveMemoryAndComeBack) {
  const double sum = Sum(memory_);
  EXPECT_EQ(Sum(mapped_), sum);
  const std::optional<uint64_t> used = ResidentBytes(path_);
  if (!used) GTEST_SKIP() << "/proc/self/smaps is not there";
  EXPECT_GE(*used, mapped_.num_bytes());
  DatasetPaging(mapped_).Release(0, mapped_.size());
  EXPECT_EQ(ResidentBytes(path_), 0u);
  EXPECT_EQ(Sum(mapped_), sum);
}

TEST_F(DatasetPagingTest, AdviceChangesNoSample) {
  for (const Dataset& data : {memory_, mapped_}) {
    const DatasetPaging pages(data);
    pages.ReadAhead(false);
    pages.Prefetch(0, data.size());
    pages.Release(data.size() / 2, data.size());
    pages.Prefetch(data.size(), data.size());
    pages.ReadAhead(true);
    EXPECT_EQ(Sum(data), Sum(memory_));
  }
}

}  // namespace
}  // namespace slide::data::dataset_paging_test
