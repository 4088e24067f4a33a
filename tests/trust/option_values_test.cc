// Every option of every command, as --help-all lists them, with values that
// make no sense: a run ends with success or with a line that says what is wrong
// and a documented code, never with a signal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "cli/run_command.h"

namespace slide::cli::option_values_test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

class OptionValuesTest : public CommandTest {
 protected:
  struct Option {
    std::string flag;
    bool has_value = false;
  };

  static std::vector<Option> OptionsOf(const std::string& command) {
    std::vector<Option> options;
    std::istringstream help(RunCommand({command, "--help-all"}).out);
    for (std::string line; std::getline(help, line);) {
      if (!line.starts_with("  --")) continue;
      std::istringstream words(line);
      std::string flag, form;
      words >> flag;
      const size_t end = line.find(flag) + flag.size();
      // One blank, and then the form; more, and then the sentence.
      options.push_back({flag, end + 1 < line.size() && line[end + 1] != ' '});
    }
    return options;
  }

  // The command with tiny data; words that the option under test must not
  // repeat are left out.
  std::vector<std::string> Base(const std::string& command,
                                const std::string& flag) const {
    std::vector<std::string> words = {command};
    const auto add = [&](const std::string& option, const std::string& value) {
      if (option == flag) return;
      words.push_back(option);
      words.push_back(value);
    };
    if (command == "train") {
      words.push_back(train_);
      add("--epochs", "1");
      add("--hidden", "4");
      add("--threads", "2");
    } else if (command == "evaluate" || command == "predict") {
      words.insert(words.end(), {model_, test_});
    } else if (command == "export") {
      words.insert(words.end(), {model_, Path("exported")});
    } else if (command == "info") {
      words.push_back(train_);
    } else if (command == "convert") {
      words.insert(words.end(), {train_, Path("cache")});
    } else if (command == "vectorize") {
      words.insert(words.end(), {Path("docs"), Path("out"), "--replace"});
      add("--vocabulary", Path("words"));
      add("--labels", Path("names"));
    } else {
      words.push_back(Path("made"));
      add("--points", "20");
      add("--test-points", "0");
      add("--features", "100");
      add("--labels", "20");
    }
    return words;
  }
};

TEST_F(OptionValuesTest, NoneEndsTheCommandWithoutAWord) {
  TrainModel({"--epochs", "1"});
  ASSERT_EQ(chdir(Path("").c_str()), 0);  // some values are names of files
  WriteFile("docs", "a,b\tone two three\na\ttwo three four\nb\tfour one\n");
  int num_options = 0;
  for (const char* command : {"train", "evaluate", "predict", "info", "export",
                              "convert", "vectorize", "synth"}) {
    for (const Option& option : OptionsOf(command)) {
      ++num_options;
      // No number that is in range and takes long.
      std::vector<std::string> values = {
          "0",     "-1",    "99999999999999999999",
          "1e400", "-1e30", "nan",
          "inf",   "",      "text",
          "1,2",   "\xff"};
      if (!option.has_value) values = {""};
      for (const std::string& value : values) {
        std::vector<std::string> words = Base(command, option.flag);
        words.push_back(option.flag + (option.has_value ? "=" + value : ""));
        SCOPED_TRACE(testing::PrintToString(words));
        const Outcome outcome = RunCommand(words);
        EXPECT_THAT(outcome.exit_code, AnyOf(0, 1, 2, 3, 4));
        if (outcome.exit_code != 0) {
          EXPECT_THAT(outcome.err, HasSubstr("slide: error: "));
        }
        if (option.has_value && value.empty()) {
          EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
        }
      }
    }
  }
  EXPECT_GT(num_options, 100);
}

}  // namespace
}  // namespace slide::cli::option_values_test
