#include "slide/loss_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "slide/error.h"
#include "support/error_of.h"
#include "support/make_data.h"
#include "support/temp_folder.h"

namespace slide::loss_weights_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::ErrorOf;

// Labels 0 to 3 on 12, 3, 1 and no samples.
Dataset SomeLabels() {
  CsrArrays arrays;
  arrays.num_features = 1;
  arrays.num_labels = 4;
  for (uint32_t i = 0; i < 16; ++i) {
    testing_support::AddSample(arrays, {0}, {1.0f},
                               {i < 12   ? 0u
                                : i < 15 ? 1u
                                         : 2u});
  }
  return Dataset(std::move(arrays));
}

// m = 16 / 3; u = 16/36, 16/9, 16/3 and, for none, 10; the mean of u over the
// 16 marks is (12 * 16/36 + 3 * 16/9 + 16/3) / 16 = 1.
TEST(BalancedLabelWeights, AreInverseToCountsWithAMeanOfOne) {
  const std::vector<float> weights = BalancedLabelWeights(SomeLabels(), 5);
  ASSERT_EQ(weights.size(), 5u);
  EXPECT_FLOAT_EQ(weights[0], 16.0f / 36.0f);
  EXPECT_FLOAT_EQ(weights[1], 16.0f / 9.0f);
  EXPECT_FLOAT_EQ(weights[2], 16.0f / 3.0f);
  EXPECT_FLOAT_EQ(weights[3], 10.0f);
  EXPECT_FLOAT_EQ(weights[4], 10.0f);
}

// 1,000 samples have label 0 and one has label 1: m is 500.5, and both u are at
// an end, 0.5005 inside, so w_1 / w_0 = 10 / 0.5005.
TEST(BalancedLabelWeights, AreCapped) {
  CsrArrays arrays;
  arrays.num_features = 1;
  arrays.num_labels = 2;
  for (uint32_t i = 0; i < 1001; ++i) {
    testing_support::AddSample(arrays, {0}, {1.0f}, {i < 1000 ? 0u : 1u});
  }
  const auto weights = BalancedLabelWeights(Dataset(std::move(arrays)), 2);
  EXPECT_NEAR(weights[1] / weights[0], 10.0 / 0.5005, 1e-4);
  EXPECT_NEAR((1000.0f * weights[0] + weights[1]) / 1001.0f, 1.0f, 1e-6f);
}

// (12 * 1 + 3 * 2 + 1 * 14) / 16 = 2; label 3 has no samples.
TEST(ScaledToMeanOne, DividesByTheMeanOverMarks) {
  const Dataset data = SomeLabels();
  EXPECT_THAT(ScaledToMeanOne({1, 2, 14, 5}, data),
              ElementsAre(0.5f, 1.0f, 7.0f, 2.5f));
  EXPECT_THAT(ScaledToMeanOne({0, 0, 0, 5}, data), ElementsAre(0, 0, 0, 5));
  EXPECT_THROW(ScaledToMeanOne({1, 2}, data), DataError);
}

TEST(LossWeights, NamesWhatIsWrong) {
  const auto error = [](const LossWeights& weights) {
    return ErrorOf([&] { weights.Validate(3, 2); });
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(error({}), "no error");
  EXPECT_EQ(error({.samples = {0, 1, 2}, .labels = {0.5f, 1}}), "no error");
  EXPECT_EQ(error({.samples = {1, 1}, .labels = {}}),
            "sample weights: got 2, expected one for each of the 3 samples");
  EXPECT_EQ(error({.samples = {}, .labels = {1, 1, 1}}),
            "label weights: got 3, expected one for each of the 2 labels");
  EXPECT_EQ(error({.samples = {1, -2, 1}, .labels = {}}),
            "sample weights: got -2 for sample 1, expected a number of 0 or "
            "more");
  EXPECT_EQ(error({.samples = {1, 1, nan}, .labels = {}}),
            "sample weights: got nan for sample 2, expected a number of 0 or "
            "more");
  EXPECT_EQ(error({.samples = {}, .labels = {0, 0}}),
            "label weights: got zeros alone, expected one above 0");
}

class WeightFiles : public testing::Test {
 protected:
  std::string Write(const std::string& text) const {
    folder_.Write("weights", text);
    return folder_.Path("weights");
  }
  std::string SampleError(const std::string& text) const {
    return ErrorOf([&] { ReadSampleWeights(Write(text), 3); });
  }
  std::string LabelError(const std::string& text) const {
    return ErrorOf([&] {
      ReadLabelWeights(Write(text), 3,
                       NameList(std::vector<std::string>{"a", "b c", "d"}));
    });
  }
  const testing_support::TempFolder folder_;
};

TEST_F(WeightFiles, SamplesAreLines) {
  EXPECT_THAT(ReadSampleWeights(Write("1\n0\r\n2.5e-1"), 3),
              ElementsAre(1.0f, 0.0f, 0.25f));
  EXPECT_THAT(SampleError("1\n2\n"),
              HasSubstr("weights:2: got 2 weights, expected 3"));
  EXPECT_THAT(SampleError("1\n2\n3\n4\n"),
              HasSubstr("weights:4: got another line, expected 3"));
  for (const std::string bad : {"", "x", "-1", "1 ", "nan", "inf", "1e99"}) {
    EXPECT_THAT(SampleError("1\n" + bad + "\n3\n"),
                HasSubstr("weights:2: got the weight '" + bad +
                          "', expected a number of 0 or more"));
  }
}

TEST_F(WeightFiles, LabelsAreNamesOrNumbersAndOthersCountOnce) {
  const NameList names(std::vector<std::string>{"a", "b c", "d"});
  EXPECT_THAT(ReadLabelWeights(Write("b c\t3\na\t0\n"), 3, names),
              ElementsAre(0.0f, 3.0f, 1.0f));
  EXPECT_THAT(ReadLabelWeights(Write("1\t3\n3\t0\n"), 3, {}, 1),
              ElementsAre(3.0f, 1.0f, 0.0f));
  EXPECT_THAT(LabelError("a 2\n"),
              HasSubstr("weights:1: got 'a 2', expected label<TAB>weight"));
  EXPECT_THAT(LabelError("a\t2\ne\t1\n"),
              HasSubstr("weights:2: got the label 'e', expected the name of "
                        "one of the 3 labels"));
  EXPECT_THAT(LabelError("a\t2\na\t2\n"),
              HasSubstr("weights:2: got the label 'a' again"));
  EXPECT_THAT(LabelError("a\t-2\n"), HasSubstr("got the weight '-2'"));
  for (const std::string bad : {"0", "4", "x", ""}) {
    EXPECT_THAT(
        ErrorOf([&] { ReadLabelWeights(Write(bad + "\t1\n"), 3, {}, 1); }),
        HasSubstr("expected the number of a label, 1 to 3"));
  }
}

}  // namespace
}  // namespace slide::loss_weights_test
