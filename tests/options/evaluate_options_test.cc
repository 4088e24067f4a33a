#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>

#include "slide/error.h"
#include "slide/metrics.h"

namespace slide::evaluate_options_test {
namespace {

void ExpectRefused(const std::function<void(EvaluateOptions&)>& change,
                   const std::string& message) {
  EvaluateOptions options;
  change(options);
  EXPECT_THAT([&] { options.Validate(); },
              testing::ThrowsMessage<OptionsError>(testing::StrEq(message)));
}

TEST(EvaluateOptions, DefaultsAreValid) {
  EXPECT_NO_THROW(EvaluateOptions{}.Validate());
}

TEST(EvaluateOptions, EachBadFieldIsNamedWithItsValue) {
  ExpectRefused([](auto& o) { o.ks.clear(); },
                "ks: got '', expected a whole number, 1 to 100000000");
  ExpectRefused(
      [](auto& o) {
        o.ks = {1, -3};
      },
      "ks: got -3, expected 1 to 100000000");
  ExpectRefused([](auto& o) { o.num_threads = -1; },
                "num_threads: got -1, expected 0 to 1024");
  ExpectRefused(
      [](auto& o) {
        o.inverse_propensities = {1.0f, 0.0f};
      },
      "inverse_propensities[1]: got 0, expected a finite number "
      "above 0");
  ExpectRefused(
      [](auto& o) {
        o.inverse_propensities = {std::numeric_limits<float>::quiet_NaN()};
      },
      "inverse_propensities[0]: got nan, expected a finite number above 0");
}

}  // namespace
}  // namespace slide::evaluate_options_test
