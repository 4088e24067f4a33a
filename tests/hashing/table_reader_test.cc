#include "hashing/table_reader.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <vector>

#include "support/small_index.h"

namespace slide::hashing::table_reader_test {
namespace {

using testing_support::SmallIndex;

constexpr uint64_t kSeed = 7;

TEST(TableReader, AddsTheRowsThatShareABucketWithTheQuery) {
  SmallIndex small(4);
  const LshTables& tables = small.index.tables();
  TableReader reader(tables, {.budget = SmallIndex::kRows});
  IdSet found(SmallIndex::kRows, SmallIndex::kRows);
  util::Rng rng(kSeed);
  for (size_t row = 0; row < 20; ++row) {
    found.Clear();
    EXPECT_TRUE(reader.Read(tables, util::VectorView(small.Row(row)),
                            SmallIndex::kRows, rng, found));
    EXPECT_EQ(std::set<uint32_t>(found.ids().begin(), found.ids().end()),
              small.Mates(reader.addresses()));
    EXPECT_TRUE(found.Contains(static_cast<uint32_t>(row)));
  }
}

TEST(TableReader, KeepsToTheBudgetAndToWhatIsThereAlready) {
  SmallIndex small(2);
  const LshTables& tables = small.index.tables();
  TableReader reader(tables, {.budget = 30});
  IdSet found(SmallIndex::kRows, 40);
  for (uint32_t id = 0; id < 10; ++id) found.Insert(id);
  util::Rng rng(kSeed);
  EXPECT_TRUE(
      reader.Read(tables, util::VectorView(small.Row(3)), 30, rng, found));
  EXPECT_EQ(found.size(), 40u);
  found.Clear();
  EXPECT_TRUE(
      reader.Read(tables, util::VectorView(small.Row(3)), 7, rng, found));
  EXPECT_EQ(found.size(), 7u);
}

TEST(TableReader, ReadsTheSameBucketsForASparseQuery) {
  SmallIndex small(6);
  const LshTables& tables = small.index.tables();
  TableReader reader(tables, {.budget = 10});
  const std::vector<uint32_t> ids = {2, 7, 11};
  const std::vector<float> values = {1.0f, -0.5f, 2.0f};
  std::vector<float> dense(SmallIndex::kWidth);
  for (size_t i = 0; i < ids.size(); ++i) dense[ids[i]] = values[i];
  IdSet found(SmallIndex::kRows, 20);
  util::Rng rng(kSeed);
  EXPECT_TRUE(reader.Read(tables, util::VectorView(SparseView{ids, values}), 10,
                          rng, found));
  const std::vector<uint16_t> sparse(reader.addresses().begin(),
                                     reader.addresses().end());
  EXPECT_TRUE(reader.Read(
      tables, util::VectorView(std::span<const float>(dense)), 10, rng, found));
  EXPECT_EQ(sparse, std::vector<uint16_t>(reader.addresses().begin(),
                                          reader.addresses().end()));
}

TEST(TableReader, AddsNothingForAQueryThatIsNotFinite) {
  SmallIndex small(4);
  const LshTables& tables = small.index.tables();
  TableReader reader(tables, {.budget = 10});
  std::vector<float> x(SmallIndex::kWidth, 1.0f);
  x[5] = std::numeric_limits<float>::quiet_NaN();
  IdSet found(SmallIndex::kRows, 10);
  util::Rng rng(kSeed);
  EXPECT_FALSE(reader.Read(tables, util::VectorView(std::span<const float>(x)),
                           10, rng, found));
  EXPECT_EQ(found.size(), 0u);
}

}  // namespace
}  // namespace slide::hashing::table_reader_test
