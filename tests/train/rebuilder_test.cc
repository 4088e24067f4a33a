#include "train/rebuilder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "nn/network_core.h"
#include "slide/error.h"
#include "util/thread_team.h"

namespace slide::train::rebuilder_test {
namespace {

constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();
constexpr uint32_t kLabels = 300;

class RebuilderTest : public testing::Test {
 protected:
  RebuilderTest()
      : core_([] {
          NetworkOptions options;
          options.num_features = 10;
          options.num_labels = kLabels;
          options.hidden = {16};
          return options;
        }()) {
    core_.DrawWeights(team_);
  }

  Rebuilder Make(
      const RebuildOptions& options,
      nn::NetworkCore::Tables which = nn::NetworkCore::Tables::kAll) {
    state_ = {};
    return Rebuilder(core_, options, team_, {}, which, state_);
  }
  // Turns a row round, which changes all its addresses.
  void TurnRow(size_t row) {
    std::vector<float> weights(16);
    const auto read =
        kernels::ReadWeights(core_.output().weights().rows(), row, weights);
    weights.assign(read.begin(), read.end());
    for (float& weight : weights) weight = -weight;
    kernels::WriteWeights(core_.output().weights().rows(), row, weights);
  }
  // Whether the tables know the rows as they are.
  bool IsUpToDate() { return core_.TablesDrift() == 0.0; }

  const util::ThreadTeam team_{1};
  RebuildState state_;
  nn::NetworkCore core_;
};

TEST_F(RebuilderTest, OneThatGoesOnBuildsNothingBeforeItsStep) {
  {
    Rebuilder first = Make({.every = 10, .decay = 0.0});
    first.AtStep(10);
    EXPECT_EQ(first.num_rebuilds(), 1u);
  }
  TurnRow(3);
  Rebuilder rebuilder(core_, {.every = 10, .decay = 0.0}, team_, {},
                      nn::NetworkCore::Tables::kAll, state_);
  EXPECT_FALSE(IsUpToDate());
  EXPECT_EQ(rebuilder.num_rebuilds(), 1u);
  EXPECT_EQ(rebuilder.next_event(), 20u);
  rebuilder.AtStep(20);
  EXPECT_TRUE(IsUpToDate());
  EXPECT_EQ(rebuilder.num_rebuilds(), 2u);
}

TEST_F(RebuilderTest, BuildsAtTheStepsOfTheSchedule) {
  Rebuilder rebuilder = Make({.every = 10, .decay = 0.0});
  EXPECT_EQ(rebuilder.num_rebuilds(), 0u);
  EXPECT_EQ(rebuilder.next_event(), 10u);
  for (size_t row = 0; row < kLabels; ++row) TurnRow(row);
  rebuilder.AtStep(9);
  EXPECT_FALSE(IsUpToDate());
  rebuilder.AtStep(10);
  EXPECT_TRUE(IsUpToDate());
  EXPECT_EQ(rebuilder.num_rebuilds(), 1u);
  EXPECT_EQ(rebuilder.next_event(), 20u);
  rebuilder.AtStep(20);
  EXPECT_EQ(rebuilder.num_rebuilds(), 2u);
  EXPECT_GT(rebuilder.pause_seconds(), 0.0);
  EXPECT_EQ(rebuilder.background_seconds(), 0.0);
  rebuilder.Finish();
}

TEST_F(RebuilderTest, BuildsEarlyWhenTheTablesHaveDrifted) {
  Rebuilder rebuilder = Make({.every = 80, .decay = 0.0, .drift_limit = 0.5});
  EXPECT_EQ(rebuilder.next_event(), 10u);
  rebuilder.AtStep(10);
  EXPECT_EQ(rebuilder.num_rebuilds(), 0u);
  for (size_t row = 0; row < kLabels; ++row) TurnRow(row);
  EXPECT_EQ(rebuilder.next_event(), 20u);
  rebuilder.AtStep(20);
  EXPECT_EQ(rebuilder.num_rebuilds(), 1u);
  EXPECT_EQ(rebuilder.next_event(), 30u);
}

TEST_F(RebuilderTest, WithoutTablesNothingIsDue) {
  Rebuilder rebuilder =
      Make({.every = 1}, nn::NetworkCore::Tables::kOfHiddenLayers);
  EXPECT_EQ(rebuilder.next_event(), kNever);
  rebuilder.AtStep(1000);
  rebuilder.Finish();
  EXPECT_EQ(core_.index(), nullptr);
}

TEST_F(RebuilderTest, AnUnsetIntervalIsChosen) {
  Rebuilder rebuilder = Make({.every = {}});
  EXPECT_GT(rebuilder.next_event(), 0u);
  EXPECT_LT(rebuilder.next_event(), kNever);
}

TEST_F(RebuilderTest, BuildsInTheBackgroundAndPutsTheTablesInPlace) {
  Rebuilder rebuilder =
      Make({.mode = RebuildMode::kBackground, .every = 10, .decay = 0.0});
  const hashing::LshTables* first = &core_.index()->tables();
  for (size_t row = 0; row < kLabels; ++row) TurnRow(row);
  rebuilder.AtStep(10);
  // Without anything more being asked of it; the time limit ends a failure.
  while (&core_.index()->tables() == first) std::this_thread::yield();
  rebuilder.Finish();
  EXPECT_EQ(rebuilder.num_rebuilds(), 1u);
  EXPECT_GT(rebuilder.background_seconds(), 0.0);
  EXPECT_TRUE(IsUpToDate());
}

TEST_F(RebuilderTest, OneBuildAtATimeAndNoneIsForgotten) {
  Rebuilder rebuilder =
      Make({.mode = RebuildMode::kBackground, .every = 1, .decay = 0.0});
  uint64_t step = 0;
  while (rebuilder.num_rebuilds() < 20) {
    rebuilder.AtStep(++step);
    // A build that goes on is not waited for, nor met again at each step.
    EXPECT_GT(rebuilder.next_event(), step);
  }
  EXPECT_LE(rebuilder.num_rebuilds(), step);
  TurnRow(5);
  // A build that is due while another goes on comes after it.
  const uint64_t before = rebuilder.num_rebuilds();
  while (rebuilder.num_rebuilds() < before + 2) rebuilder.AtStep(++step);
  rebuilder.Finish();
  EXPECT_TRUE(IsUpToDate());
}

TEST_F(RebuilderTest, WhatGoesWrongInTheBackgroundIsThrown) {
  Rebuilder rebuilder =
      Make({.mode = RebuildMode::kBackground, .every = 10, .decay = 0.0});
  kernels::WriteWeights(
      core_.output().weights().rows(), 3,
      std::vector<float>(16, std::numeric_limits<float>::quiet_NaN()));
  rebuilder.AtStep(10);
  try {
    rebuilder.Finish();
    FAIL() << "nothing was thrown";
  } catch (const DivergedError& error) {
    EXPECT_THAT(std::string(error.what()), testing::HasSubstr("row 3"));
  }
  EXPECT_EQ(rebuilder.num_rebuilds(), 0u);
}

}  // namespace
}  // namespace slide::train::rebuilder_test
