#include "nn/check_sample.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "slide/error.h"

namespace slide::nn::check_sample_test {
namespace {

using Ids = std::vector<uint32_t>;
using Values = std::vector<float>;

// For a network of 10 features and 5 labels.
std::string ErrorOf(const Ids& ids, const Values& values, const Ids& labels) {
  try {
    CheckSample({{ids, values}, labels}, 10, 5);
  } catch (const DataError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(CheckSample, AcceptsTheLastIdsAndNoFeatures) {
  EXPECT_EQ(ErrorOf({0, 9}, {1.0f, -2.0f}, {0, 4}), "accepted");
  EXPECT_EQ(ErrorOf({}, {}, {4}), "accepted");
}

TEST(CheckSample, RefusesIdsThatAreNotTheNetworks) {
  EXPECT_EQ(ErrorOf({0, 10}, {1.0f, 1.0f}, {0}),
            "feature id: got 10, expected below the network's 10");
  EXPECT_EQ(ErrorOf({0}, {1.0f}, {5}),
            "label: got 5, expected below the network's 5");
}

TEST(CheckSample, RefusesIdsThatDoNotAscend) {
  EXPECT_EQ(ErrorOf({3, 3}, {1.0f, 1.0f}, {0}),
            "feature id: got 3 after 3, expected them to ascend");
  EXPECT_EQ(ErrorOf({3}, {1.0f}, {4, 1}),
            "label: got 1 after 4, expected them to ascend");
}

TEST(CheckSample, RefusesOtherNumbersOfIdsAndValues) {
  EXPECT_EQ(ErrorOf({3}, {}, {0}),
            "features: got 1 ids and 0 values, expected as many");
}

TEST(CheckSample, RefusesASampleWithoutALabel) {
  EXPECT_EQ(ErrorOf({3}, {1.0f}, {}),
            "labels: got none, expected one or more to train on");
}

TEST(CheckSample, RefusesValuesThatAreNotFinite) {
  for (const auto& [value, shown] : std::vector<std::pair<float, std::string>>{
           {std::numeric_limits<float>::infinity(), "inf"},
           {std::numeric_limits<float>::quiet_NaN(), "nan"}}) {
    EXPECT_EQ(
        ErrorOf({3, 7}, {1.0f, value}, {0}),
        "value of feature 7: got " + shown + ", expected a finite number");
    const Ids ids = {7};
    const Values values = {value};
    EXPECT_THROW(CheckFeatures({ids, values}, 10), DataError);
  }
}

}  // namespace
}  // namespace slide::nn::check_sample_test
