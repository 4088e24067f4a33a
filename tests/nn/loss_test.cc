#include "nn/loss.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "util/rng.h"

namespace slide::nn::loss_test {
namespace {

constexpr uint64_t kSeed = 7;

struct Case {
  std::vector<float> logits;
  size_t num_labels;
  std::vector<float> corrections;
  std::vector<float> weights = {};  // of the labels
};

LabelWeights WeightsOf(const Case& c) {
  static const std::vector<uint32_t> kIds = [] {
    std::vector<uint32_t> ids(100);
    std::iota(ids.begin(), ids.end(), 0u);
    return ids;
  }();
  return {c.weights, kIds};
}

double Value(Loss loss, const Case& c) {
  std::vector<float> deltas(c.logits.size());
  return ComputeLoss(loss, c.logits, c.num_labels, c.corrections, deltas,
                     WeightsOf(c));
}

Case RandomCase(size_t size, size_t num_labels, util::Rng& rng) {
  Case c{{}, num_labels, {}};
  for (size_t j = 0; j < size; ++j) {
    c.logits.push_back(3.0f * rng.Normal());
    const bool tail = j >= num_labels && j >= size / 2;
    c.corrections.push_back(tail ? 4.0f * rng.Uniform() : 0.0f);
  }
  return c;
}

class LossTest : public testing::TestWithParam<Loss> {};
INSTANTIATE_TEST_SUITE_P(All, LossTest,
                         testing::Values(Loss::kSoftmax, Loss::kDecoupled,
                                         Loss::kSigmoid));

// f(z + h) - f(z - h) = 2 h f'(z) + h^3 f'''/3, and |f'''| <= 1 here, times
// the weight exp(correction) under the sigmoid loss. The logits are rounded to
// float, so the step used is the one that was really taken.
TEST_P(LossTest, DeltasAreTheCentralDifferencesOfTheLoss) {
  util::Rng rng(kSeed);
  constexpr float kStep = 0.0625f;
  for (const size_t size : {2u, 3u, 10u, 65u}) {
    for (const size_t num_labels : {size_t{1}, size_t{2}, size - 1}) {
      for (const bool is_weighted : {false, true}) {
        if (num_labels >= size) continue;
        Case c = RandomCase(size, num_labels, rng);
        for (size_t j = 0; is_weighted && j < num_labels; ++j) {
          c.weights.push_back(j % 3 == 1 ? 0.0f : rng.Uniform());
        }
        std::vector<float> deltas(size);
        ComputeLoss(GetParam(), c.logits, num_labels, c.corrections, deltas,
                    WeightsOf(c));
        for (size_t j = 0; j < size; ++j) {
          Case up = c, down = c;
          up.logits[j] += kStep;
          down.logits[j] -= kStep;
          const double step = static_cast<double>(up.logits[j]) -
                              static_cast<double>(down.logits[j]);
          const double above = Value(GetParam(), up);
          const double slope = (above - Value(GetParam(), down)) / step;
          const double weight = GetParam() == Loss::kSigmoid
                                    ? std::exp(double{c.corrections[j]})
                                    : 1.0;
          const double truncation = weight * kStep * kStep / 6.0;
          // Two units in the last place of a sum of floats, whichever order
          // a processor's vectors add it in.
          const double rounding =
              1e-5 + 2.0 * std::numeric_limits<float>::epsilon() * above / step;
          EXPECT_NEAR(deltas[j], slope, truncation + rounding)
              << size << " " << num_labels << " " << j << " " << is_weighted;
        }
      }
    }
  }
}

TEST_P(LossTest, LabelWeightsOfOneChangeNoBitAndScaleWithTheLoss) {
  util::Rng rng(kSeed);
  const Case plain = RandomCase(12, 4, rng);
  Case ones = plain, threes = plain;
  ones.weights.assign(4, 1.0f);
  threes.weights.assign(4, 3.0f);
  std::vector<float> a(12), b(12), c(12);
  const auto loss = [&](const Case& one, std::vector<float>& deltas) {
    return ComputeLoss(GetParam(), one.logits, 4, one.corrections, deltas,
                       WeightsOf(one));
  };
  const double of_plain = loss(plain, a), of_ones = loss(ones, b);
  const double of_threes = loss(threes, c);
  EXPECT_EQ(of_plain, of_ones);
  EXPECT_EQ(a, b);
  for (size_t j = 0; j < 4; ++j) {
    if (GetParam() == Loss::kSoftmax) continue;  // their terms share a sum
    EXPECT_FLOAT_EQ(c[j], 3.0f * a[j]);
  }
  if (GetParam() == Loss::kSigmoid) {  // negatives are not weighted
    for (size_t j = 4; j < 12; ++j) EXPECT_EQ(c[j], a[j]);
  } else {
    EXPECT_NEAR(of_threes, 3.0 * of_plain, 1e-5 * of_plain);
    for (size_t j = 4; j < 12; ++j) EXPECT_FLOAT_EQ(c[j], 3.0f * a[j]);
  }
}

TEST_P(LossTest, TheWeightOfTheSampleScalesAllOfIt) {
  util::Rng rng(kSeed);
  const Case c = RandomCase(12, 4, rng);
  std::vector<float> plain(12), weighted(12);
  const double loss =
      ComputeLoss(GetParam(), c.logits, 4, c.corrections, plain);
  EXPECT_EQ(ComputeLoss(GetParam(), c.logits, 4, c.corrections, weighted,
                        {.sample = 3.0f}),
            3.0 * loss);
  for (size_t j = 0; j < 12; ++j) EXPECT_EQ(weighted[j], 3.0f * plain[j]);
}

TEST(SoftmaxLoss, EqualsTheHandComputedCase) {
  // Two labels (0, ln 2), one negative ln 5: the sum is 1 + 2 + 5 = 8.
  const std::vector<float> logits = {0.0f, std::log(2.0f), std::log(5.0f)};
  const std::vector<float> corrections(3, 0.0f);
  std::vector<float> deltas(3);
  EXPECT_NEAR(ComputeLoss(Loss::kSoftmax, logits, 2, corrections, deltas),
              std::log(8.0) - 0.5 * std::log(2.0), 1e-6);
  EXPECT_NEAR(deltas[0], 0.125 - 0.5, 1e-6);
  EXPECT_NEAR(deltas[1], 0.25 - 0.5, 1e-6);
  EXPECT_NEAR(deltas[2], 0.625, 1e-6);
}

TEST(DecoupledLoss, EqualsTheHandComputedCase) {
  // Labels with e^z 1 and 2 against a negative of 3, corrected by ln 2 to 6.
  const std::vector<float> logits = {0.0f, std::log(2.0f), std::log(3.0f)};
  const std::vector<float> corrections = {0.0f, 0.0f, std::log(2.0f)};
  std::vector<float> deltas(3);
  const double root_half = std::sqrt(0.5);
  EXPECT_NEAR(ComputeLoss(Loss::kDecoupled, logits, 2, corrections, deltas),
              root_half * (std::log(7.0) + std::log(4.0)), 1e-6);
  EXPECT_NEAR(deltas[0], -root_half * 6.0 / 7.0, 1e-6);
  EXPECT_NEAR(deltas[1], -root_half * 6.0 / 8.0, 1e-6);
  EXPECT_NEAR(deltas[2], root_half * (6.0 / 7.0 + 6.0 / 8.0), 1e-6);
}

TEST(SigmoidLoss, EqualsTheHandComputedCase) {
  // Labels of odds 1 and 3, a negative of odds 1/4, and one of odds 2 that
  // stands for three: log(1 + e^-z) of the labels, log(1 + e^z) of the others.
  const std::vector<float> logits = {0.0f, std::log(3.0f), std::log(0.25f),
                                     std::log(2.0f)};
  const std::vector<float> corrections = {0.0f, 0.0f, 0.0f, std::log(3.0f)};
  std::vector<float> deltas(4);
  EXPECT_NEAR(ComputeLoss(Loss::kSigmoid, logits, 2, corrections, deltas),
              std::log(2.0) + std::log(4.0 / 3.0) + std::log(1.25) +
                  3.0 * std::log(3.0),
              1e-5);
  EXPECT_NEAR(deltas[0], -0.5, 1e-6);
  EXPECT_NEAR(deltas[1], -0.25, 1e-6);
  EXPECT_NEAR(deltas[2], 0.2, 1e-6);
  EXPECT_NEAR(deltas[3], 3.0 * 2.0 / 3.0, 1e-6);
}

TEST_P(LossTest, ACorrectionOfLogWCountsANeuronWTimes) {
  const Case once = {{1.0f, 0.5f}, 1, {0.0f, std::log(4.0f)}};
  const Case four = {
      {1.0f, 0.5f, 0.5f, 0.5f, 0.5f}, 1, {0.0f, 0.0f, 0.0f, 0.0f, 0.0f}};
  EXPECT_NEAR(Value(GetParam(), once), Value(GetParam(), four), 1e-6);
}

TEST_P(LossTest, StaysFiniteForLabelsAHundredApart) {
  for (const float gap : {100.0f, 1000.0f, 1e30f}) {
    const Case c = {{gap, -gap, 0.0f, 1.0f}, 2, {0.0f, 0.0f, 0.0f, 2.0f}};
    std::vector<float> deltas(4);
    const double loss =
        ComputeLoss(GetParam(), c.logits, 2, c.corrections, deltas);
    EXPECT_TRUE(std::isfinite(loss)) << gap;
    EXPECT_GT(loss, 0.0);
    float sum = 0.0f;
    for (const float delta : deltas) {
      ASSERT_TRUE(std::isfinite(delta)) << gap;
      sum += delta;
    }
    // Raising all logits alike changes neither softmax.
    if (GetParam() != Loss::kSigmoid) {
      EXPECT_NEAR(sum, 0.0f, 1e-6f);
    }
  }
}

TEST(DecoupledLoss, IsZeroWithoutNegatives) {
  const std::vector<float> logits = {1.0f, 2.0f}, corrections = {0.0f, 0.0f};
  std::vector<float> deltas = {9.0f, 9.0f};
  EXPECT_EQ(ComputeLoss(Loss::kDecoupled, logits, 2, corrections, deltas), 0.0);
  EXPECT_EQ(deltas, (std::vector<float>{0.0f, 0.0f}));
}

TEST_P(LossTest, ANumberThatIsNoneGivesALossThatIsNone) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Case negative = {{1.0f, nan}, 1, {0.0f, 0.0f}};
  EXPECT_FALSE(std::isfinite(Value(GetParam(), negative)));
  const Case label = {{nan, 1.0f}, 1, {0.0f, 0.0f}};
  EXPECT_FALSE(std::isfinite(Value(GetParam(), label)));
}

}  // namespace
}  // namespace slide::nn::loss_test
