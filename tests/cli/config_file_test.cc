// --config: a file's options are those of the command line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "cli/run_command.h"

namespace slide::cli::config_file_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ConfigFileTest : public CommandTest {
 protected:
  // Says why the command refuses a file of these lines.
  std::string Refusal(const std::string& lines) {
    WriteFile("run.toml", lines);
    const Outcome outcome =
        RunCommand({"train", Path("train.txt"), "--config", Path("run.toml")});
    EXPECT_EQ(outcome.exit_code, 2) << lines;
    return outcome.err;
  }
};

TEST_F(ConfigFileTest, IsAsGoodAsWords) {
  const Outcome words =
      RunCommand({"train", train_, "--epochs", "2", "--hidden",
                  "16,40:active=8", "--learning-rate", "0.05", "--k", "1,2",
                  "--update", "batched", "--no-normalize", "--model", model_});
  ASSERT_EQ(words.exit_code, 0) << words.err;
  WriteFile("run.toml",
            "# a run\n"
            "epochs = 7  # the command line says otherwise\n"
            "hidden = [16, \"40:active=8\"]\n"
            "learning-rate = 0.05\n"
            "k = [1, 2]\n"
            "update = 'batched'\n"
            "no-normalize = true\n"
            "json = false\n"
            "model = \"" +
                Path("other") + "\"\n");
  const Outcome file = RunCommand(
      {"train", train_, "--epochs", "2", "--config", Path("run.toml")});
  ASSERT_EQ(file.exit_code, 0) << file.err;
  EXPECT_TRUE(ReadFile("model.slide") == ReadFile("other"));
}

TEST_F(ConfigFileTest, TellsThePlaceOfWhatIsWrong) {
  const std::string name = Path("run.toml");
  EXPECT_THAT(Refusal("epochs = 3\nepohcs = 3\n"),
              HasSubstr(name + ":2: got 'epohcs', which is no option of slide "
                               "train in a file; did you mean --epochs?"));
  EXPECT_THAT(Refusal("\n\nepochs = 'many'\n"),
              HasSubstr(name + ":3: epochs: got 'many', expected a whole "));
  EXPECT_THAT(Refusal("epochs = true\n"),
              HasSubstr(name + ":1: epochs: got 'true', expected N"));
  EXPECT_THAT(Refusal("quiet = 1\n"),
              HasSubstr(name + ":1: quiet: got '1', expected true or false"));
  EXPECT_THAT(Refusal("config = 'other.toml'\n"),
              HasSubstr(name + ":1: got 'config', which is no option"));
  EXPECT_THAT(Refusal("epochs = 1\nepochs = 2\n"),
              AllOf(HasSubstr(name + ":2: "), HasSubstr("expected TOML")));
  EXPECT_THAT(Refusal("[train]\nepochs = 1\n"),
              HasSubstr(name + ":1: train: got a table, expected a text"));
  EXPECT_THAT(Refusal("k = [[1]]\n"),
              HasSubstr(name + ":1: k: got a list of other values"));
  EXPECT_THAT(Refusal("epochs = 2020-01-01\n"),
              HasSubstr(name + ":1: epochs: got another value"));
  EXPECT_THAT(Refusal("patience = 2\n"),
              HasSubstr("--patience: got 2 without a validation set"));
  EXPECT_THAT(Refusal("momentum = 0.5\n"),
              HasSubstr("--momentum: does nothing without --optimizer sgd"));
}

TEST_F(ConfigFileTest, OneThatCannotBeReadIsRefused) {
  for (const std::string& path : {Path("none.toml"), Path("")}) {
    const Outcome outcome =
        RunCommand({"train", Path("train.txt"), "--config", path});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.err, HasSubstr(path + ": cannot be read: "));
  }
}

TEST_F(ConfigFileTest, AnEmptyOneSaysNothing) {
  WriteFile("run.toml", "");
  const Outcome outcome = RunCommand(
      TrainArguments({"--epochs", "1", "--config", Path("run.toml")}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
}

}  // namespace
}  // namespace slide::cli::config_file_test
