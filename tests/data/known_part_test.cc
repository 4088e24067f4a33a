#include "slide/known_part.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace slide::known_part_test {
namespace {

using testing::ElementsAre;

Dataset Data() {
  CsrArrays arrays;
  arrays.num_features = 10;
  arrays.num_labels = 6;
  arrays.feature_offsets = {0, 3, 4, 4};
  arrays.feature_ids = {0, 4, 9, 7};
  arrays.feature_values = {3.0f, 4.0f, 12.0f, 1.0f};
  arrays.label_offsets = {0, 2, 3, 4};
  arrays.label_ids = {1, 5, 5, 0};
  return Dataset(std::move(arrays));
}

TEST(KnownPart, LeavesOutWhatIsBeyond) {
  const KnownPart part = KeepKnown(Data(), 5, 4, false);
  EXPECT_EQ(part.data.num_features(), 5u);
  EXPECT_EQ(part.data.num_labels(), 4u);
  EXPECT_EQ(part.num_feature_values, 2u);
  EXPECT_EQ(part.num_label_marks, 2u);
  EXPECT_EQ(part.num_samples, 2u);
  const CsrView arrays = part.data.arrays();
  EXPECT_THAT(arrays.feature_offsets, ElementsAre(0, 2, 2, 2));
  EXPECT_THAT(arrays.feature_ids, ElementsAre(0, 4));
  EXPECT_THAT(arrays.feature_values, ElementsAre(3.0f, 4.0f));
  EXPECT_THAT(arrays.label_offsets, ElementsAre(0, 1, 1, 2));
  EXPECT_THAT(arrays.label_ids, ElementsAre(1, 0));
}

TEST(KnownPart, ScalesWhatHasLostAFeature) {
  const KnownPart part = KeepKnown(Data(), 9, 6, true);
  EXPECT_THAT(part.data[0].features.values, ElementsAre(0.6f, 0.8f));
  EXPECT_THAT(part.data[1].features.values, ElementsAre(1.0f));
  EXPECT_EQ(part.data.num_labels(), 6u);
  EXPECT_EQ(part.num_samples, 1u);
}

TEST(KnownPart, DataThatIsKnownComesBackAsItIs) {
  const Dataset data = Data();
  const KnownPart part = KeepKnown(data, 10, 6, true);
  EXPECT_EQ(part.data.arrays().feature_ids.data(),
            data.arrays().feature_ids.data());
  EXPECT_EQ(part.num_samples, 0u);
  // Its header says more than its samples have.
  EXPECT_EQ(KeepKnown(part.data, 10, 6, true).data.num_labels(), 6u);
}

}  // namespace
}  // namespace slide::known_part_test
