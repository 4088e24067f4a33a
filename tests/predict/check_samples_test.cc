#include "predict/check_samples.h"

#include <gtest/gtest.h>

#include "support/make_data.h"

namespace slide::predict::check_samples_test {
namespace {

constexpr uint32_t kFeatures = 40, kLabels = 60;

NetworkOptions Net() {
  NetworkOptions options;
  options.num_features = kFeatures;
  options.num_labels = kLabels;
  return options;
}

Dataset Data(uint32_t num_features, uint32_t num_labels) {
  return testing_support::RandomData(5, num_features, num_labels, 6, 2, 3);
}

TEST(CheckSamples, RefusesNoPartOfTheDataAndTooManyFeatures) {
  const Dataset data = Data(kFeatures, kLabels + 1);
  EXPECT_NO_THROW(CheckSamples(Net(), data, 0, 5));
  EXPECT_NO_THROW(CheckSamples(Net(), data, 5, 5));
  EXPECT_THROW(CheckSamples(Net(), data, 3, 2), OptionsError);
  EXPECT_THROW(CheckSamples(Net(), data, 0, 6), OptionsError);
  EXPECT_THROW(CheckSamples(Net(), Data(kFeatures + 1, 2), 0, 5), DataError);
}

TEST(CheckFits, RefusesASetOfMoreFeaturesOrLabels) {
  EXPECT_NO_THROW(CheckFits(Net(), Data(kFeatures, kLabels), "test set"));
  EXPECT_NO_THROW(CheckFits(Net(), Dataset(), "test set"));
  EXPECT_THROW(CheckFits(Net(), Data(kFeatures + 1, kLabels), "data"),
               DataError);
  try {
    CheckFits(Net(), Data(kFeatures, kLabels + 1), "test set");
    FAIL();
  } catch (const DataError& error) {
    EXPECT_STREQ(
        error.what(),
        "test set: got 40 features and 61 labels, expected at most the "
        "network's 40 and 60");
  }
}

TEST(CheckLabel, RefusesOneThatTheNetworkDoesNotHave) {
  EXPECT_NO_THROW(CheckLabel(Net(), kLabels - 1));
  EXPECT_THROW(CheckLabel(Net(), kLabels), DataError);
}

}  // namespace
}  // namespace slide::predict::check_samples_test
