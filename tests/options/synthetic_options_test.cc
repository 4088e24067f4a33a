#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>

#include "slide/error.h"
#include "slide/synthetic.h"

namespace slide::synthetic_options_test {
namespace {

void ExpectRefused(const std::function<void(SyntheticOptions&)>& change,
                   const std::string& message) {
  SyntheticOptions options;
  change(options);
  EXPECT_THAT([&] { options.Validate(); }, testing::ThrowsMessage<OptionsError>(
                                               testing::StartsWith(message)));
}

TEST(SyntheticOptions, DefaultsAreValid) {
  EXPECT_NO_THROW(SyntheticOptions{}.Validate());
}

TEST(SyntheticOptions, EachBadFieldIsNamedWithItsValue) {
  ExpectRefused([](auto& o) { o.num_points = 0; },
                "num_points: got 0, expected 1 to 1099511627776");
  ExpectRefused([](auto& o) { o.num_test_points = ~uint64_t{0}; },
                "num_test_points: got 18446744073709551615");
  ExpectRefused([](auto& o) { o.num_features = 0; },
                "num_features: got 0, expected 1 or more");
  ExpectRefused([](auto& o) { o.nonzeros = 0.5; },
                "nonzeros: got 0.5, expected 1 or more");
  ExpectRefused(
      [](auto& o) {
        o.labels_per_point = std::numeric_limits<double>::quiet_NaN();
      },
      "labels_per_point: got 'nan'");
  ExpectRefused(
      [](auto& o) { o.nonzeros = std::numeric_limits<double>::infinity(); },
      "nonzeros: got 'inf'");
}

TEST(SyntheticOptions, ASampleHasNoMoreThanThereIs) {
  ExpectRefused([](auto& o) { o.num_features = 74; },
                "nonzeros: got 75, expected at most 74, which is all");
  ExpectRefused([](auto& o) { o.num_labels = 5; },
                "labels_per_point: got 5.45, expected at most 5, which is all");
}

}  // namespace
}  // namespace slide::synthetic_options_test
