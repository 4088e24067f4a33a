// A report tells of counts that were made by hand.
#include "train/run_report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "nn/network_access.h"
#include "support/make_data.h"

namespace slide::train::run_report_test {
namespace {

constexpr uint32_t kFeatures = 40, kLabels = 60;

NetworkOptions Net() {
  NetworkOptions options;
  options.num_features = kFeatures;
  options.num_labels = kLabels;
  options.hidden = {12};
  return options;
}

TrainOptions Options(int max_hashed) {
  TrainOptions options;
  options.epochs = 2;
  options.num_threads = 1;
  options.sampling.max_hashed = max_hashed;
  return options;
}

// 8 samples with labels and 2 without.
Dataset Data() {
  util::Rng rng(1);
  CsrArrays arrays;
  arrays.num_features = kFeatures;
  arrays.num_labels = kLabels;
  for (size_t i = 0; i < 10; ++i) {
    testing_support::AddSample(
        arrays, testing_support::DrawIds(kFeatures, 3, rng), {1.0f, 2.0f, 3.0f},
        testing_support::DrawIds(kLabels, i < 8 ? 1 : 0, rng));
  }
  return Dataset(std::move(arrays));
}

class RunReportTest : public testing::Test {
 protected:
  struct Parts {
    explicit Parts(const TrainOptions& options, const EvaluationSets& sets = {})
        : network(Net(), 1),
          data(Data()),
          order(data, 0),
          setup(nn::NetworkAccess::Core(network), options, data,
                state.rebuilds),
          workers(1, setup.step, order.limits()),
          engine(MakeEngine(setup, order.limits(), workers)),
          report(network, setup, order, workers, *engine, sets) {}

    // As after so many samples of epoch 1, with 5 active neurons and loss 2.
    void Count(uint64_t num) {
      state.epoch = 1;
      for (; state.place < num; ++state.place, ++state.steps) {
        workers[0].epoch_loss += 2.0;
        workers[0].Count({.loss = 2.0, .num_active = 5}, state.place,
                         state.steps);
      }
    }

    Network network;
    Dataset data;
    RunState state;
    SampleOrder order;
    TrainSetup setup;
    Workers workers;
    std::unique_ptr<Engine> engine;
    RunReport report;
  };
};

TEST_F(RunReportTest, ALookShowsWhereTheRunIs) {
  Parts run(Options(0));
  run.Count(4);
  run.report.step_seconds() = 2.0;
  const Progress progress = run.report.Look(run.state, 0.25);
  EXPECT_EQ(progress.epoch, 1);
  EXPECT_EQ(progress.num_epochs, 2);
  EXPECT_EQ(progress.epoch_samples_done, 4u);
  EXPECT_EQ(progress.epoch_samples, 8u);
  EXPECT_EQ(progress.loss, 2.0);
  EXPECT_EQ(progress.active_mean, 5.0);
  EXPECT_EQ(progress.learning_rate, 0.25);
  EXPECT_EQ(progress.samples_per_second, 2.0);  // no tables, no rebuilds
  EXPECT_EQ(progress.seconds_left, 6.0);        // for 12 of 16
  EXPECT_EQ(run.report.samples_per_step_second(run.state), 2.0);
}

TEST_F(RunReportTest, AnEpochHasItsOwnTimeAndTheRunAllOfIt) {
  Parts run(Options(0));
  run.Count(8);
  run.report.step_seconds() = 2.0;
  const EpochReport first = run.report.FinishEpoch(run.state, {});
  EXPECT_EQ(first.epoch, 1);
  EXPECT_EQ(first.train_loss, 2.0);
  EXPECT_EQ(first.train_seconds, 2.0);
  EXPECT_EQ(first.active_p50, 5u);
  EXPECT_FALSE(first.test);
  EXPECT_FALSE(first.index);
  run.report.step_seconds() = 5.0;
  EXPECT_EQ(run.report.FinishEpoch(run.state, {}).train_seconds, 3.0);
  const TrainReport report = run.report.Finish(run.state, true);
  EXPECT_TRUE(report.stopped);
  EXPECT_EQ(report.epochs.size(), 2u);
  EXPECT_EQ(report.num_samples, 8u);
  EXPECT_EQ(report.num_unlabelled, 2u);
  EXPECT_EQ(report.num_threads, 1);
  EXPECT_EQ(report.train_seconds, 5.0);
  EXPECT_EQ(report.samples_per_second, 8.0 / 5.0);
  EXPECT_EQ(report.active_mean, 5.0);
  EXPECT_EQ(report.num_rebuilds, 0u);
  EXPECT_EQ(report.index.recall_at_10, 0.0);
}

TEST_F(RunReportTest, EndsWithoutASampleAndDividesByNothing) {
  Parts run(Options(0));
  const TrainReport report = run.report.Finish(run.state, true);
  EXPECT_EQ(report.samples_per_second, 0.0);
  EXPECT_EQ(report.active_mean, 0.0);
  EXPECT_EQ(report.active_p99, 0u);
  EXPECT_TRUE(report.epochs.empty());
}

// Labels that training does not know have an inverse propensity of 1.
TEST_F(RunReportTest, AnEpochIsEvaluatedOnTheTestSet) {
  const Dataset test =
      testing_support::RandomData(5, kFeatures, kLabels, 3, 1, 2);
  Parts run(Options(0), {.test = &test});
  run.Count(8);
  const EpochReport epoch = run.report.FinishEpoch(run.state, {});
  ASSERT_TRUE(epoch.test);
  EXPECT_EQ(epoch.test->num_samples, 5u);
  EXPECT_TRUE(epoch.test->at[0].psp);
  EXPECT_EQ(epoch.test->loss, Evaluate(run.network, test).loss);
}

TEST_F(RunReportTest, ShareOfAnEvaluationIsThatOfBothSets) {
  const Dataset test =
      testing_support::RandomData(300, kFeatures, kLabels, 3, 1, 2);
  const Dataset validation =
      testing_support::RandomData(100, kFeatures, kLabels, 3, 1, 3);
  Parts run(Options(0), {.test = &test, .validation = &validation});
  run.Count(8);
  std::vector<double> shares;
  const EpochReport epoch = run.report.FinishEpoch(run.state, [&](double done) {
    shares.push_back(done);
    return true;
  });
  ASSERT_TRUE(epoch.test && epoch.validation);
  EXPECT_EQ(epoch.test->num_samples, 300u);
  EXPECT_EQ(epoch.validation->num_samples, 100u);
  EXPECT_EQ(epoch.validation->loss, Evaluate(run.network, validation).loss);
  EXPECT_TRUE(std::is_sorted(shares.begin(), shares.end()));
  EXPECT_EQ(shares.front(), 0.0);
  // The test set's first share: a quarter is done.
  EXPECT_EQ(std::count(shares.begin(), shares.end(), 0.25), 1);
  EXPECT_LT(shares.back(), 1.0);
}

TEST_F(RunReportTest, TellsOfTheTablesWhenItIsAskedTo) {
  TrainOptions options = Options(20);
  options.index_reports = true;
  Parts run(options);
  run.Count(8);
  const EpochReport epoch = run.report.FinishEpoch(run.state, {});
  ASSERT_TRUE(epoch.index);
  EXPECT_EQ(epoch.index->drift, 0.0);
  EXPECT_GT(epoch.index->recall_at_10, 0.0);
  EXPECT_EQ(run.report.Finish(run.state, false).index.recall_at_10,
            epoch.index->recall_at_10);
}

}  // namespace
}  // namespace slide::train::run_report_test
