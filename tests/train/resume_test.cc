// A run that goes on from a checkpoint ends with the bits of the run that was
// never cut: with HOGWILD on one thread, with batches on any number of threads,
// wherever it was cut, whenever the checkpoint was written, whatever the
// options are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "nn/network_access.h"
#include "slide/checkpoint.h"
#include "slide/error.h"
#include "slide/trainer.h"
#include "support/error_of.h"
#include "support/make_data.h"
#include "support/temp_folder.h"
#include "support/variations.h"
#include "train/setup.h"
#include "train/training_run.h"
#include "util/rng.h"

namespace slide::resume_test {
namespace {

using testing::HasSubstr;
using testing_support::BaseSettings;
using testing_support::BitsOf;
using testing_support::Settings;
using testing_support::Variation;
using testing_support::Variations;

constexpr uint64_t kSeed = 41;
constexpr size_t kSamples = 150;

class ResumeTest : public testing::Test {
 protected:
  struct Outcome {
    std::vector<std::byte> bits;
    TrainReport report;
  };

  // Trains the network with looks at set places.
  TrainReport RunOn(Network& network, const TrainOptions& options,
                    train::Looks looks, const ProgressCallback& callback,
                    const CheckpointOptions& checkpoints,
                    const std::string& from = "") const {
    train::SettleNetwork(options, nn::NetworkAccess::Core(network));
    return train::RunToEnd({.network = network,
                            .options = options,
                            .data = data_,
                            .weights = weights_,
                            .sets = sets_,
                            .callback = callback,
                            .looks = looks},
                           checkpoints, from.empty() ? nullptr : &from);
  }

  // A run, or, with a path, what is left of it.
  Outcome Run(const Settings& settings, int num_threads,
              const ProgressCallback& callback = {},
              const CheckpointOptions& checkpoints = {},
              const std::string& from = "",
              uint64_t samples_between_looks = 1000) const {
    Network network(settings.network, 1);
    TrainOptions options = settings.train;
    options.num_threads = num_threads;
    Outcome outcome;
    outcome.report =
        RunOn(network, options, {.samples_between = samples_between_looks},
              callback, checkpoints, from);
    outcome.bits = BitsOf(network, outcome.report);
    return outcome;
  }

  // Cuts the run at the first look behind so many samples, and goes on from
  // there.
  Outcome RunInTwo(const Settings& settings, int num_threads,
                   uint64_t num_samples) const {
    const Outcome first = Run(
        settings, num_threads,
        [&](const Progress& progress) {
          const auto before = static_cast<uint64_t>(progress.epoch - 1);
          return before * kSamples + progress.epoch_samples_done < num_samples;
        },
        {.path = path_}, "", 1);
    EXPECT_TRUE(first.report.stopped);
    EXPECT_EQ(first.report.num_checkpoints, 1u);
    return Run(settings, num_threads, {}, {}, path_, 37);
  }

  static Settings Batched(Settings settings, int batch_size) {
    settings.train.update = UpdateMode::kBatched;
    settings.train.batch_size = batch_size;
    return settings;
  }

  static Settings WithMatrices(Settings settings, UpdateMode update) {
    settings.network.hidden = {16};  // the last one is not hashed
    settings.train.update = update;
    settings.train.batch_size = 32;
    return settings;
  }

  const Dataset data_ = testing_support::LearnableData(kSamples, 120, 2, kSeed);
  const Dataset other_ = testing_support::LearnableData(40, 120, 2, kSeed + 1);
  EvaluationSets sets_;
  LossWeights weights_;
  const testing_support::TempFolder folder_;
  const std::string path_ = folder_.Path("run");
};

TEST_F(ResumeTest, HogwildOnOneThreadGoesOnWithTheSameBits) {
  util::Rng rng(kSeed);
  for (const Variation& variation : Variations()) {
    Settings settings = BaseSettings(data_, kSeed);
    variation.apply(settings);
    const Outcome whole = Run(settings, 1);
    for (int i = 0; i < 4; ++i) {
      const uint64_t at = 1 + rng.UniformInt(2 * kSamples - 1);
      EXPECT_EQ(RunInTwo(settings, 1, at).bits, whole.bits)
          << variation.name << ", cut at sample " << at;
    }
  }
}

TEST_F(ResumeTest, MatricesGoOnWithTheSameBitsOnAnyNumberOfThreads) {
  util::Rng rng(kSeed);
  for (const Variation& variation : Variations()) {
    for (const UpdateMode update : {UpdateMode::kDense, UpdateMode::kSampled}) {
      Settings settings = BaseSettings(data_, kSeed);
      variation.apply(settings);
      settings = WithMatrices(settings, update);
      settings.train.layer_rates.clear();
      settings.train.sampling.random_negatives = 30;
      const Outcome whole = Run(settings, 1);
      // The last look is before the last batch.
      const uint64_t at = 1 + rng.UniformInt(2 * kSamples - 32);
      EXPECT_EQ(RunInTwo(settings, 3, at).bits, whole.bits)
          << variation.name << ", " << Name(update) << ", cut at sample " << at;
    }
  }
}

TEST_F(ResumeTest, BatchesGoOnWithTheSameBitsOnAnyNumberOfThreads) {
  util::Rng rng(kSeed);
  for (const Variation& variation : Variations()) {
    for (const int batch_size : {1, 32}) {
      Settings settings = Batched(BaseSettings(data_, kSeed), batch_size);
      variation.apply(settings);
      const Outcome whole = Run(settings, 2);
      for (const int num_threads : {1, 3}) {
        // The last look is before the last batch.
        const uint64_t at = 1 + rng.UniformInt(2 * kSamples - 32);
        EXPECT_EQ(RunInTwo(settings, num_threads, at).bits, whole.bits)
            << variation.name << ", batches of " << batch_size
            << ", cut at sample " << at << ", " << num_threads << " threads";
      }
    }
  }
}

TEST_F(ResumeTest, WeightsAreKeptAndOthersRefused) {
  util::Rng rng(kSeed);
  for (size_t i = 0; i < kSamples; ++i) {
    weights_.samples.push_back(3.0f * rng.Uniform());
  }
  for (uint32_t l = 0; l < data_.num_labels(); ++l) {
    weights_.labels.push_back(2.0f * rng.Uniform());
  }
  const Settings settings = BaseSettings(data_, kSeed);
  const Settings batched = Batched(settings, 32);
  const Outcome whole = Run(settings, 1);
  EXPECT_EQ(RunInTwo(batched, 2, 100).bits, Run(batched, 1).bits);
  EXPECT_EQ(RunInTwo(settings, 1, 100).bits, whole.bits);
  const LossWeights same = weights_;
  const auto expect_refused = [&] {
    EXPECT_THAT(
        testing_support::ErrorOf([&] { Run(settings, 1, {}, {}, path_); }),
        HasSubstr("weights count too"));
  };
  weights_ = {};
  expect_refused();
  EXPECT_NE(Run(settings, 1).bits, whole.bits);
  weights_ = {.samples = same.samples, .labels = {}};
  expect_refused();
  weights_ = same;
  weights_.samples[7] += 1.0f;
  expect_refused();
  weights_ = same;
  EXPECT_EQ(Run(settings, 1, {}, {}, path_).bits, whole.bits);
}

TEST_F(ResumeTest, EverySchedulesRateGoesOn) {
  for (const Schedule schedule :
       {Schedule::kConstant, Schedule::kLinear, Schedule::kCosine}) {
    Settings settings = BaseSettings(data_, kSeed);
    settings.train.schedule = schedule;
    settings.train.warmup_share = 0.4;
    const Outcome whole = Run(settings, 1);
    for (const uint64_t at : {uint64_t{1}, uint64_t{100}, uint64_t{200}}) {
      EXPECT_EQ(RunInTwo(settings, 1, at).bits, whole.bits)
          << Name(schedule) << ", cut at sample " << at;
    }
  }
}

// Each look, at every third sample, writes a checkpoint; the run from each of
// them ends alike.
TEST_F(ResumeTest, EveryCheckpointOfARunLeadsToItsEnd) {
  Settings settings = BaseSettings(data_, kSeed);
  settings.network.hidden = {16, 60};
  settings.network.hidden[1].max_active = 20;
  settings.train.rebuild.every = 17;
  settings.train.sparse_part.mode = SparsePartMode::kOn;
  sets_ = {.test = &other_};
  const Outcome whole = Run(settings, 1);
  Network network(settings.network, 1);
  settings.train.num_threads = 1;
  std::vector<std::string> copies;
  const TrainReport report = RunOn(
      network, settings.train,
      {.samples_between = 3, .write_checkpoints = true},
      [&](const Progress& progress) {
        if (progress.checkpoint == nullptr) return true;
        EXPECT_EQ(progress.checkpoint->failure, "");
        EXPECT_EQ(progress.checkpoint->num_bytes,
                  std::filesystem::file_size(path_));
        copies.push_back(folder_.Path("copy" + std::to_string(copies.size())));
        std::filesystem::copy(path_, copies.back());
        return true;
      },
      {.path = path_});
  EXPECT_EQ(BitsOf(network, report), whole.bits);
  EXPECT_EQ(report.num_checkpoints, copies.size());
  // Rebuilds are looks too.
  ASSERT_GE(copies.size(), 2 * kSamples / 3);
  for (const std::string& copy : copies) {
    EXPECT_EQ(Run(settings, 1, {}, {}, copy).bits, whole.bits) << copy;
  }
}

TEST_F(ResumeTest, TheBestEpochAndPatienceAreKept) {
  // There is nothing in the training set to learn for it.
  const Dataset noise = testing_support::RandomData(60, 480, 120, 8, 2, kSeed);
  Settings settings = BaseSettings(data_, kSeed);
  settings.train.epochs = 8;
  settings.train.sparse_part.mode = SparsePartMode::kOn;
  sets_ = {.test = &data_, .validation = &noise};
  for (const int patience : {0, 2}) {
    settings.train.patience = patience;
    const Outcome whole = Run(settings, 1);
    EXPECT_LT(whole.report.best_epoch, 8);
    const size_t num_epochs = whole.report.epochs.size();
    EXPECT_EQ(num_epochs<8, patience> 0);
    for (uint64_t at = 30; at < num_epochs * kSamples; at += 75) {
      const Outcome again = RunInTwo(settings, 1, at);
      EXPECT_EQ(again.bits, whole.bits) << at;
      EXPECT_EQ(again.report.best_epoch, whole.report.best_epoch);
      EXPECT_EQ(again.report.stopped_early, whole.report.stopped_early);
      ASSERT_EQ(again.report.epochs.size(), num_epochs);
      for (size_t e = 0; e < num_epochs; ++e) {
        const EpochReport& a = again.report.epochs[e];
        const EpochReport& b = whole.report.epochs[e];
        EXPECT_EQ(a.epoch, b.epoch);
        EXPECT_EQ(a.is_best, b.is_best);
        EXPECT_EQ(a.active_p50, b.active_p50);
        EXPECT_EQ(a.active_p99, b.active_p99);
        EXPECT_EQ(a.test->loss, b.test->loss);
        EXPECT_EQ(a.validation->loss, b.validation->loss);
        for (size_t k = 0; k < b.test->at.size(); ++k) {
          EXPECT_EQ(a.test->at[k].precision, b.test->at[k].precision);
          EXPECT_EQ(a.test->at[k].psp, b.test->at[k].psp);
          EXPECT_EQ(a.validation->at[k].ndcg, b.validation->at[k].ndcg);
        }
      }
      EXPECT_EQ(again.report.first_loss, whole.report.first_loss);
      EXPECT_EQ(again.report.active_mean, whole.report.active_mean);
      EXPECT_EQ(again.report.index.drift, whole.report.index.drift);
      EXPECT_EQ(again.report.index.recall_at_10,
                whole.report.index.recall_at_10);
    }
  }
}

// The steps of the epoch are done then, and its evaluation is not.
TEST_F(ResumeTest, ARunThatStopsInAnEvaluationGoesOnWithIt) {
  const Settings settings = BaseSettings(data_, kSeed);
  sets_ = {.test = &other_, .validation = &data_};
  const Outcome whole = Run(settings, 1);
  for (const int epoch : {1, 2}) {
    const Outcome first =
        Run(settings, 1,
            [&](const Progress& progress) {
              return progress.epoch < epoch || !progress.evaluated_share;
            },
            {.path = path_});
    EXPECT_TRUE(first.report.stopped);
    EXPECT_EQ(first.report.epochs.size(), static_cast<size_t>(epoch) - 1);
    const CheckpointInfo info = ReadCheckpointInfo(path_);
    EXPECT_EQ(info.epoch, epoch);
    EXPECT_EQ(info.epoch_samples_done, kSamples);
    EXPECT_EQ(info.epochs.size(), static_cast<size_t>(epoch) - 1);
    const Outcome rest = Run(settings, 1, {}, {}, path_);
    EXPECT_EQ(rest.bits, whole.bits);
    EXPECT_EQ(rest.report.epochs.size(), 2u);
  }
}

TEST_F(ResumeTest, AnEndedRunIsReportedAgain) {
  Settings settings = BaseSettings(data_, kSeed);
  sets_ = {.validation = &other_};
  int num_written = 0;
  const ProgressCallback count = [&](const Progress& progress) {
    num_written += progress.checkpoint != nullptr ? 1 : 0;
    return true;
  };
  const Outcome whole =
      Run(settings, 1, count, {.path = path_, .every = {.epochs = 2}});
  EXPECT_EQ(num_written, 1);
  const Outcome again = Run(settings, 1, count, {.path = path_}, path_);
  EXPECT_EQ(again.bits, whole.bits);
  EXPECT_EQ(num_written, 1);
  EXPECT_FALSE(again.report.stopped);
  EXPECT_EQ(again.report.train_seconds, whole.report.train_seconds);
}

// Tables in the background are ready when the clock says so: such a run goes
// on, with its own bits.
TEST_F(ResumeTest, ARunWithTablesInTheBackgroundGoesOn) {
  Settings settings = BaseSettings(data_, kSeed);
  settings.train.rebuild.mode = RebuildMode::kBackground;
  settings.train.rebuild.every = 5;
  for (const uint64_t at : {20u, 170u, 299u}) {
    const Outcome outcome = RunInTwo(settings, 3, at);
    EXPECT_EQ(outcome.report.epochs.size(), 2u);
    EXPECT_GT(outcome.report.num_rebuilds, 0u);
  }
}

TEST_F(ResumeTest, AUsedNetworkBecomesThatOfTheCheckpoint) {
  const Settings settings = BaseSettings(data_, kSeed);
  const Outcome whole = Run(settings, 1);
  RunInTwo(settings, 1, 170);
  Network network(settings.network, 1);
  TrainOptions options = settings.train;
  options.num_threads = 1;
  options.sparse_part.mode = SparsePartMode::kOn;
  options.seed = kSeed + 1;
  Trainer(network, options).Fit(data_);
  ASSERT_TRUE(network.sparse_part());
  options = settings.train;
  options.num_threads = 1;
  const TrainReport report =
      Trainer(network, options).Resume(path_, data_, EvaluationSets());
  EXPECT_EQ(BitsOf(network, report), whole.bits);
}

TEST_F(ResumeTest, WhatIsAnotherThanTheRunsIsNamed) {
  Settings settings = BaseSettings(data_, kSeed);
  RunInTwo(settings, 1, 170);
  const auto expect = [&](const std::string& what, const auto& change) {
    Settings changed = settings;
    change(changed);
    try {
      Run(changed, 1, {}, {}, path_);
      ADD_FAILURE() << "went on; expected: " << what;
    } catch (const OptionsError& error) {
      EXPECT_THAT(error.what(),
                  HasSubstr(what + " as the run of " + path_ + " has"));
    }
  };
  expect("epochs: got 3, expected 2", [](Settings& s) { s.train.epochs = 3; });
  expect(
      "init_scale: got 2, expected 1; hash.num_tables: got 7, expected 6; "
      "loss: got softmax, expected decoupled",
      [](Settings& s) {
        s.train.loss = Loss::kSoftmax;
        s.network.hash.num_tables = 7;
        s.network.init_scale = 2.0;
      });
  expect("sampling.max_hashed: got 21, expected 20", [](Settings& s) {
    s.train.sampling.max_hashed = 21;
    s.network.hash.candidates = 20;
  });
  // Options that decide nothing, or nothing beside the others.
  settings.train.index_reports = true;
  settings.train.batch_size = 3;
  settings.train.beta1 = 0.5;
  EXPECT_EQ(Run(settings, 2, {}, {}, path_).report.epochs.size(), 2u);
}

TEST_F(ResumeTest, OtherDataIsNamed) {
  const Settings settings = BaseSettings(data_, kSeed);
  sets_ = {.validation = &other_};
  RunInTwo(settings, 1, 170);
  const auto message = [&](const Dataset& train, const Dataset* validation,
                           const Dataset* test = nullptr) {
    Network network(settings.network, 1);
    try {
      Trainer(network, settings.train)
          .Resume(path_, train, {.test = test, .validation = validation});
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("went on");
  };
  const auto like = [&](size_t num, uint64_t seed) {
    return testing_support::LearnableData(num, 120, 2, seed);
  };
  EXPECT_THAT(message(like(149, kSeed), &other_),
              HasSubstr("training set: got 149 samples, expected the 150"));
  EXPECT_THAT(message(like(kSamples, kSeed + 9), &other_),
              HasSubstr("training set: got samples of the same number but "
                        "another content"));
  EXPECT_THAT(message(data_, nullptr),
              HasSubstr("validation set: got none, expected one"));
  EXPECT_THAT(message(data_, &data_),
              HasSubstr("validation set: got 150 samples, expected the 40"));
  EXPECT_THAT(message(data_, &other_, &other_),
              HasSubstr("test set: got one, expected none"));
  EXPECT_EQ(message(like(kSamples, kSeed), &other_), "went on");
}

// The interval never comes: the one at the end is there.
TEST_F(ResumeTest, ARunThatEndsLeavesItsEnd) {
  const Settings settings = BaseSettings(data_, kSeed);
  sets_ = {.validation = &other_};
  int num_written = 0;
  const ProgressCallback count = [&](const Progress& progress) {
    num_written += progress.checkpoint != nullptr ? 1 : 0;
    return true;
  };
  const Outcome whole =
      Run(settings, 1, count, {.path = path_, .every = {.seconds = 1e9}});
  EXPECT_EQ(num_written, 1);
  EXPECT_EQ(whole.report.num_checkpoints, 1u);
  EXPECT_EQ(ReadCheckpointInfo(path_).num_steps, 2 * kSamples);
  EXPECT_EQ(Run(settings, 1, {}, {}, path_).bits, whole.bits);
}

TEST_F(ResumeTest, ADamagedCheckpointLeavesTheNetworkAsItIs) {
  const Settings settings = BaseSettings(data_, kSeed);
  RunInTwo(settings, 1, 170);
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) - 1);
  Network network(settings.network, 1);
  const std::vector<std::byte> before = BitsOf(network, {});
  EXPECT_THROW(
      Trainer(network, settings.train).Resume(path_, data_, EvaluationSets()),
      ModelFileError);
  EXPECT_THROW(Trainer(network, settings.train)
                   .Resume(folder_.Path("none"), data_, EvaluationSets()),
               ModelFileError);
  EXPECT_EQ(BitsOf(network, {}), before);
}

// The folder is away for a while.
TEST_F(ResumeTest, ACheckpointThatCannotBeWrittenCostsNothingElse) {
  const Settings settings = BaseSettings(data_, kSeed);
  const Outcome whole = Run(settings, 1);
  const std::string folder = folder_.Path("away");
  Network network(settings.network, 1);
  TrainOptions options = settings.train;
  options.num_threads = 1;
  std::vector<std::string> failures;
  const TrainReport report = RunOn(
      network, options, {.samples_between = 50, .write_checkpoints = true},
      [&](const Progress& progress) {
        if (progress.checkpoint == nullptr) return true;
        failures.push_back(progress.checkpoint->failure);
        EXPECT_GT(progress.checkpoint->num_bytes, 10'000u);
        if (failures.size() == 2) std::filesystem::create_directory(folder);
        return true;
      },
      {.path = folder + "/run"});
  EXPECT_EQ(BitsOf(network, report), whole.bits);
  ASSERT_GE(failures.size(), 6u);
  EXPECT_THAT(failures[0], HasSubstr(folder + "/run: cannot be written"));
  EXPECT_THAT(failures[1], HasSubstr(folder + "/run: cannot be written"));
  for (size_t i = 2; i < failures.size(); ++i) EXPECT_EQ(failures[i], "");
  EXPECT_EQ(report.num_checkpoints, failures.size() - 2);
  EXPECT_EQ(ReadCheckpointInfo(folder + "/run").num_steps, 2 * kSamples);
}

}  // namespace
}  // namespace slide::resume_test
