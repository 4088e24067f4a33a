#include "predict/probability.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <vector>

namespace slide::predict::probability_test {
namespace {

constexpr float kLogits[] = {-30.0f, -4.0f, -0.5f, 0.0f, 1.0f, 2.5f, 9.0f};

double LogSumExp(double slope) {
  double sum = 0.0;
  for (const float z : kLogits) sum += std::exp(slope * double{z});
  return std::log(sum);
}

TEST(Probability, OfASoftmaxAddsUpToOneAtEveryTemperature) {
  for (const double temperature : {0.5, 1.0, 3.0}) {
    const ProbabilityRule rule(ProbabilityForm::kSoftmax, temperature, 0.0);
    EXPECT_EQ(rule.normalizer_slope(), 1.0 / temperature);
    double sum = 0.0;
    for (const float z : kLogits) {
      sum += double{rule.Of(z, LogSumExp(1.0 / temperature))};
    }
    EXPECT_NEAR(sum, 1.0, 1e-6);
  }
}

TEST(Probability, OfASoftmaxIsNeverAboveOne) {
  // The normalizer is summed in floats, and may come out below the logit.
  const ProbabilityRule rule(ProbabilityForm::kSoftmax, 0.3, 0.0);
  EXPECT_EQ(rule.Of(30.0f, 30.0 / 0.3 - 1e-5), 1.0f);
}

TEST(Probability, LogisticIsOfTheLogitAlone) {
  const ProbabilityRule rule(ProbabilityForm::kLogistic, 2.0, -1.0);
  EXPECT_FALSE(rule.needs_normalizer());
  // 1 / (1 + exp(-(4 / 2 - 1)))
  EXPECT_NEAR(rule.Of(4.0f, 123.0), 0.7310586f, 1e-7f);
}

TEST(Probability, OddsWithoutAChangeAreTheSoftmax) {
  const ProbabilityRule odds(ProbabilityForm::kOdds, 1.0, 0.0);
  const ProbabilityRule softmax(ProbabilityForm::kSoftmax, 1.0, 0.0);
  const double normalizer = LogSumExp(1.0);
  for (const float z : kLogits) {
    EXPECT_NEAR(odds.Of(z, normalizer) / softmax.Of(z, normalizer), 1.0f,
                1e-5f);
  }
  // A logit that rounding lifts above the normalizer is no number less.
  EXPECT_EQ(odds.Of(1.0f, 0.9999), 1.0f);
}

TEST(Probability, LeastLogitIsBelowAllThatReachItAndNotByMuch) {
  for (const ProbabilityForm form :
       {ProbabilityForm::kSoftmax, ProbabilityForm::kLogistic,
        ProbabilityForm::kOdds}) {
    const bool is_softmax = form == ProbabilityForm::kSoftmax;
    const ProbabilityRule rule(form, 1.7, is_softmax ? 0.0 : -0.6);
    const double normalizer = 8.0;
    for (const double p : {1e-9, 1e-4, 0.1, 0.5, 0.9, 0.999}) {
      const float least = rule.LeastLogit(p, normalizer);
      EXPECT_LT(double{rule.Of(least - 0.05f, normalizer)}, p);
      EXPECT_GE(double{rule.Of(least + 0.05f, normalizer)}, p);
      for (int i = -2000; i < 2000; ++i) {
        const float z = least + 1e-5f * static_cast<float>(i);
        EXPECT_TRUE(z >= least || double{rule.Of(z, normalizer)} < p);
      }
    }
    EXPECT_EQ(rule.LeastLogit(0.0, normalizer),
              -std::numeric_limits<float>::infinity());
    EXPECT_TRUE(std::isfinite(rule.LeastLogit(1.0, normalizer)));
  }
}

TEST(Probability, TheLossDecidesWithoutACalibration) {
  EXPECT_EQ(ProbabilityRule::OfLoss(Loss::kSigmoid).form(),
            ProbabilityForm::kLogistic);
  for (const std::optional<Loss> loss :
       std::vector<std::optional<Loss>>{{}, Loss::kSoftmax, Loss::kDecoupled}) {
    EXPECT_EQ(ProbabilityRule::OfLoss(loss).form(), ProbabilityForm::kSoftmax);
  }
}

}  // namespace
}  // namespace slide::predict::probability_test
