// The command in a model's card repeats its training.
#include "cli/training_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <wordexp.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/run_command.h"

namespace slide::cli::training_record_test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class TrainingRecordTest : public CommandTest {
 protected:
  std::string CommandOf(const std::string& model) const {
    const Outcome info = RunCommand({"info", model, "--json"});
    return json::parse(info.out)["card"]["training"]["command"];
  }
  // The words that a shell makes of it, files in the test's folder.
  std::vector<std::string> WordsOf(const std::string& command) const {
    wordexp_t expanded{};
    EXPECT_EQ(wordexp(command.c_str(), &expanded, WRDE_NOCMD), 0) << command;
    std::vector<std::string> words(expanded.we_wordv + 1,
                                   expanded.we_wordv + expanded.we_wordc);
    wordfree(&expanded);
    for (std::string& word : words) {
      if (Exists(word)) word = Path(word);
    }
    return words;
  }
};

TEST_F(TrainingRecordTest, TheCommandRepeatsTheTraining) {
  const std::string odd = Path("it's a $(set).txt");
  WriteFile("it's a $(set).txt", ReadFile("train.txt"));
  const std::vector<std::vector<std::string>> trainings = {
      {train_, "--epochs", "1"},
      {odd, "--test", test_, "--epochs", "2", "--threads", "1", "--seed", "7"},
      {train_, "--loss", "sigmoid", "--optimizer", "adam", "--precision",
       "bf16", "--validation-share", "0.2", "--patience", "1", "--epochs", "3",
       "--threads", "1", "--quiet", "--learning-rate", "0.01"},
      {train_, "--hidden", "16,40:active=8:tanh", "--update", "batched",
       "--no-normalize", "--input-dropout", "0.1", "--epochs", "2", "--threads",
       "2", "--sparse-part", "on", "--checkpoint", Path("checkpoint")},
      {train_, "--hash", "none", "--time-limit", "2h", "--threads", "1",
       "--epochs", "1", "--validation", test_, "--layer-rates", "1,0.5"}};
  for (std::vector<std::string> words : trainings) {
    const bool is_free = words.size() == 3;  // any number of threads
    words.insert(words.begin(), "train");
    words.insert(words.end(), {"--model", model_});
    const Outcome outcome = RunCommand(words);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const std::string command = CommandOf(model_);
    EXPECT_THAT(command, Not(HasSubstr(Path(""))));
    EXPECT_THAT(command, Not(HasSubstr("checkpoint")));
    words = WordsOf(command);
    words.insert(words.end(), {"--model", Path("again"), "--quiet"});
    const Outcome again = RunCommand(words);
    ASSERT_EQ(again.exit_code, 0) << again.err << command;
    EXPECT_EQ(CommandOf(Path("again")), command);
    if (!is_free) {
      EXPECT_TRUE(ReadFile("again") == ReadFile("model.slide")) << command;
    }
  }
}

TEST_F(TrainingRecordTest, ATrainingFromAModelIsRepeatedFromIt) {
  TrainModel({"--epochs", "1"});
  const Outcome outcome =
      RunCommand({"train", test_, "--from", model_, "--threads", "1",
                  "--epochs", "2", "--model", Path("second")});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const std::string command = CommandOf(Path("second"));
  EXPECT_THAT(command, HasSubstr("--from model.slide"));
  std::vector<std::string> words = WordsOf(command);
  words.insert(words.end(), {"--model", Path("again"), "--quiet"});
  const Outcome again = RunCommand(words);
  ASSERT_EQ(again.exit_code, 0) << again.err << command;
  EXPECT_TRUE(ReadFile("again") == ReadFile("second")) << command;
}

TEST_F(TrainingRecordTest, InfoShowsTheCommandAndNoControlCharacters) {
  const std::string name = "a\033[2J.txt";
  WriteFile(name, ReadFile("train.txt"));
  const Outcome outcome =
      RunCommand({"train", Path(name), "--epochs", "1", "--model", model_});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const Outcome info = RunCommand({"info", model_});
  EXPECT_THAT(info.out, HasSubstr("slide train 'a\\x1b[2J.txt' "));
  EXPECT_THAT(info.out, Not(HasSubstr("\033")));
}

}  // namespace
}  // namespace slide::cli::training_record_test
