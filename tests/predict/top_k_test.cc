#include "predict/top_k.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <span>
#include <vector>

namespace slide::predict::top_k_test {
namespace {

// Stands where nothing was put.
constexpr uint32_t kNone = 99;

std::vector<uint32_t> Labels(const std::vector<LabelScore>& best) {
  std::vector<uint32_t> labels;
  for (const LabelScore& s : best) labels.push_back(s.label);
  return labels;
}

TEST(TopK, IsEmptyWithoutScoresAndShortWithFew) {
  std::vector<LabelScore> best(3, {kNone, 0.0f});
  TopK top(best);
  top.Offer({}, 0);
  EXPECT_EQ(Labels(best), (std::vector<uint32_t>{kNone, kNone, kNone}));
  top.Offer(std::vector<float>{-1.0f, 2.0f}, 0);
  EXPECT_EQ(Labels(best), (std::vector<uint32_t>{1, 0, kNone}));
}

// 37 scores, each once, in an order that mixes them: 10 is a generator modulo
// 37. The first call fills the list in part, as many later ones change it.
TEST(TopK, KeepsTheLargestOfAllCallsBestFirst) {
  std::vector<float> scores;
  for (int i = 0; i < 37; ++i) {
    scores.push_back(static_cast<float>(10 * i % 37));
  }
  for (const size_t piece : {size_t{1}, size_t{3}, size_t{37}}) {
    std::vector<LabelScore> best(5);
    TopK top(best);
    for (size_t begin = 0; begin < scores.size(); begin += piece) {
      const size_t size = std::min(piece, scores.size() - begin);
      top.Offer(std::span(scores).subspan(begin, size),
                static_cast<uint32_t>(begin));
    }
    for (size_t r = 0; r < best.size(); ++r) {
      EXPECT_EQ(best[r].score, 36.0f - static_cast<float>(r));
      EXPECT_EQ(scores[best[r].label], best[r].score);
    }
  }
}

TEST(TopK, OfEqualScoresTheLowerLabelsStay) {
  std::vector<LabelScore> best(3);
  TopK top(best);
  top.Offer(std::vector<float>{1.0f, 1.0f, 2.0f, 1.0f}, 7);
  top.Offer(std::vector<float>{1.0f, 2.0f}, 11);
  EXPECT_EQ(Labels(best), (std::vector<uint32_t>{9, 12, 7}));
}

TEST(TopK, ScoresThatAreNotNumbersRankLast) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  std::vector<LabelScore> best(4, {kNone, 0.0f});
  TopK top(best);
  top.Offer(std::vector<float>{nan, -inf, 1.0f}, 0);
  EXPECT_EQ(Labels(best), (std::vector<uint32_t>{2, 0, 1, kNone}));
  top.Offer(std::vector<float>{nan, 2.0f, nan}, 3);
  top.Offer(std::vector<float>{inf}, 6);
  EXPECT_EQ(Labels(best), (std::vector<uint32_t>{6, 4, 2, 0}));
}

}  // namespace
}  // namespace slide::predict::top_k_test
