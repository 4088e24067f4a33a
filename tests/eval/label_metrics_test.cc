#include "slide/label_metrics.h"

#include <gtest/gtest.h>

#include <vector>

#include "eval/label_tally.h"

namespace slide::label_metrics_test {
namespace {

TEST(LabelMetrics, OfOneLabelByHand) {
  const PrecisionRecall own =
      LabelCounts{.support = 4, .predicted = 3, .hits = 2}.Ratios();
  EXPECT_DOUBLE_EQ(own.precision, 2.0 / 3.0);
  EXPECT_DOUBLE_EQ(own.recall, 0.5);
  EXPECT_DOUBLE_EQ(own.f1, 4.0 / 7.0);
  const PrecisionRecall none = LabelCounts{}.Ratios();
  EXPECT_EQ(none.precision + none.recall + none.f1, 0.0);
}

TEST(LabelMetrics, MicroAndMacroByHand) {
  // One half right, one never predicted, one without a sample, one not met.
  const std::vector<LabelCounts> labels = {{4, 4, 2}, {2, 0, 0}, {0, 1, 0}, {}};
  const SetMetrics metrics = Summarize(labels);
  EXPECT_DOUBLE_EQ(metrics.micro.precision, 2.0 / 5.0);
  EXPECT_DOUBLE_EQ(metrics.micro.recall, 2.0 / 6.0);
  EXPECT_DOUBLE_EQ(metrics.micro.f1, 4.0 / 11.0);
  EXPECT_DOUBLE_EQ(metrics.macro.precision, 0.5 / 3.0);
  EXPECT_DOUBLE_EQ(metrics.macro.recall, 0.5 / 3.0);
  EXPECT_DOUBLE_EQ(metrics.macro.f1, 0.5 / 3.0);
  EXPECT_DOUBLE_EQ(metrics.coverage, 0.5);
  EXPECT_EQ(Summarize({}).macro.f1, 0.0);
}

TEST(LabelMetrics, ATallyCountsSetsAgainstTheTruth) {
  eval::LabelTally tally(4);
  const auto add = [&](const std::vector<uint32_t>& set,
                       const std::vector<uint32_t>& labels) {
    tally.Add(std::span(set), labels, [](uint32_t label) { return label; });
  };
  add({2, 0}, {0, 1});
  add({2}, {2});
  add({}, {1});
  add({3}, {});
  const std::vector<LabelCounts> expected = {
      {1, 1, 1}, {2, 0, 0}, {1, 2, 1}, {0, 1, 0}};
  EXPECT_EQ(std::move(tally).Take(), expected);
}

}  // namespace
}  // namespace slide::label_metrics_test
