// `slide train --folds`: every sample is a test sample once, for a network that
// has not seen it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/run_command.h"

namespace slide::cli::folds_test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class FoldsTest : public CommandTest {
 protected:
  std::vector<std::string> Arguments(
      const std::vector<std::string>& more) const {
    std::vector<std::string> words = {"train", train_, "--hidden", "16"};
    const auto add = [&](const char* flag, const char* value) {
      if (std::ranges::find(more, flag) != more.end()) return;
      words.insert(words.end(), {flag, value});
    };
    add("--threads", "1");
    add("--epochs", "5");
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  json Result(const std::vector<std::string>& more) const {
    std::vector<std::string> words = Arguments(more);
    words.insert(words.end(), {"--quiet", "--json"});
    const Outcome outcome = RunCommand(words);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return json::parse(outcome.out);
  }
};

TEST_F(FoldsTest, EverySampleIsATestSampleOnceAndMeansAreThoseOfTheFolds) {
  const json result = Result({"--folds", "4"});
  ASSERT_EQ(result["folds"].size(), 4u);
  uint64_t num_tested = 0;
  double sum = 0.0, squares = 0.0;
  for (const json& fold : result["folds"]) {
    EXPECT_EQ(fold["samples"].get<int>() + fold["test_samples"].get<int>(),
              kNumTrain);
    num_tested += fold["test_samples"].get<uint64_t>();
    sum += fold["p@1"].get<double>();
  }
  EXPECT_EQ(num_tested, static_cast<uint64_t>(kNumTrain));
  EXPECT_NEAR(result["mean"]["p@1"], sum / 4.0, 1e-12);
  for (const json& fold : result["folds"]) {
    squares += std::pow(fold["p@1"].get<double>() - sum / 4.0, 2);
  }
  EXPECT_NEAR(result["deviation"]["p@1"], std::sqrt(squares / 3.0), 1e-12);
  EXPECT_GT(result["mean"]["p@1"], 0.5);  // one feature tells the label
  EXPECT_FALSE(result["interrupted"]);
  EXPECT_EQ(Files(), std::vector<std::string>({"test.txt", "train.txt"}));
}

// A fold by hand: with labels at random there is nothing to know of a sample
// but by having seen it.
TEST_F(FoldsTest, NetworksHaveNotSeenTheirTestSamples) {
  std::string text = "200 200 10\n";
  for (int i = 0; i < 200; ++i) {
    text += fmt::format("{} {}:1\n", (i * 7919 % 1009) % 10, i);
  }
  WriteFile("random.txt", text);
  const auto run = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {
        "train", Path("random.txt"), "--threads", "1", "--epochs",
        "30",    "--quiet",          "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return json::parse(RunCommand(words).out);
  };
  EXPECT_GT(run({"--test", Path("random.txt")})["p@1"], 0.9);
  // A tenth, with a standard error of 0.02.
  EXPECT_LT(run({"--folds", "5"})["mean"]["p@1"], 0.25);
}

TEST_F(FoldsTest, FoldsHaveASeedOfTheirOwn) {
  const auto metrics = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"--folds", "2", "--epochs", "1"};
    words.insert(words.end(), more.begin(), more.end());
    json folds = Result(words)["folds"];
    for (json& fold : folds) fold.erase("train_seconds");
    return folds;
  };
  const json first = metrics({});
  EXPECT_EQ(first, metrics({"--fold-seed", "1"}));
  EXPECT_NE(first, metrics({"--fold-seed", "2"}));
}

TEST_F(FoldsTest, ValidationChoosesTheEpochOfEachFold) {
  for (const std::vector<std::string>& validation :
       {std::vector<std::string>{"--validation-share", "0.2"},
        std::vector<std::string>{"--validation", test_}}) {
    std::vector<std::string> words = {"--folds", "2", "--threads", "2"};
    words.insert(words.end(), validation.begin(), validation.end());
    const json result = Result(words);
    for (const json& fold : result["folds"]) {
      EXPECT_GE(fold["best_epoch"], 1);
      EXPECT_EQ(fold["samples"],
                validation.size() == 2 && validation[1] == test_ ? 200 : 160);
    }
  }
}

TEST_F(FoldsTest, ATableForPeople) {
  const Outcome outcome = RunCommand(Arguments({"--folds", "2"}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  for (const char* row : {"\n     fold", "\n        1", "\n        2",
                          "\n     mean", "\ndeviation"}) {
    EXPECT_THAT(outcome.out, HasSubstr(row));
  }
  EXPECT_THAT(outcome.out, testing::Not(HasSubstr("epoch  ")));
}

TEST_F(FoldsTest, WhatMakesNoSenseWithFoldsIsRefused) {
  const auto refused = [&](const std::vector<std::string>& more, int exit_code,
                           const std::string& message) {
    const Outcome outcome = RunCommand(Arguments(more));
    EXPECT_EQ(outcome.exit_code, exit_code);
    EXPECT_THAT(outcome.err, HasSubstr(message));
  };
  refused({"--folds", "1"}, 2, "--folds: got 1, expected 2 to 1000");
  refused({"--folds", "401"}, 3, "got 400 samples, expected one or more");
  refused({"--fold-seed", "2"}, 2, "--fold-seed: does nothing without --folds");
  for (const std::string flag :
       {"--model", "--test", "--from", "--metrics", "--checkpoint"}) {
    refused({"--folds", "2", flag, Path("some")}, 2,
            fmt::format("--folds, {}: got both, expected one of them", flag));
  }
  refused({"--folds", "2", "--resume"}, 2, "--folds, --resume: got both");
}

TEST_F(FoldsTest, ASignalEndsIt) {
  std::vector<std::string> words =
      Arguments({"--folds", "3", "--epochs", "1000000"});
  RunningCommand command(words);
  ASSERT_TRUE(command.WaitForError("epoch "));
  command.Signal(SIGINT);
  EXPECT_EQ(command.Finish().exit_code, 130);
}

}  // namespace
}  // namespace slide::cli::folds_test
