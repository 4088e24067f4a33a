#include "slide/dataset.h"
#include "slide/dataset_io.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "slide/error.h"

namespace slide::dataset_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Three samples over 6 features and 4 labels; the second one is empty.
CsrArrays SmallArrays() {
  CsrArrays arrays;
  arrays.num_features = 6;
  arrays.num_labels = 4;
  arrays.feature_offsets = {0, 3, 3, 5};
  arrays.feature_ids = {0, 2, 5, 1, 2};
  arrays.feature_values = {0.5f, -1.0f, 2.0f, 0.0f, 3.0f};
  arrays.label_offsets = {0, 2, 2, 3};
  arrays.label_ids = {1, 3, 1};
  return arrays;
}

// Returns the constructor's error for the small arrays after `damage`.
std::string ErrorAfter(const std::function<void(CsrArrays&)>& damage) {
  CsrArrays arrays = SmallArrays();
  damage(arrays);
  try {
    const Dataset data(std::move(arrays));
  } catch (const DataError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Dataset, GivesBackTheSamplesItWasMadeOf) {
  const Dataset data(SmallArrays());
  ASSERT_EQ(data.size(), 3u);
  EXPECT_EQ(data.num_features(), 6u);
  EXPECT_EQ(data.num_labels(), 4u);
  EXPECT_EQ(data.num_nonzeros(), 5u);
  EXPECT_EQ(data.num_label_marks(), 3u);
  EXPECT_THAT(data[0].features.ids, ElementsAre(0, 2, 5));
  EXPECT_THAT(data[0].features.values, ElementsAre(0.5f, -1.0f, 2.0f));
  EXPECT_THAT(data[0].labels, ElementsAre(1, 3));
  EXPECT_THAT(data[1].features.ids, IsEmpty());
  EXPECT_THAT(data[1].labels, IsEmpty());
  EXPECT_THAT(data[2].features.ids, ElementsAre(1, 2));
  EXPECT_THAT(data[2].labels, ElementsAre(1));
}

TEST(Dataset, DefaultIsEmpty) {
  const Dataset data;
  EXPECT_EQ(data.size(), 0u);
  EXPECT_EQ(data.num_features(), 0u);
  EXPECT_EQ(data.num_labels(), 0u);
  EXPECT_THAT(data.LabelCounts(), IsEmpty());
}

TEST(Dataset, CopiesShareTheArraysAndOutliveTheOriginal) {
  std::optional<Dataset> original(SmallArrays());
  const Dataset copy = *original;
  EXPECT_EQ(copy[0].features.ids.data(), (*original)[0].features.ids.data());
  original.reset();
  EXPECT_THAT(copy[2].features.values, ElementsAre(0.0f, 3.0f));
}

TEST(Dataset, ViewsArraysWithoutCopyingThem) {
  const CsrArrays arrays = SmallArrays();
  const Dataset data = Dataset::View(ViewOf(arrays));
  ASSERT_EQ(data.size(), 3u);
  EXPECT_EQ(data.num_features(), 6u);
  EXPECT_EQ(data.num_labels(), 4u);
  EXPECT_EQ(data[0].features.ids.data(), arrays.feature_ids.data());
  EXPECT_EQ(data[0].features.values.data(), arrays.feature_values.data());
  EXPECT_EQ(data[0].labels.data(), arrays.label_ids.data());
  EXPECT_THAT(data[2].features.ids, ElementsAre(1, 2));
  EXPECT_THAT(data.LabelCounts(), ElementsAre(0, 2, 0, 1));
}

TEST(Dataset, ViewKeepsTheOwnerAsLongAsACopyIsThere) {
  auto owner = std::make_shared<const CsrArrays>(SmallArrays());
  const std::weak_ptr<const CsrArrays> watch = owner;
  std::optional<Dataset> data = Dataset::View(ViewOf(*owner), owner);
  owner.reset();
  std::optional<Dataset> copy = data;
  data.reset();
  EXPECT_FALSE(watch.expired());
  EXPECT_THAT((*copy)[2].features.values, ElementsAre(0.0f, 3.0f));
  copy.reset();
  EXPECT_TRUE(watch.expired());
}

TEST(Dataset, ViewRefusesWhatTheConstructorRefuses) {
  const auto error_after = [](const std::function<void(CsrView&)>& damage) {
    const CsrArrays arrays = SmallArrays();
    CsrView view = ViewOf(arrays);
    damage(view);
    try {
      Dataset::View(view);
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(error_after([](CsrView&) {}), "accepted");
  EXPECT_EQ(error_after([](CsrView& v) { v = CsrView(); }),
            "feature_offsets is empty, expected a list from 0 on");
  EXPECT_EQ(error_after([](CsrView& v) { v.num_features = 5; }),
            "sample 0: feature id 5 is not below num_features = 5");
  EXPECT_EQ(error_after([](CsrView& v) {
              v.feature_values = v.feature_values.first(4);
            }),
            "feature_values has 4 entries, expected 5, the length of "
            "feature_ids");
}

TEST(Dataset, CountsTheSamplesOfEachLabel) {
  EXPECT_THAT(Dataset(SmallArrays()).LabelCounts(), ElementsAre(0, 2, 0, 1));
}

TEST(Dataset, RefusesMissingOffsets) {
  EXPECT_EQ(ErrorAfter([](CsrArrays& a) { a.feature_offsets.clear(); }),
            "feature_offsets is empty, expected a list from 0 on");
  EXPECT_EQ(ErrorAfter([](CsrArrays& a) { a.label_offsets.clear(); }),
            "label_offsets is empty, expected a list from 0 on");
}

TEST(Dataset, RefusesOffsetsThatDoNotStartAtZero) {
  EXPECT_EQ(ErrorAfter([](CsrArrays& a) { a.feature_offsets[0] = 1; }),
            "feature_offsets starts with 1, expected a list from 0 on");
}

TEST(Dataset, RefusesOffsetsThatDoNotEndWithTheIds) {
  EXPECT_EQ(ErrorAfter([](CsrArrays& a) { a.feature_offsets[3] = 6; }),
            "feature_offsets ends with 6, expected 5, the length of "
            "feature_ids");
  EXPECT_EQ(ErrorAfter([](CsrArrays& a) { a.label_ids.push_back(2); }),
            "label_offsets ends with 3, expected 4, the length of label_ids");
}

TEST(Dataset, RefusesFallingOffsets) {
  EXPECT_EQ(ErrorAfter([](CsrArrays& a) { a.feature_offsets[2] = 2; }),
            "sample 1: feature_offsets goes from 3 to 2, expected rising "
            "offsets of at most 5");
}

TEST(Dataset, RefusesOffsetsBeyondTheIds) {
  EXPECT_EQ(
      ErrorAfter([](CsrArrays& a) { a.label_offsets[1] = uint64_t{1} << 60; }),
      "sample 0: label_offsets goes from 0 to 1152921504606846976, "
      "expected rising offsets of at most 3");
}

TEST(Dataset, RefusesOffsetsForDifferentNumbersOfSamples) {
  EXPECT_EQ(ErrorAfter([](CsrArrays& a) {
              a.label_offsets = {0, 2, 3};
            }),
            "feature_offsets has 4 entries and label_offsets 3, expected the "
            "same number");
}

TEST(Dataset, RefusesValuesThatDoNotMatchTheIds) {
  EXPECT_EQ(ErrorAfter([](CsrArrays& a) { a.feature_values.pop_back(); }),
            "feature_values has 4 entries, expected 5, the length of "
            "feature_ids");
}

TEST(Dataset, RefusesIdsOutOfRange) {
  EXPECT_EQ(ErrorAfter([](CsrArrays& a) { a.feature_ids[2] = 6; }),
            "sample 0: feature id 6 is not below num_features = 6");
  EXPECT_EQ(ErrorAfter([](CsrArrays& a) { a.label_ids[2] = 4; }),
            "sample 2: label id 4 is not below num_labels = 4");
}

TEST(Dataset, RefusesIdsOutOfOrder) {
  EXPECT_EQ(ErrorAfter([](CsrArrays& a) { a.feature_ids[4] = 0; }),
            "sample 2: feature id 0 after 1; ids must ascend without repeats");
  EXPECT_EQ(ErrorAfter([](CsrArrays& a) { a.label_ids[1] = 0; }),
            "sample 0: label id 0 after 1; ids must ascend without repeats");
}

TEST(Dataset, RefusesRepeatedIds) {
  EXPECT_EQ(ErrorAfter([](CsrArrays& a) { a.feature_ids[1] = 0; }),
            "sample 0: feature id 0 after 0; ids must ascend without repeats");
}

TEST(Dataset, RefusesValuesThatAreNotFinite) {
  EXPECT_EQ(ErrorAfter([](CsrArrays& a) {
              a.feature_values[3] = std::numeric_limits<float>::infinity();
            }),
            "sample 2: the value of feature 1 is inf, expected finite "
            "numbers");
  EXPECT_EQ(ErrorAfter([](CsrArrays& a) {
              a.feature_values[0] = std::numeric_limits<float>::quiet_NaN();
            }),
            "sample 0: the value of feature 0 is nan, expected finite "
            "numbers");
}

TEST(Dataset, NamesTheFirstBadSample) {
  EXPECT_EQ(ErrorAfter([](CsrArrays& a) {
              a.feature_ids[4] = 9;
              a.label_ids[0] = 9;
            }),
            "sample 0: label id 9 is not below num_labels = 4");
}

}  // namespace
}  // namespace slide::dataset_test
