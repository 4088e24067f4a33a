// The command is killed at random moments: what was saved before stays whole,
// the next run clears up, and one that left a checkpoint goes on to the end
// that it would have had. SLIDE_KILLS says how often; 10 unless it is set.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "cli/run_command.h"
#include "util/rng.h"

namespace slide::cli::kills_test {
namespace {

using KillsTest = CommandTest;

int NumKills() {
  const char* text = std::getenv("SLIDE_KILLS");
  return text == nullptr ? 10 : std::atoi(text);
}

TEST_F(KillsTest, FilesAreWholeWheneverARunIsKilled) {
  ASSERT_EQ(RunCommand({"convert", train_, Path("cache"), "--quiet"}).exit_code,
            0);
  TrainModel({"--epochs", "1"});
  util::Rng rng(static_cast<uint64_t>(
      std::chrono::steady_clock::now().time_since_epoch().count()));
  const std::vector<std::vector<std::string>> commands = {
      TrainArguments({"--epochs", "40", "--model", model_, "--quiet"}),
      {"convert", train_, Path("cache"), "--quiet"}};
  for (int i = 0; i < NumKills(); ++i) {
    for (const std::vector<std::string>& arguments : commands) {
      const uint64_t microseconds =
          rng.UniformInt(arguments[0] == "train" ? 60'000 : 6'000);
      SCOPED_TRACE(arguments[0] + " killed after " +
                   std::to_string(microseconds) + " us");
      RunningCommand command(arguments);
      std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
      command.Signal(SIGKILL);
      command.Finish();
      ASSERT_EQ(RunCommand({"info", model_, "--verify"}).exit_code, 0);
      ASSERT_EQ(RunCommand({"info", Path("cache"), "--verify"}).exit_code, 0);
    }
  }
  for (const std::vector<std::string>& arguments : commands) {
    EXPECT_EQ(RunCommand(arguments).exit_code, 0);
  }
  EXPECT_THAT(Files(), testing::UnorderedElementsAre("cache", "model.slide",
                                                     "test.txt", "train.txt"));
}

// Checkpoints are written as often as may be, so that many kills meet one that
// is half written.
TEST_F(KillsTest, AKilledRunGoesOnToTheSameEnd) {
  const std::vector<std::string> whole =
      TrainArguments({"--epochs", "40", "--sparse-part", "on",
                      "--validation-share", "0.1", "--quiet", "--model"});
  std::vector<std::string> arguments = whole;
  arguments.push_back(model_);
  ASSERT_EQ(RunCommand(arguments).exit_code, 0);
  const std::string expected = ReadFile("model.slide");
  for (const char* more : {"--checkpoint", "run", "--checkpoint-every",
                           "0.001s", "--checkpoint-keep", "3", "--resume"}) {
    arguments.emplace_back(more == std::string("run") ? Path("run") : more);
  }
  util::Rng rng(static_cast<uint64_t>(
      std::chrono::steady_clock::now().time_since_epoch().count()));
  const auto names = [&] { return testing::PrintToString(Files()); };
  for (int i = 0; i < NumKills();) {
    for (const char* name : {"model.slide", "run", "run.1", "run.2"}) {
      std::filesystem::remove(Path(name));
    }
    // Several kills of one run, the first ones before it has a checkpoint.
    for (int k = 0; k < 5 && i < NumKills(); ++k, ++i) {
      const uint64_t microseconds = rng.UniformInt(40'000);
      SCOPED_TRACE("killed after " + std::to_string(microseconds) + " us");
      RunningCommand command(arguments);
      constexpr int kMaxMilliseconds = 60'000;
      for (int ms = 0; k > 0 && !Exists("run") && ms < kMaxMilliseconds; ++ms) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
      command.Signal(SIGKILL);
      command.Finish();
      for (const char* name : {"run", "run.1", "run.2"}) {
        if (!Exists(name)) continue;
        EXPECT_EQ(RunCommand({"info", Path(name)}).exit_code, 0) << names();
      }
    }
    const Outcome outcome = RunCommand(arguments);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_TRUE(ReadFile("model.slide") == expected);
    EXPECT_THAT(Files(),
                testing::Not(testing::Contains(testing::HasSubstr(".tmp-"))));
  }
}

}  // namespace
}  // namespace slide::cli::kills_test
