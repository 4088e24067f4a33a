// The command is killed at random moments: what was saved before stays whole,
// and the next run clears up. SLIDE_KILLS says how often; 10 unless it is set.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "cli/run_command.h"
#include "util/rng.h"

namespace slide::cli {
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
      ASSERT_EQ(RunCommand({"info", model_}).exit_code, 0);
      ASSERT_EQ(RunCommand({"info", Path("cache"), "--verify"}).exit_code, 0);
    }
  }
  for (const std::vector<std::string>& arguments : commands) {
    EXPECT_EQ(RunCommand(arguments).exit_code, 0);
  }
  EXPECT_THAT(Files(), testing::UnorderedElementsAre("cache", "model.slide",
                                                     "test.txt", "train.txt"));
}

}  // namespace
}  // namespace slide::cli
