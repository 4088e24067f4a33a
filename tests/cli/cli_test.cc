// The command line as a whole: help, exit codes, and what is said about each
// mistake. The other tests of this folder take the commands one by one.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "cli/run_command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace slide::cli::cli_test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class CliTest : public CommandTest {
 protected:
  // Expects the exit code, nothing on standard output, and one line on standard
  // error that contains every part.
  static void ExpectError(const std::vector<std::string>& arguments,
                          int exit_code,
                          const std::vector<std::string>& parts) {
    SCOPED_TRACE(testing::PrintToString(arguments));
    const Outcome outcome = RunCommand(arguments);
    EXPECT_EQ(outcome.exit_code, exit_code);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err,
                AllOf(StartsWith("slide: error: "), EndsWith("\n")));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1);
    for (const std::string& part : parts) {
      EXPECT_THAT(outcome.err, HasSubstr(part));
    }
  }
};

TEST_F(CliTest, HelpNamesTheCommands) {
  const Outcome outcome = RunCommand({"--help"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("train"), HasSubstr("evaluate"),
                                 HasSubstr("predict"), HasSubstr("info")));
  EXPECT_THAT(outcome.err, IsEmpty());
}

TEST_F(CliTest, HelpOfACommandShowsDefaults) {
  const Outcome outcome = RunCommand({"train", "--help"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("--epochs"), HasSubstr("1,3,5"),
                                 HasSubstr("softmax")));
}

TEST_F(CliTest, VersionIsALine) {
  const Outcome outcome = RunCommand({"--version"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, AllOf(StartsWith("slide "), EndsWith("\n")));
}

TEST_F(CliTest, WrongCommandIsAUsageError) {
  ExpectError({}, 2, {"no command", "slide --help"});
  ExpectError({"trian"}, 2, {"'trian'", "train, evaluate, calibrate, predict"});
  ExpectError({"--bogus"}, 2, {"'--bogus'"});
}

TEST_F(CliTest, WrongOptionIsAUsageError) {
  ExpectError({"train"}, 2, {"TRAIN"});
  ExpectError({"train", train_, "--bogus", "2"}, 2, {"'--bogus'"});
  ExpectError({"train", train_, "--epoch", "2"}, 2,
              {"'--epoch', which is no option of slide train; did you mean "
               "--epochs?"});
  ExpectError({"train", train_, "-k", "2"}, 2, {"'-k'"});
  ExpectError({"train", train_, "more"}, 2, {"'more'"});
  ExpectError({"train", train_, "--epochs"}, 2, {"--epochs", "no value"});
  ExpectError({"train", train_, "--epochs", "1", "--epochs", "2"}, 2,
              {"--epochs", "more than once"});
  ExpectError({"train", train_, "--quiet=yes"}, 2, {"--quiet", "no value"});
  ExpectError({"evaluate", model_}, 2, {"DATA"});
  ExpectError({"predict", model_}, 2, {"DATA"});
  ExpectError({"info", "--bogus"}, 2, {"'--bogus'", "slide info --help-all"});
  ExpectError({"info", model_, "more"}, 2, {"'more'"});
  ExpectError({"info", "--json=yes"}, 2, {"--json", "no value"});
}

// As of a variable in a script that is not set.
TEST_F(CliTest, AnEmptyFileNameIsAUsageError) {
  ExpectError({"info", ""}, 2, {"FILE: got '', expected the name of a file"});
  ExpectError({"train", ""}, 2, {"TRAIN: got ''"});
  for (const char* option : {"--test", "--model", "--metrics"}) {
    ExpectError({"train", train_, option, ""}, 2,
                {option, "got '', expected the name of a file"});
  }
  ExpectError({"predict", model_, test_, "--output="}, 2, {"--output"});
}

TEST_F(CliTest, AnOptionThatWouldDoNothingIsAUsageError) {
  for (const auto& [option, value, with] :
       {std::array{"--min-hits", "3", "--sampling threshold"},
        {"--bucket-policy", "reservoir", "--bucket-capacity"},
        {"--momentum", "0.5", "--optimizer sgd"},
        {"--beta1", "0.5", "--optimizer adam"},
        {"--beta2", "0.5", "--optimizer adam"},
        {"--rounding", "nearest", "--precision bf16"}}) {
    ExpectError({"train", train_, option, value}, 2, {option, with});
  }
}

TEST_F(CliTest, WrongValueNamesTheOptionAndTheValue) {
  const auto train = [&](const char* option, const char* value) {
    ExpectError({"train", train_, option, value}, 2, {option, value});
  };
  train("--epochs", "x");
  train("--epochs", "0");
  train("--epochs", "1.5");
  train("--epochs", "99999999999");
  train("--seed", "-1");
  train("--threads", "-1");
  train("--threads", "99999");
  train("--hidden", "0");
  train("--hidden", "12x");
  train("--init-scale", "0");
  train("--learning-rate", "nan");
  train("--learning-rate", "0");
  train("--final-rate-share", "1.5");
  train("--hash", "md5");
  train("--hashes", "33");
  train("--table-bits", "17");
  train("--bucket-capacity", "-1");
  train("--bucket-policy", "lifo");
  train("--sampling", "all");
  train("--min-hits", "0");
  train("--tables", "0");
  train("--max-hashed", "-1");
  train("--random-negatives", "-1");
  train("--frequency-share", "1.5");
  train("--rebuild-every", "0");
  train("--rebuild-decay", "-1");
  train("--drift-limit", "1.5");
  train("--k", "0");
  train("--loss", "hinge");
  train("--schedule", "slow");
  train("--warmup", "2");
  train("--layer-rates", "x");
  train("--weight-decay", "-1");
  train("--clip-norm", "-1");
  train("--input-dropout", "1");
  train("--hidden-dropout", "-0.1");
  train("--update", "sometimes");
  train("--neighbours", "-1");
  train("--bias-init", "one");
  train("--correction", "some");
  ExpectError({"train", train_, "--hidden", "8,,8"}, 2,
              {"--hidden: got '', expected a whole number"});
  ExpectError({"train", train_, "--hidden", "8:sigmoid"}, 2,
              {"--hidden: got 'sigmoid', expected N[:relu|tanh|linear]"});
  ExpectError({"train", train_, "--hidden", "8:active=x"}, 2,
              {"--hidden: active: got 'x', expected a whole number"});
  ExpectError({"train", train_, "--hidden", "8:active=9"}, 2,
              {"--hidden", "max_active: got 9, expected 0 to 8"});
  ExpectError({"train", train_, "--hidden", "8:active=4:candidates=3"}, 2,
              {"--hidden", "candidates: got 3, expected 4 to 8"});
  for (const char* layer :
       {"8:simhash", "8:candidates=8", "8:tables=20:active=0"}) {
    ExpectError({"train", train_, "--hidden", layer}, 2,
                {"--hidden", layer, "only with active=N"});
  }
  ExpectError({"train", train_, "--hidden", "8:active=4:tables=1001"}, 2,
              {"--hidden: tables: got 1001, expected 1 to 1000"});
  ExpectError({"evaluate", model_, test_, "--k", "0"}, 2, {"--k", "0"});
  ExpectError({"predict", model_, test_, "--top-k", "0"}, 2, {"--top-k", "0"});
}

TEST_F(CliTest, MissingOrDamagedDataIsADataError) {
  ExpectError({"train", Path("none.txt")}, 3, {"none.txt"});
  ExpectError({"train", train_, "--test", Path("none.txt")}, 3, {"none.txt"});
  WriteFile("bad.txt", "2 3 4\n0 1:1\n9 1:1\n");
  ExpectError({"train", Path("bad.txt")}, 3, {"bad.txt:3"});
  ExpectError({"info", Path("bad.txt")}, 3, {"bad.txt:3"});
  ExpectError({"info", train_, "--against", Path("none.txt")}, 3, {"none.txt"});
  WriteFile("none", "1 5 0\n 1:1\n");
  ExpectError({"train", Path("none")}, 3, {"0 labels"});
}

TEST_F(CliTest, MissingOrDamagedModelIsAModelError) {
  ExpectError({"evaluate", Path("none"), test_}, 4, {"none"});
  ExpectError({"predict", train_, test_}, 4, {"train.txt"});
  ExpectError({"info", Path("none")}, 4, {"none", "No such file"});
  ExpectError({"info", Path("")}, 4, {Path(""), "not a regular file"});
  TrainModel();
  std::string bytes = ReadFile("model.slide");
  bytes[bytes.size() / 2] ^= 1;  // of the weights
  WriteFile("model.slide", bytes);
  ExpectError({"evaluate", model_, test_, "--verify"}, 4, {"model.slide"});
  // Small models are verified in any case.
  ExpectError({"evaluate", model_, test_}, 4, {"model.slide", "checksum"});
  ExpectError({"predict", model_, test_}, 4, {"model.slide", "checksum"});
  ExpectError({"predict", model_, test_, "--verify"}, 4, {"model.slide"});
  ExpectError({"info", model_, "--verify"}, 4, {"model.slide"});
  ExpectError({"info", model_, "--json", "--verify"}, 4, {"model.slide"});
  bytes[40] ^= 1;  // of the header
  WriteFile("model.slide", bytes);
  ExpectError({"evaluate", model_, test_}, 4, {"model.slide"});
  ExpectError({"info", model_}, 4, {"model.slide"});
  WriteFile("model.slide", bytes.substr(0, bytes.size() / 2));
  ExpectError({"predict", model_, test_}, 4, {"model.slide"});
  ExpectError({"info", model_}, 4, {"model.slide"});
}

TEST_F(CliTest, OutputThatCannotBeWrittenStopsTrainingBeforeItStarts) {
  // The training set is missing: whatever looked at it first would fail with 3.
  const std::string none = Path("none.txt");
  ExpectError({"train", none, "--model", Path("no/model")}, 4, {"no/model"});
  ExpectError({"train", none, "--model", Path("")}, 4, {Path("")});
  ExpectError({"train", none, "--metrics", Path("no/lines")}, 1, {"no/lines"});
  EXPECT_THAT(Files(), ElementsAre("test.txt", "train.txt"));
}

TEST_F(CliTest, OutputOverAnInputIsAUsageError) {
  ExpectError({"train", train_, "--model", train_}, 2, {"--model", "TRAIN"});
  ExpectError({"train", train_, "--test", test_, "--metrics", test_}, 2,
              {"--metrics", "--test"});
  ExpectError({"train", train_, "--model", model_, "--metrics", model_}, 2,
              {"--metrics", "--model"});
  ExpectError({"predict", train_, test_, "--output", test_}, 2,
              {"--output", "DATA"});
}

TEST_F(CliTest, DataThatDoesNotFitTheModelIsADataError) {
  TrainModel();
  WriteFile("wide.txt", "1 60 20\n0 59:1\n");
  const auto refuse = [&](std::vector<std::string> arguments,
                          const char* number) {
    arguments.insert(arguments.end(), {"--unknown", "refuse"});
    ExpectError(arguments, 3, {number});
  };
  refuse({"predict", model_, Path("wide.txt")}, "60");
  refuse({"evaluate", model_, Path("wide.txt")}, "60");
  WriteFile("labels.txt", "1 50 30\n29 1:1\n");
  refuse({"evaluate", model_, Path("labels.txt")}, "30");
  ExpectError({"evaluate", model_, test_, "--propensities", Path("labels.txt")},
              3, {"labels.txt", "30"});
  refuse({"train", train_, "--test", Path("wide.txt"), "--quiet"}, "60");
}

}  // namespace
}  // namespace slide::cli::cli_test
