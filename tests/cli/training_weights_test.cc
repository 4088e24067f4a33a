// `slide train --sample-weights --label-weights`: they reach the right samples
// and labels. How a weight works is in tests/train/loss_weights_test.cc.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/run_command.h"

namespace slide::cli::training_weights_test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

class TrainingWeightsTest : public CommandTest {
 protected:
  void SetUp() override {
    CommandTest::SetUp();
    // Feature 0 means label 0 on even lines, and label 1 on odd ones.
    std::string text = "200 3 2\n", odd, even;
    for (int i = 0; i < 200; ++i) {
      text += fmt::format("{} 0:1 {}:0.1\n", i % 2, 1 + i % 2);
      even += i % 2 == 0 ? "3\n" : "0.25\n";
      odd += i % 2 == 0 ? "0.25\n" : "3\n";
    }
    WriteFile("data.txt", text);
    WriteFile("even", even);
    WriteFile("odd", odd);
    WriteFile("ask.txt", "1 3 2\n 0:1\n");
  }

  // The label of feature 0.
  std::string Answer(const std::vector<std::string>& more,
                     const std::string& data = "data.txt") const {
    std::vector<std::string> words = {"train",    Path(data), "--threads", "1",
                                      "--epochs", "20",       "--hidden",  "8",
                                      "--model",  model_,     "--quiet"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = RunCommand(words);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    const std::string line =
        RunCommand({"predict", model_, Path("ask.txt"), "--top-k", "1"}).out;
    return line.substr(0, line.find(':'));
  }
};

TEST_F(TrainingWeightsTest, DecideWhichLinesAndLabelsCount) {
  EXPECT_EQ(Answer({"--sample-weights", Path("even")}), "0");
  EXPECT_EQ(Answer({"--sample-weights", Path("odd")}), "1");
  WriteFile("labels", "1\t3\n0\t0.25\n");
  EXPECT_EQ(Answer({"--label-weights", Path("labels")}), "1");
  // Both: the samples' weights are the stronger ones.
  WriteFile("labels", "1\t1.5\n");
  EXPECT_EQ(Answer({"--label-weights", Path("labels"), "--sample-weights",
                    Path("even")}),
            "0");
}

// By name, where labels have names.
TEST_F(TrainingWeightsTest, NamesOfLabels) {
  WriteFile("names", "cat\ndog\n");
  WriteFile("labels", "dog\t3\ncat\t0.25\n");
  EXPECT_EQ(
      Answer({"--labels", Path("names"), "--label-weights", Path("labels")}),
      "dog");
}

// A held-out part and a cache leave each line its weight.
TEST_F(TrainingWeightsTest, StayWithTheirLines) {
  EXPECT_EQ(RunCommand({"convert", Path("data.txt"), Path("cache")}).exit_code,
            0);
  for (const std::string data : {"data.txt", "cache"}) {
    for (const std::string seed : {"1", "2"}) {
      const std::vector<std::string> held = {"--validation-share", "0.3",
                                             "--validation-seed", seed};
      for (const std::string which : {"even", "odd"}) {
        std::vector<std::string> words = {"--sample-weights", Path(which)};
        words.insert(words.end(), held.begin(), held.end());
        EXPECT_EQ(Answer(words, data), which == "even" ? "0" : "1")
            << data << " " << seed;
      }
    }
  }
}

TEST_F(TrainingWeightsTest, StayWithTheirLinesInFolds) {
  const auto loss = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {
        "train", Path("data.txt"), "--threads", "1",       "--epochs",
        "2",     "--folds",        "2",         "--quiet", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = RunCommand(words);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return json::parse(outcome.out)["mean"]["train_loss"].get<double>();
  };
  std::string one_counts;
  for (int i = 0; i < 200; ++i) one_counts += i == 0 ? "200\n" : "1e-6\n";
  WriteFile("one", one_counts);
  // One of the two training sets has the line that counts, and its mean loss
  // is 200 times that line's over 100 samples.
  EXPECT_GT(loss({"--sample-weights", Path("one")}), 0.1);
  std::string ones;
  for (int i = 0; i < 200; ++i) ones += "1\n";
  WriteFile("ones", ones);
  EXPECT_EQ(loss({"--sample-weights", Path("ones")}), loss({}));
}

TEST_F(TrainingWeightsTest, BalancedLetsARareLabelCountMore) {
  std::string text = "200 2 2\n";
  for (int i = 0; i < 200; ++i) {
    text += fmt::format("{} 0:1 1:0.1\n", i % 5 == 0 ? 1 : 0);
  }
  WriteFile("rare.txt", text);
  const auto loss = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {
        "train",   Path("rare.txt"), "--threads", "1",      "--epochs", "30",
        "--model", model_,           "--quiet",   "--loss", "sigmoid"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = RunCommand(words);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    const json answer = json::parse(
        RunCommand({"predict", model_, Path("ask.txt"), "--json"}).out);
    return answer["labels"][0]["label"] == 1
               ? answer["labels"][0]["logit"].get<double>()
               : answer["labels"][1]["logit"].get<double>();
  };
  WriteFile("ask.txt", "1 2 2\n 0:1 1:0.1\n");
  // log odds of a fifth, and of 4 times a fifth (3.2 times, as c / m is 0.4)
  const double plain = loss({});
  EXPECT_GT(loss({"--label-weights", "balanced"}), plain + 0.3);
  EXPECT_GT(loss({"--label-weights", "propensity"}), plain + 0.1);
}

TEST_F(TrainingWeightsTest, ErrorsNameTheLine) {
  const auto refused = [&](const std::vector<std::string>& more, int exit_code,
                           const std::string& message) {
    std::vector<std::string> words = {"train", Path("data.txt"), "--epochs",
                                      "1"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = RunCommand(words);
    EXPECT_EQ(outcome.exit_code, exit_code);
    EXPECT_THAT(outcome.err, StartsWith("slide: error: "));
    EXPECT_THAT(outcome.err, HasSubstr(message));
  };
  WriteFile("few", "1\n1\n");
  refused({"--sample-weights", Path("few")}, 3,
          "few:2: got 2 weights, expected 200");
  WriteFile("bad", "0\t1\n1\t-1\n");
  refused({"--label-weights", Path("bad")}, 3, "bad:2: got the weight '-1'");
  refused({"--label-weights", Path("missing")}, 3, "missing");
  refused({"--sample-weights", Path("even"), "--model", Path("even")}, 2,
          "--model would overwrite --sample-weights");
  WriteFile("zeros", "0\t0\n1\t0\n");
  refused({"--label-weights", Path("zeros")}, 3, "got zeros alone");
}

}  // namespace
}  // namespace slide::cli::training_weights_test
