// `slide calibrate`, and what predict, evaluate and info make of it.
#include <sstream>
#include <string>
#include <vector>

#include "cli/run_command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace slide::cli::calibrate_command_test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

class CalibrateCommandTest : public CommandTest {
 protected:
  void SetUp() override {
    CommandTest::SetUp();
    ASSERT_EQ(TrainModel({"--loss", "sigmoid", "--epochs", "1"}).exit_code, 0);
  }
};

TEST_F(CalibrateCommandTest, WritesTheModelInPlaceOrElsewhere) {
  const std::string before = ReadFile("model.slide");
  const Outcome other =
      RunCommand({"calibrate", model_, test_, "--output", Path("other")});
  EXPECT_EQ(other.exit_code, 0) << other.err;
  EXPECT_THAT(other.out, StartsWith("probabilities         logistic, "));
  EXPECT_EQ(ReadFile("model.slide"), before);

  const Outcome outcome = RunCommand({"calibrate", model_, test_, "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(ReadFile("model.slide"), ReadFile("other"));
  const json report = json::parse(outcome.out);
  EXPECT_EQ(report["samples"], kNumTest);
  EXPECT_LE(report["after"]["loss"], report["before"]["loss"]);

  const json info = json::parse(RunCommand({"info", model_, "--json"}).out);
  EXPECT_EQ(info["calibration"]["temperature"], report["temperature"]);
  EXPECT_THAT(RunCommand({"info", model_}).out, HasSubstr("threshold  "));
  // Calibrated anew it is as if it had not been before.
  EXPECT_EQ(RunCommand({"calibrate", model_, test_, "--quiet"}).out, "");
  EXPECT_EQ(ReadFile("model.slide"), ReadFile("other"));
}

TEST_F(CalibrateCommandTest, PredictTakesItsThresholds) {
  const std::vector<std::string> automatic = {"predict", model_, test_,
                                              "--threshold", "auto"};
  const Outcome none = RunCommand(automatic);
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.err, HasSubstr("slide calibrate"));
  ASSERT_EQ(RunCommand({"calibrate", model_, test_, "--thresholds", "label",
                        "--min-positives", "3"})
                .exit_code,
            0);
  EXPECT_EQ(RunCommand(automatic).exit_code, 0);
}

TEST_F(CalibrateCommandTest, PredictGivesAllLabelsFromAThresholdOn) {
  const Outcome all = RunCommand({"predict", model_, test_, "--top-k", "20"});
  const Outcome some =
      RunCommand({"predict", model_, test_, "--threshold", "0.001"});
  const Outcome two = RunCommand(
      {"predict", model_, test_, "--threshold", "0.001", "--top-k", "2"});
  ASSERT_EQ(some.exit_code, 0) << some.err;
  std::istringstream a(all.out), b(some.out), c(two.out);
  size_t num = 0;
  for (std::string line, got, got_two; std::getline(a, line);) {
    ASSERT_TRUE(std::getline(b, got) && std::getline(c, got_two));
    std::string expected, expected_two;
    std::istringstream words(line);
    int rank = 0;
    for (std::string word; words >> word; ++rank) {
      if (std::stod(word.substr(word.find(':') + 1)) < 0.001) break;
      expected += (rank == 0 ? "" : " ") + word;
      if (rank < 2) expected_two += (rank == 0 ? "" : " ") + word;
      ++num;
    }
    EXPECT_EQ(got, expected);
    EXPECT_EQ(got_two, expected_two);
  }
  EXPECT_GT(num, size_t{kNumTest});
  EXPECT_EQ(
      RunCommand({"predict", model_, test_, "--threshold", "2"}).exit_code, 2);
}

TEST_F(CalibrateCommandTest, EvaluateHasEachLabel) {
  const Outcome outcome =
      RunCommand({"evaluate", model_, test_, "--threshold", "0.3",
                  "--per-label", Path("labels.tsv"), "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json metrics = json::parse(outcome.out);
  std::istringstream lines(ReadFile("labels.tsv"));
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(line, "label\tsupport\tpredicted\tprecision\trecall\tf1");
  double sum = 0.0;
  int num = 0, num_met = 0;
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    int label = 0;
    double support = 0, predicted = 0, precision = 0, recall = 0, f1 = 0;
    ASSERT_TRUE(fields >> label >> support >> predicted >> precision >>
                recall >> f1)
        << line;
    EXPECT_EQ(label, num++);
    num_met += support + predicted > 0 ? 1 : 0;
    sum += f1;
  }
  EXPECT_EQ(num, kNumLabels);
  EXPECT_NEAR(sum / num_met, metrics["macro_f1@threshold"].get<double>(), 1e-5);
  // Every sample has one label.
  EXPECT_EQ(metrics["accuracy"], metrics["p@1"]);
  EXPECT_EQ(metrics["micro_f1@1"], metrics["p@1"]);

  const Outcome printed =
      RunCommand({"evaluate", model_, test_, "--per-label"});
  EXPECT_THAT(printed.out, HasSubstr("\nlabel\tsupport"));
  EXPECT_EQ(RunCommand({"evaluate", model_, test_, "--json", "--per-label"})
                .exit_code,
            2);
}

TEST_F(CalibrateCommandTest, LeavesTheModelWhereItCannotCalibrate) {
  const std::string before = ReadFile("model.slide");
  WriteFile("unlabelled", "2 50 20\n 3:1\n 4:1\n");
  const Outcome outcome = RunCommand({"calibrate", model_, Path("unlabelled")});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("no sample with a label"));
  EXPECT_EQ(RunCommand({"calibrate", model_, model_}).exit_code, 2);
  EXPECT_EQ(RunCommand({"calibrate", train_, test_}).exit_code, 4);
  EXPECT_EQ(
      RunCommand({"calibrate", model_, test_, "--output", test_}).exit_code, 2);
  EXPECT_EQ(ReadFile("model.slide"), before);
}

}  // namespace
}  // namespace slide::cli::calibrate_command_test
