// Epochs with precisions that were made by hand.
#include "train/best_epoch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "nn/network_access.h"
#include "slide/network.h"

namespace slide::train::best_epoch_test {
namespace {

Metrics WithPrecisions(const std::vector<double>& precisions) {
  Metrics metrics;
  for (const double precision : precisions) {
    metrics.at.push_back({.k = 1, .precision = precision});
  }
  return metrics;
}

class BestEpochTest : public testing::Test {
 protected:
  BestEpochTest()
      : network_({.num_features = 5, .num_labels = 4, .hidden = {3}}, 1) {}

  nn::NetworkCore& core() { return nn::NetworkAccess::Core(network_); }
  // A weight that tells in which epoch the network was left.
  float& mark() {
    return core().output().weights().rows().weights<float>(2)[1];
  }

  // The next epoch ends; returns whether it is the best.
  bool End(BestEpoch& best, int epoch, double precision) {
    mark() = static_cast<float>(epoch);
    return best.Note(epoch, WithPrecisions({precision}), core());
  }

  Network network_;
};

TEST_F(BestEpochTest, GoesBackToTheBestEpoch) {
  BestEpoch best(core(), 5, 0);
  EXPECT_EQ(best.epoch(), 0);
  EXPECT_TRUE(End(best, 1, 0.2));
  EXPECT_TRUE(End(best, 2, 0.4));
  EXPECT_FALSE(End(best, 3, 0.3));
  EXPECT_FALSE(End(best, 4, 0.4));  // the first of equals stays
  EXPECT_FALSE(End(best, 5, 0.1));
  EXPECT_EQ(best.epoch(), 2);
  EXPECT_FALSE(best.ends_early());
  best.Restore(core());
  EXPECT_EQ(mark(), 2.0f);
}

TEST_F(BestEpochTest, TheLastEpochStaysIfItIsTheBest) {
  BestEpoch best(core(), 2, 1);
  EXPECT_TRUE(End(best, 1, 0.0));
  EXPECT_TRUE(End(best, 2, 0.1));
  best.Restore(core());
  EXPECT_EQ(mark(), 2.0f);
  BestEpoch only(core(), 1, 0);
  EXPECT_TRUE(End(only, 1, 0.0));
  only.Restore(core());
  EXPECT_EQ(mark(), 1.0f);
}

TEST_F(BestEpochTest, PatienceCountsEpochsInARow) {
  BestEpoch best(core(), 10, 2);
  const std::vector<double> precisions = {0.3, 0.2, 0.4, 0.4, 0.1};
  for (size_t e = 0; e < precisions.size(); ++e) {
    EXPECT_FALSE(best.ends_early()) << e;
    End(best, static_cast<int>(e) + 1, precisions[e]);
  }
  EXPECT_TRUE(best.ends_early());
  EXPECT_EQ(best.epoch(), 3);
}

TEST_F(BestEpochTest, AnotherGoesOnFromTheState) {
  BestEpoch best(core(), 9, 2);
  EXPECT_EQ(best.copy(), nullptr);
  End(best, 1, 0.3);
  End(best, 2, 0.4);
  End(best, 3, 0.2);
  ASSERT_NE(best.copy(), nullptr);
  BestEpoch other(core(), 9, 2);
  EXPECT_EQ(other.copy(), nullptr);
  other.Restore(best.state());
  nn::NetworkCopy* copy = other.copy();
  ASSERT_NE(copy, nullptr);
  std::ranges::copy(best.copy()->bytes(), copy->bytes().begin());
  EXPECT_FALSE(other.ends_early());
  EXPECT_FALSE(End(other, 4, 0.4));
  EXPECT_TRUE(other.ends_early());
  EXPECT_EQ(other.epoch(), 2);
  other.Restore(core());
  EXPECT_EQ(mark(), 2.0f);
}

TEST_F(BestEpochTest, TheLastEpochIsNoEarlyEnd) {
  BestEpoch best(core(), 2, 1);
  End(best, 1, 0.3);
  End(best, 2, 0.2);
  EXPECT_FALSE(best.ends_early());
}

TEST_F(BestEpochTest, TheMeanOverTheCutsIsCompared) {
  BestEpoch best(core(), 3, 0);
  EXPECT_TRUE(best.Note(1, WithPrecisions({0.5, 0.1}), core()));
  EXPECT_TRUE(best.Note(2, WithPrecisions({0.4, 0.3}), core()));
  EXPECT_FALSE(best.Note(3, WithPrecisions({0.6, 0.0}), core()));
}

}  // namespace
}  // namespace slide::train::best_epoch_test
