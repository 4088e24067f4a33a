#include "slide/dataset_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

#include "slide/error.h"

namespace slide::dataset_builder_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Ids = std::vector<uint32_t>;
using Values = std::vector<float>;

constexpr BuilderOptions kAsGiven = {
    .num_features = 6, .num_labels = 4, .normalize = false};

// Returns a builder's error for a second sample; "accepted" if there is none.
// In either case the first sample must be all there is afterwards, and a third
// one must find its place.
std::string ErrorOf(const Ids& ids, const Values& values, const Ids& labels) {
  DatasetBuilder builder(kAsGiven);
  builder.Add({Ids{1}, Values{2.0f}}, Ids{3});
  std::string what = "accepted";
  try {
    builder.Add({ids, values}, labels);
    return what;
  } catch (const DataError& error) {
    what = error.what();
  }
  EXPECT_EQ(builder.size(), 1u);
  builder.Add({Ids{5}, Values{4.0f}}, Ids{});
  const Dataset data = builder.Build();
  EXPECT_EQ(data.num_nonzeros(), 2u);
  EXPECT_EQ(data.num_label_marks(), 1u);
  EXPECT_THAT(data[1].features.ids, ElementsAre(5));
  return what;
}

// A program with its own idea of a document: the example of the documentation.
TEST(DatasetBuilder, MakesADatasetOfAProgramsOwnRecords) {
  struct Document {
    std::unordered_map<uint32_t, float> words;
    std::vector<uint32_t> topics;
  };
  const std::vector<Document> documents = {{{{7, 3.0f}, {2, 4.0f}}, {1, 0}},
                                           {{{5, 1.0f}}, {}}};
  DatasetBuilder builder({.num_features = 8, .num_labels = 2});
  for (const Document& document : documents) {
    std::vector<uint32_t> ids;
    std::vector<float> weights;
    for (const auto& [word, weight] : document.words) {
      ids.push_back(word);
      weights.push_back(weight);
    }
    builder.Add({ids, weights}, document.topics);
  }
  const Dataset data = builder.Build();
  ASSERT_EQ(data.size(), 2u);
  EXPECT_EQ(data.num_features(), 8u);
  EXPECT_EQ(data.num_labels(), 2u);
  EXPECT_THAT(data[0].features.ids, ElementsAre(2, 7));
  EXPECT_THAT(data[0].features.values, ElementsAre(0.8f, 0.6f));
  EXPECT_THAT(data[0].labels, ElementsAre(0, 1));
  EXPECT_THAT(data[1].labels, IsEmpty());
}

TEST(DatasetBuilder, KeepsValuesAsGivenWithoutNormalize) {
  DatasetBuilder builder(kAsGiven);
  builder.Add({Ids{0, 5}, Values{3.0f, -4.0f}}, Ids{2});
  EXPECT_THAT(builder.Build()[0].features.values, ElementsAre(3.0f, -4.0f));
}

TEST(DatasetBuilder, LeavesZerosWhenItNormalizes) {
  DatasetBuilder builder({.num_features = 6, .num_labels = 4});
  builder.Add({Ids{0, 5}, Values{0.0f, 0.0f}}, Ids{2});
  builder.Add({}, Ids{1});
  EXPECT_THAT(builder.Build()[0].features.values, ElementsAre(0.0f, 0.0f));
}

TEST(DatasetBuilder, IsAsItWasMadeAfterBuild) {
  DatasetBuilder builder(kAsGiven);
  builder.Reserve(10, 10, 10);
  builder.Add({Ids{0}, Values{3.0f}}, Ids{2});
  const Dataset first = builder.Build();
  EXPECT_EQ(builder.size(), 0u);
  builder.Add({Ids{1}, Values{1.0f}}, Ids{});
  const Dataset second = builder.Build();
  EXPECT_EQ(second.size(), 1u);
  EXPECT_EQ(second.num_features(), 6u);
  EXPECT_THAT(first[0].labels, ElementsAre(2));
  EXPECT_THAT(second[0].features.ids, ElementsAre(1));
  EXPECT_EQ(builder.Build().size(), 0u);
}

TEST(DatasetBuilder, RefusesWhatBreaksARuleAndGoesOn) {
  EXPECT_EQ(ErrorOf({0, 1}, {1.0f}, {}),
            "sample 1: 2 feature ids and 1 values, expected the same number");
  EXPECT_EQ(ErrorOf({0, 6}, {1.0f, 1.0f}, {}),
            "sample 1: feature id 6 is not below num_features = 6");
  EXPECT_EQ(ErrorOf({0}, {1.0f}, {0, 4}),
            "sample 1: label id 4 is not below num_labels = 4");
  EXPECT_EQ(ErrorOf({5, 0, 5}, {1.0f, 2.0f, 3.0f}, {}),
            "sample 1: feature 5 is given twice, expected once for a sample");
  EXPECT_EQ(ErrorOf({0}, {1.0f}, {3, 1, 3}),
            "sample 1: label 3 is given twice, expected once for a sample");
  EXPECT_EQ(ErrorOf({2}, {std::numeric_limits<float>::infinity()}, {}),
            "sample 1: the value of feature 2 is inf, expected finite "
            "numbers");
  EXPECT_EQ(ErrorOf({2}, {std::numeric_limits<float>::quiet_NaN()}, {}),
            "sample 1: the value of feature 2 is nan, expected finite "
            "numbers");
}

}  // namespace
}  // namespace slide::dataset_builder_test
