// The columns of a batch and a sample's loss over them.
#include "nn/batch_columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "nn/loss.h"
#include "sampling/sources.h"

namespace slide::nn::batch_columns_test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::FloatEq;
using testing::Pointwise;

constexpr size_t kNeurons = 40;
constexpr uint64_t kSeed = 9;

sampling::Selector Evenly(int num) {
  SamplingOptions options;
  options.max_hashed = 0;
  options.random_negatives = num;
  options.frequency_share = 0.0;
  return sampling::MakeSelector(options,
                                {.num_neurons = kNeurons, .data = Dataset()});
}

TEST(BatchColumns, AllNeuronsStandInTheirOrder) {
  const sampling::Selector selector = Evenly(kNeurons);
  BatchColumns columns(kNeurons, selector);
  const std::vector<uint32_t> labels = {3, 8};
  const std::vector<std::span<const uint32_t>> of_samples = {labels};
  util::Rng rng(kSeed);
  columns.Draw(of_samples, rng);
  ASSERT_TRUE(columns.is_all());
  ASSERT_EQ(columns.size(), kNeurons);
  for (size_t c = 0; c < kNeurons; ++c) EXPECT_EQ(columns.ids()[c], c);
}

TEST(BatchColumns, AreTheDrawnNegativesAndTheLabelsOnce) {
  const sampling::Selector selector = Evenly(10);
  BatchColumns columns(kNeurons, selector);
  const std::vector<uint32_t> first = {3, 8}, second = {8, 39};
  const std::vector<std::span<const uint32_t>> of_samples = {first, second};
  std::vector<bool> was_drawn(kNeurons);
  for (uint64_t batch = 0; batch < 30; ++batch) {
    util::Rng rng(kSeed + batch);
    columns.Draw(of_samples, rng);
    EXPECT_FALSE(columns.is_all());
    const std::vector<uint32_t> ids(columns.ids().begin(), columns.ids().end());
    EXPECT_EQ(std::set<uint32_t>(ids.begin(), ids.end()).size(), ids.size());
    EXPECT_GE(ids.size(), 10u);
    EXPECT_LE(ids.size(), 13u);
    for (const uint32_t label : {3u, 8u, 39u})
      EXPECT_THAT(ids, Contains(label));
    for (size_t c = 0; c < ids.size(); ++c) {
      EXPECT_EQ(columns.active().slots[ids[c]], c);
    }
    for (size_t c = 0; c < 10; ++c) was_drawn[ids[c]] = true;
  }
  EXPECT_THAT(was_drawn, testing::Each(true));  // 0.75^30 * 40 < 0.01
}

// By hand: the loss over the sample's labels, then the drawn neurons that are
// none of them, each raised by log(neurons / drawn).
TEST(BatchColumns, ASampleSeesItsLabelsAndTheDrawnThatAreNone) {
  const sampling::Selector selector = Evenly(10);
  BatchColumns columns(kNeurons, selector);
  const float correction = std::log(4.0f);
  for (uint64_t batch = 0; batch < 20; ++batch) {
    util::Rng rng(kSeed + batch);
    const std::vector<uint32_t> own = {5, 7, 20}, others = {6, 30};
    const std::vector<std::span<const uint32_t>> of_samples = {own, others};
    columns.Draw(of_samples, rng);
    std::vector<float> row(columns.size());
    for (float& value : row) value = rng.Normal();
    std::vector<float> logits, corrections;
    std::vector<size_t> places;
    for (const uint32_t label : own) {
      places.push_back(columns.active().slots[label]);
      logits.push_back(row[places.back()]);
      corrections.push_back(0.0f);
    }
    for (size_t c = 0; c < 10; ++c) {
      if (std::ranges::find(own, columns.ids()[c]) != own.end()) continue;
      places.push_back(c);
      logits.push_back(row[c]);
      corrections.push_back(correction);
    }
    std::vector<float> label_weights(kNeurons);
    for (size_t n = 0; n < label_weights.size(); ++n) {
      label_weights[n] = 0.5f + static_cast<float>(n % 3);
    }
    for (const Loss loss : {Loss::kSoftmax, Loss::kDecoupled, Loss::kSigmoid}) {
      std::vector<float> gradient(logits.size());
      const double expected =
          2.0 * ComputeLoss(loss, logits, own.size(), corrections, gradient,
                            {label_weights, own});
      std::vector<float> expected_row(columns.size());
      for (size_t j = 0; j < places.size(); ++j) {
        expected_row[places[j]] = 2.0f * gradient[j];
      }
      BatchColumns::Scratch scratch;
      std::vector<float> got = row;
      EXPECT_EQ(columns.Start(own, scratch), places.size());
      EXPECT_NEAR(
          columns.ComputeLoss(loss, {label_weights, own, 2.0f}, got, scratch),
          expected, 1e-5);
      EXPECT_THAT(got, Pointwise(testing::FloatNear(1e-6f), expected_row));
    }
  }
}

}  // namespace
}  // namespace slide::nn::batch_columns_test
