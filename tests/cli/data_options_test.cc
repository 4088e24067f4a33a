// The commands read all this: forms of text, standard input, and the options
// that say what text is like.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "cli/run_command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace slide::cli::data_options_test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class DataOptionsTest : public CommandTest {
 protected:
  // The text without its header.
  static std::string Lines(const std::string& text) {
    return text.substr(text.find('\n') + 1);
  }
};

TEST_F(DataOptionsTest, AllFormsOfADataSetArePredictedAlike) {
  TrainModel();
  const std::string text = ReadFile("test.txt");
  WriteGzip("test.gz", text);
  WriteFile("test.svm", Lines(text));
  const std::string expected = RunCommand({"predict", model_, test_}).out;
  ASSERT_FALSE(expected.empty());
  for (const char* name : {"test.gz", "test.svm"}) {
    const Outcome outcome = RunCommand({"predict", model_, Path(name)});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, expected) << name;
    const Outcome piped = RunCommand({"predict", model_, "-"}, Path(name));
    EXPECT_EQ(piped.exit_code, 0) << piped.err;
    EXPECT_EQ(piped.out, expected) << name;
  }
}

TEST_F(DataOptionsTest, TrainReadsStandardInput) {
  const Outcome outcome = RunCommand(
      {"train", "-", "--threads", "1", "--hidden", "16", "--epochs", "1"},
      train_);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("400"));
}

TEST_F(DataOptionsTest, StandardInputIsReadOnce) {
  const Outcome outcome = RunCommand({"train", "-", "--test", "-"}, train_);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.err,
            "slide: error: --test: got '-', the standard input, which TRAIN "
            "reads already\n");
}

TEST_F(DataOptionsTest, DamageInStandardInputIsADataError) {
  WriteFile("bad.txt", "2 3 4\n0 1:1\n9 1:1\n");
  const Outcome outcome = RunCommand({"train", "-"}, Path("bad.txt"));
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.err,
            "slide: error: standard input:3: label 9 is not below 4, the "
            "number of labels in the header\n");
}

TEST_F(DataOptionsTest, NumberingOfLibSvmTextIsAskedFor) {
  WriteFile("from1.svm", "1 1:1\n2 2:1 3:1\n");
  const std::vector<std::string> train = {
      "train", Path("from1.svm"), "--epochs", "1", "--hidden", "4"};
  Outcome outcome = RunCommand(train);
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("--first-feature"));
  std::vector<std::string> from_1 = train;
  from_1.insert(from_1.end(),
                {"--first-feature", "1", "--first-label", "1", "--json"});
  outcome = RunCommand(from_1);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("\"samples\":2"));
}

TEST_F(DataOptionsTest, WrongValuesAreUsageErrors) {
  for (const std::vector<std::string>& option :
       {std::vector<std::string>{"--format", "csv"},
        {"--first-feature", "2"},
        {"--first-label", "2"}}) {
    const Outcome outcome =
        RunCommand({"predict", model_, test_, option[0], option[1]});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, HasSubstr(option[0]));
    EXPECT_THAT(outcome.err, HasSubstr(option[1]));
  }
}

TEST_F(DataOptionsTest, WhatTrainingNeverSawIsLeftOutAndCounted) {
  WriteFile("train.svm", "0 0:1 3:1\n1 1:1 2:1\n2 1:1 2:1\n");
  WriteFile("more.svm", "0 0:1 7:1\n5,1 2:1\n");
  const Outcome train =
      RunCommand({"train", Path("train.svm"), "--test", Path("more.svm"),
                  "--epochs", "3", "--model", model_, "--json"});
  ASSERT_EQ(train.exit_code, 0) << train.err;
  const std::string word =
      "slide: " + Path("more.svm") +
      ": left out 1 feature values and 1 labels of 2 samples, which the "
      "network of 4 features and 3 labels does not know";
  EXPECT_THAT(train.err, HasSubstr(word));
  const Outcome evaluated = RunCommand({"evaluate", model_, Path("more.svm")});
  EXPECT_EQ(evaluated.exit_code, 0) << evaluated.err;
  EXPECT_THAT(evaluated.err, HasSubstr(word));
  // The sample is scaled as if the feature had not been there.
  WriteFile("known.svm", "0 0:1\n1 2:1\n");
  const Outcome predicted = RunCommand({"predict", model_, Path("more.svm")});
  EXPECT_EQ(predicted.exit_code, 0) << predicted.err;
  EXPECT_EQ(predicted.out,
            RunCommand({"predict", model_, Path("known.svm")}).out);
  for (const char* command : {"evaluate", "predict"}) {
    const Outcome refused =
        RunCommand({command, model_, Path("more.svm"), "--unknown", "refuse"});
    EXPECT_EQ(refused.exit_code, 3);
    EXPECT_THAT(refused.err, HasSubstr(Path("more.svm") + ": got 8 features"));
  }
}

TEST_F(DataOptionsTest, FilesOfFeaturesAndLabelsAreOneSet) {
  WriteFile("trn_X_Xf.txt", "2 4\n0:1 3:1\n1:1\n");
  WriteFile("trn_X_Y.txt", "2 3\n0:1\n2:1\n");
  const Outcome outcome = RunCommand({"train", Path("trn_X_Xf.txt"), "--test",
                                      Path("trn_X_Xf.txt"), "--epochs", "60"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("trained network      1.0000"));
}

TEST_F(DataOptionsTest, SizesMayBeStated) {
  WriteFile("train.svm", "0 0:1 3:1\n1 1:1\n");
  const Outcome outcome =
      RunCommand({"train", Path("train.svm"), "--num-features", "9",
                  "--num-labels", "5", "--epochs", "1", "--model", model_});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const Outcome info = RunCommand({"info", model_});
  EXPECT_THAT(info.out, HasSubstr("num_features          9\n"));
  EXPECT_THAT(info.out, HasSubstr("num_labels            5\n"));
}

TEST_F(DataOptionsTest, TheLabelsOfASetInTwoFilesAreNotOverwritten) {
  TrainModel();
  const std::string features = Path("trn_X_Xf.txt"),
                    labels = Path("trn_X_Y.txt");
  WriteFile("trn_X_Xf.txt", "2 4\n0:1 3:1\n1:1\n");
  WriteFile("trn_X_Y.txt", "2 3\n0:1\n2:1\n");
  const std::vector<std::vector<std::string>> commands = {
      {"convert", features, labels},
      {"predict", model_, features, "--output", labels},
      {"train", features, "--metrics", labels},
      {"train", train_, "--test", features, "--metrics", labels}};
  for (const auto& command : commands) {
    const Outcome outcome = RunCommand(command);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.err, HasSubstr("would overwrite the labels of "));
  }
  EXPECT_EQ(ReadFile("trn_X_Y.txt"), "2 3\n0:1\n2:1\n");
  // Who predicts has no labels.
  std::remove(labels.c_str());
  const Outcome outcome = RunCommand({"predict", model_, features});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 2);
}

}  // namespace
}  // namespace slide::cli::data_options_test
