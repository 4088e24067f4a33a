// Runs that time ends. No clock is believed here: a limit is so short that the
// first samples take longer, or so long that no test does.
#include "train/time_limit.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <vector>

#include "slide/checkpoint.h"
#include "slide/trainer.h"
#include "support/make_data.h"
#include "support/temp_folder.h"
#include "support/variations.h"

namespace slide::time_limit_test {
namespace {

using testing_support::BaseSettings;
using testing_support::BitsOf;
using testing_support::Settings;

constexpr uint64_t kSeed = 5;
constexpr size_t kSamples = 300;
constexpr std::chrono::duration<double> kShort(1e-9), kLong(1e9);

class TimeLimitTest : public testing::Test {
 protected:
  TrainReport Run(const Settings& settings, Network& network,
                  const EvaluationSets& sets = {},
                  const ProgressCallback& callback = {}) const {
    TrainOptions options = settings.train;
    options.num_threads = 1;
    return Trainer(network, options)
        .Fit(data_, sets, callback, {.path = folder_.Path("run")});
  }

  const Dataset data_ = testing_support::LearnableData(kSamples, 120, 2, kSeed);
  const testing_support::TempFolder folder_;
};

TEST_F(TimeLimitTest, CountsFromWhatTheRunHasTaken) {
  TrainOptions options;
  EXPECT_FALSE(train::TimeLimit(options, 1e8).is_over());
  EXPECT_EQ(train::TimeLimit(options, 1e8).share(), 0.0);
  EXPECT_TRUE(std::isinf(train::TimeLimit(options, 1e8).seconds_left()));
  options.time_limit = std::chrono::hours(2);
  const train::TimeLimit half(options, 3600.0);
  EXPECT_FALSE(half.is_over());
  EXPECT_GE(half.share(), 0.5);
  EXPECT_LE(half.share(), 1.0);
  EXPECT_LE(half.seconds_left(), 3600.0);
  const train::TimeLimit over(options, 7200.0);
  EXPECT_TRUE(over.is_over());
  EXPECT_EQ(over.share(), 1.0);
}

// The epoch that it ends is one that is finished: with its report, the best
// one's network, and a checkpoint.
TEST_F(TimeLimitTest, EndsInTheMiddleOfAnEpoch) {
  for (const UpdateMode update : {UpdateMode::kHogwild, UpdateMode::kBatched}) {
    Settings settings = BaseSettings(data_, kSeed);
    settings.train.update = update;
    settings.train.batch_size = 50;
    settings.train.epochs = 4;
    settings.train.time_limit = kShort;
    settings.train.learning_rate = 0.1;
    Network network(settings.network, 1);
    double last_rate = 1.0;
    uint64_t done = 0;
    const TrainReport report =
        Run(settings, network, {.test = &data_, .validation = &data_},
            [&](const Progress& progress) {
              last_rate = progress.learning_rate;
              done = progress.epoch_samples_done;
              EXPECT_EQ(progress.seconds_left, 0.0);
              return true;
            });
    EXPECT_TRUE(report.is_out_of_time);
    EXPECT_FALSE(report.stopped);
    EXPECT_FALSE(report.stopped_early);
    ASSERT_EQ(report.epochs.size(), 1u);
    EXPECT_GE(done, 50u);
    EXPECT_LT(done, kSamples);
    EXPECT_TRUE(report.epochs[0].test);
    EXPECT_EQ(report.best_epoch, 1);
    // The mean of what was met, not of what would have been.
    EXPECT_NEAR(report.epochs[0].train_loss, report.first_loss, 1e-9);
    // All of the time has gone, so the rate has fallen all the way.
    const double rate = 0.1 * settings.train.final_rate_share;
    EXPECT_NEAR(last_rate, rate, 0.1 * rate);

    const CheckpointInfo info = ReadCheckpointInfo(folder_.Path("run"));
    EXPECT_EQ(info.epochs.size(), 1u);
    EXPECT_EQ(info.epoch_samples_done, done);
    // It has ended: there is nothing to go on with.
    Network again(settings.network, 1);
    TrainOptions options = settings.train;
    options.num_threads = 1;
    const TrainReport rest =
        Trainer(again, options)
            .Resume(folder_.Path("run"), data_,
                    {.test = &data_, .validation = &data_});
    EXPECT_TRUE(rest.is_out_of_time);
    EXPECT_EQ(rest.epochs.size(), 1u);
    EXPECT_EQ(BitsOf(again, {}), BitsOf(network, {}));
  }
}

TEST_F(TimeLimitTest, OneThatIsFarOffChangesNothing) {
  Settings settings = BaseSettings(data_, kSeed);
  Network without(settings.network, 1);
  const TrainReport expected = Run(settings, without);
  settings.train.time_limit = kLong;
  Network with(settings.network, 1);
  const TrainReport report = Run(settings, with);
  EXPECT_FALSE(report.is_out_of_time);
  EXPECT_EQ(report.epochs.size(), expected.epochs.size());
  EXPECT_EQ(BitsOf(with, report), BitsOf(without, expected));
}

}  // namespace
}  // namespace slide::time_limit_test
