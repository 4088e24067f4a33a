// `slide train` with checkpoints: what the flags do, and what is said. That
// runs end alike is in tests/train/resume_test.cc and
// tests/trust/kills_test.cc.
#include "cli/checkpoints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "cli/run_command.h"

namespace slide::cli::checkpoints_test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class CheckpointsTest : public CommandTest {
 protected:
  // Two epochs, of which the first one leaves "first".
  void MakeFirst(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {
        "--epochs",          "2", "--checkpoint",       Path("all"),
        "--checkpoint-keep", "2", "--checkpoint-every", "1epoch"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = RunCommand(TrainArguments(arguments));
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    // The second one may not have been due.
    std::filesystem::rename(Path(Exists("all.1") ? "all.1" : "all"),
                            Path("first"));
    std::filesystem::remove(Path("all"));
  }

  static std::vector<std::string> Lines(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }
};

TEST_F(CheckpointsTest, ResumeGoesOnAndShowsAllEpochs) {
  MakeFirst({"--metrics", Path("lines"), "--model", Path("whole")});
  const std::vector<std::string> whole = Lines(ReadFile("lines"));
  // As a run leaves it that was killed in the second epoch.
  WriteFile("lines", whole[0] + "\n" + R"({"epochs":2,"p@1":0})" + "\n{");
  const Outcome outcome = RunCommand(
      TrainArguments({"--epochs", "2", "--resume", Path("first"), "--metrics",
                      Path("lines"), "--model", model_}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(ReadFile("model.slide") == ReadFile("whole"));
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("resumed    " + Path("first") +
                              ": epoch 1 of 2, 400 of 400 samples"),
                    HasSubstr("\n    1 "), HasSubstr("\n    2 ")));
  const std::vector<std::string> lines = Lines(ReadFile("lines"));
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0], whole[0]);
  const json last = json::parse(lines[1]), expected = json::parse(whole[1]);
  EXPECT_EQ(last["epochs"], 2);
  EXPECT_EQ(last["train_loss"], expected["train_loss"]);
  EXPECT_EQ(last["p@1"], expected["p@1"]);
  EXPECT_GT(last["train_seconds"], json::parse(lines[0])["train_seconds"]);
}

TEST_F(CheckpointsTest, ResumeAloneBeginsWhereThereIsNothing) {
  const std::vector<std::string> arguments =
      TrainArguments({"--epochs", "2", "--checkpoint", Path("run"),
                      "--checkpoint-every", "2epochs", "--json", "--resume"});
  const Outcome first = RunCommand(arguments);
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_EQ(json::parse(first.out)["checkpoints"], 1);
  // An ended run is reported again.
  const Outcome again = RunCommand(arguments);
  ASSERT_EQ(again.exit_code, 0) << again.err;
  const json a = json::parse(first.out), b = json::parse(again.out);
  for (const char* key : {"p@1", "train_loss", "epochs", "checkpoints",
                          "train_seconds", "rebuilds", "active_mean"}) {
    EXPECT_EQ(a[key], b[key]) << key;
  }
}

// A file system without hard links may leave it alone.
TEST_F(CheckpointsTest, ResumeAloneTakesTheOneBeforeIfThatIsAllThereIs) {
  MakeFirst();
  std::filesystem::rename(Path("first"), Path("run.1"));
  const Outcome outcome = RunCommand(TrainArguments(
      {"--epochs", "2", "--checkpoint", Path("run"), "--resume"}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("resumed    " + Path("run.1")));
}

TEST_F(CheckpointsTest, ARunThatWasLeftIsNotReplacedByANewOne) {
  MakeFirst();
  const std::string before = ReadFile("first");
  const Outcome outcome = RunCommand(
      TrainArguments({"--epochs", "2", "--checkpoint", Path("first")}));
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("--checkpoint: got " + Path("first") +
                              ", where a run was left (" + Path("first") +
                              ": epoch 1 of 2, 400 of 400 samples)"),
                    HasSubstr("--resume")));
  EXPECT_TRUE(ReadFile("first") == before);
}

TEST_F(CheckpointsTest, MistakesAreSaidBeforeTraining) {
  MakeFirst();
  WriteFile("text", "something else");
  const auto expect = [&](int exit_code, const std::string& message,
                          const std::vector<std::string>& more) {
    const Outcome outcome = RunCommand(TrainArguments(more));
    EXPECT_EQ(outcome.exit_code, exit_code) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(message));
    EXPECT_THAT(outcome.out, Not(HasSubstr("trained network")));
  };
  expect(2, "--resume: got no file", {"--resume"});
  // These would destroy a checkpoint.
  expect(2, "--metrics",
         {"--resume", Path("first"), "--metrics", Path("first")});
  expect(2, "--model", {"--resume", Path("first"), "--model", Path("first")});
  expect(2, "--model",
         {"--checkpoint", Path("new"), "--checkpoint-keep", "2", "--model",
          Path("new.1")});
  WriteFile("other", ReadFile("first"));
  expect(2, Path("other") + ", where a run was left",
         {"--resume", Path("first"), "--checkpoint", Path("other")});
  WriteFile("kept.2", ReadFile("first"));
  expect(2, Path("kept") + ", where a run was left (" + Path("kept.2"),
         {"--checkpoint", Path("kept"), "--checkpoint-keep", "3"});
  expect(2, "--resume: got '', expected the name of a file", {"--resume="});
  expect(2, "--checkpoint-every: does nothing without --checkpoint",
         {"--checkpoint-every", "1h"});
  expect(2,
         "--checkpoint-every: got '5', expected a time or a number of epochs",
         {"--checkpoint", Path("run"), "--checkpoint-every", "5"});
  expect(2, "TRAIN", {"--checkpoint", train_});
  expect(2, "which is another file", {"--checkpoint", Path("text")});
  expect(2, "which is no file", {"--checkpoint", "/dev/null"});
  expect(4, "No such file", {"--checkpoint", Path("none/run")});
  expect(4, "No such file", {"--resume", Path("none")});
  expect(4, "not a slide checkpoint", {"--resume", Path("text")});
  expect(2, "epochs: got 3, expected 2 as the run of " + Path("first"),
         {"--epochs", "3", "--resume", Path("first")});
  const Outcome outcome = RunCommand(
      {"train", test_, "--test", test_, "--threads", "1", "--hidden", "16",
       "--tables", "10", "--epochs", "2", "--resume", Path("first")});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("training set: got 100 samples, expected "
                                     "the 400 that the run of " +
                                     Path("first") + " has"));
}

class CheckpointSignalTest : public CheckpointsTest,
                             public testing::WithParamInterface<int> {};

TEST_P(CheckpointSignalTest, AStoppedRunSaysHowToGoOn) {
  RunningCommand command(TrainArguments(
      {"--epochs", "1000000", "--checkpoint", Path("run"), "--json"}));
  ASSERT_TRUE(command.WaitForError("epoch "));
  command.Signal(GetParam());
  const Outcome outcome = command.Finish();
  EXPECT_EQ(outcome.exit_code, 128 + GetParam());
  EXPECT_THAT(outcome.err,
              HasSubstr("slide: stopped; the same command with --resume goes "
                        "on from " +
                        Path("run") + "\n"));
  const json report = json::parse(outcome.out);
  EXPECT_EQ(report["checkpoints"], 1);
  const Outcome info = RunCommand({"info", Path("run"), "--json"});
  ASSERT_EQ(info.exit_code, 0) << info.err;
  EXPECT_EQ(json::parse(info.out)["epochs"], report["epochs"]);
  EXPECT_EQ(json::parse(info.out)["train_seconds"], report["train_seconds"]);
}

INSTANTIATE_TEST_SUITE_P(Signals, CheckpointSignalTest,
                         testing::Values(SIGINT, SIGTERM, SIGHUP));

TEST_F(CheckpointsTest, AStoppedRunWithoutItsCheckpointSaysSo) {
  std::filesystem::create_directory(Path("away"));
  RunningCommand command(TrainArguments(
      {"--epochs", "1000000", "--checkpoint", Path("away/run")}));
  ASSERT_TRUE(command.WaitForError("epoch "));
  std::filesystem::remove_all(Path("away"));
  command.Signal(SIGTERM);
  const Outcome outcome = command.Finish();
  EXPECT_EQ(outcome.exit_code, 143);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("slide: warning: "),
                    HasSubstr(Path("away/run") + ": cannot be written: "),
                    HasSubstr(" KiB is not written, the one before stays"),
                    Not(HasSubstr("goes on from"))));
}

TEST_F(CheckpointsTest, InfoDescribesOne) {
  MakeFirst({"--validation-share", "0.2", "--learning-rate", "0.2"});
  const Outcome outcome = RunCommand({"info", Path("first")});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(
      outcome.out,
      AllOf(HasSubstr("place                 epoch 1 of 2, 320 of 320 samples"),
            HasSubstr("training set          320 samples, 50 features, 20 "
                      "labels; sum "),
            HasSubstr("validation set        80 samples"),
            HasSubstr("learning_rate         0.2 (default auto)"),
            HasSubstr("epochs                2 (default auto)"),
            HasSubstr("\n    1 ")));
  const Outcome refused = RunCommand({"info", Path("first"), "--verify"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("does nothing with a checkpoint"));
  const Outcome model = RunCommand({"evaluate", Path("first"), test_});
  EXPECT_EQ(model.exit_code, 4);
}

TEST_F(CheckpointsTest, ACheckpointIsNoModel) {
  MakeFirst();
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"predict", Path("first"), test_},
        {"evaluate", Path("first"), test_},
        {"export", Path("first"), Path("small")}}) {
    const Outcome outcome = RunCommand(words);
    EXPECT_EQ(outcome.exit_code, 4);
    EXPECT_THAT(outcome.err, HasSubstr("is a checkpoint, expected a model"));
  }
}

}  // namespace
}  // namespace slide::cli::checkpoints_test
